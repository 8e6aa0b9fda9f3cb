"""Where a message stands among those already known: new, a repeat, or a careless sender's."""

from __future__ import annotations

from mailgate.mail.incoming import Incoming, reused_id
from mailgate.routing.facts import Facts, Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Place:
    """The id a message is known by at one recipient or record, and whether it is there already.

    ``differs`` says that a repeat has other content; ``reused`` that another message has the
    Message-ID, so that this one is known by a made id.
    """

    __slots__ = ("differs", "message_id", "repeat", "reused")

    def __init__(
        self, message_id: str, *, repeat: bool = False, differs: bool = False, reused: bool = False
    ) -> None:
        self.message_id = message_id
        self.repeat = repeat
        self.differs = differs
        self.reused = reused

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the journal flags of this place."""
        found = (("differs", self.differs), ("reused-id", self.reused))
        return tuple(name for name, true in found if true)


def at_recipient(message: Incoming, facts: Facts, key: str) -> Place:
    """Return the place of a message among those taken or held for a recipient."""
    return _place(message, facts, lambda known: known.recipient == key)


def in_record(message: Incoming, facts: Facts, record: int) -> Place:
    """Return the place of a message in an existing record."""
    return _place(message, facts, lambda known: known.record == record)


def from_alias(message: Incoming, facts: Facts, alias: int) -> Place:
    """Return the place of a message among those that an alias made a record of, or holds."""
    return _place(
        message, facts, lambda known: known.alias == alias and (known.started or not known.record)
    )


def began(message: Incoming, facts: Facts, record: int) -> bool:
    """Tell whether a message is itself what began a record, at another of its recipients."""
    ids = (message.message_id, reused_id(message))
    return any(
        known.started and known.record == record and known.identity == message.identity
        for identifier in ids
        for known in facts.known.get(identifier, ())
    )


def in_place_of(message: Incoming, facts: Facts, gone: Known) -> Place:
    """Return the place of a message among those that began a record like one that is gone."""
    return _place(
        message,
        facts,
        lambda known: known.started and known.model == gone.model and known.alias == gone.alias,
    )


def _place(message: Incoming, facts: Facts, matches: Callable[[Known], bool]) -> Place:
    if message.message_id not in facts.known:
        return Place(message.message_id)
    rows = _taken(facts, message.message_id, matches)
    same = [known for known in rows if known.identity == message.identity]
    content = message.original.content
    if same:
        differs = all(known.digest != content for known in same)
        return Place(message.message_id, repeat=True, differs=differs)
    if not rows:
        return Place(message.message_id)
    made = reused_id(message)
    again = _taken(facts, made, matches)
    differs = bool(again) and all(known.digest != content for known in again)
    return Place(made, repeat=bool(again), differs=differs, reused=True)


def _taken(facts: Facts, message_id: str, matches: Callable[[Known], bool]) -> list[Known]:
    return [k for k in facts.known.get(message_id, ()) if not k.outgoing and matches(k)]
