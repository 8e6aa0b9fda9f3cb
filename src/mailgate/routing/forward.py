"""Who gets copies of a message that came into a record, or why nobody does. Pure."""

from __future__ import annotations

from mailgate.mail.automatic import AUTO_REPLY
from mailgate.mail.incoming import Incoming
from mailgate.routing.notices import IMPORT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Follower:
    """Somebody who follows a record.

    ``internal`` and ``suppressed`` are as for the contact, ``ours`` says that it is an address of
    our own, ``of_alias`` that it follows the alias of the record.
    """

    __slots__ = ("address", "internal", "of_alias", "ours", "suppressed")

    def __init__(
        self,
        address: str,
        *,
        internal: bool = False,
        suppressed: bool = False,
        ours: bool = False,
        of_alias: bool = False,
    ) -> None:
        self.address = address
        self.internal = internal
        self.suppressed = suppressed
        self.ours = ours
        self.of_alias = of_alias


class Lately:
    """How many messages the author wrote into the record before within the window.

    ``most`` is the bound, 0 where there is none.
    """

    __slots__ = ("before", "minutes", "most")

    def __init__(self, before: int, most: int, minutes: int) -> None:
        self.before = before
        self.most = most
        self.minutes = minutes


def obstacle(
    message: Incoming, loops: Sequence[str], ours: Iterable[str], most_loops: int
) -> str | None:
    """Return why a message is sent on to nobody, whatever record it comes into, or None.

    ``loops`` are what its X-Loop fields say; ``ours`` those of them that name a domain of ours.
    """
    if message.envelope.channel == IMPORT:
        return "it was imported"
    if message.kind == AUTO_REPLY:
        return "it is an automatic answer"
    for loop in ours:
        return f"it was sent on from here before (X-Loop: {loop})"
    if len(loops) > most_loops:
        return f"it has {len(loops)} X-Loop fields"
    return None


def limit(author: str, lately: Lately) -> str | None:
    """Return why a message of this author is sent on no more within the window, or None."""
    if not lately.most or lately.before < lately.most:
        return None
    return (
        f"{author or 'its author'} wrote {lately.before} messages into this record"
        f" in {lately.minutes} minutes"
    )


def receivers(
    author: str, followers: Iterable[Follower], *, stranger: bool
) -> tuple[tuple[str, ...], str | None]:
    """Return who gets a copy, each address once, or why nobody does where somebody follows.

    The author never does, nor an address of ours, nor a contact that is suppressed; of a
    stranger's message only internal contacts and those who follow the alias.
    """
    others = [f for f in followers if f.address != author and not f.ours]
    trusted = [f for f in others if not stranger or f.internal or f.of_alias]
    found = dict.fromkeys(f.address for f in trusted if not f.suppressed)
    if found or not others:
        return tuple(found), None
    if not trusted:
        return (), "its author is a stranger, and no follower is internal"
    return (), "its followers are suppressed: mail to them came back"
