"""Where a letter of ours stands in its conversation: In-Reply-To, References, Subject."""

from __future__ import annotations

from mailgate.mail import compose
from mailgate.store import outgoing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailgate.store.driver import Connection

_MAX_ANCESTORS = 10
"""Messages of which References has the ids; it is as long again by the ids of copies."""


class Thread:
    """The ids of a conversation, oldest first, and those of the message that is answered.

    ``own`` is the id of that message itself, ``sent`` the one under which it went out to others; ""
    where there is none. ``parent`` is its number. In-Reply-To names the first, References both: so
    it threads for its author and for who has a copy.
    """

    __slots__ = ("_ids", "own", "parent", "sent")

    def __init__(
        self,
        ids: Iterable[str],
        *,
        own: str = "",
        sent: str = "",
        parent: int | None = None,
    ) -> None:
        self._ids = tuple(ids)
        self.own = own
        self.sent = sent
        self.parent = parent

    def fields(self) -> list[tuple[str, str]]:
        """Return In-Reply-To and References of a letter."""
        answered = self.own or self.sent
        ids = [i for i in self._ids if i != answered]
        last = [answered] if answered else []
        return [("In-Reply-To", answered), ("References", " ".join(ids + last))]


def outside(references: Iterable[str], own: str) -> Thread:
    """Return the thread of a message that begins a record here.

    ``references`` are what it answers elsewhere, the likeliest first. Its ``own`` id stays among
    them: an answer to all finds by it every record that the message began.
    """
    ids = [identifier for identifier in references if compose.nameable(identifier)]
    first = [own] if compose.nameable(own) else []
    return Thread([*first, *reversed(ids[:_MAX_ANCESTORS])], own=ids[0] if ids else "")


def behind(connection: Connection, record: int, message: int | None, but: int = 0) -> Thread:
    """Return the thread of what answers a message of a record, else its last one but ``but``."""
    row = outgoing.message(connection, message, record) if message is not None else None
    row = row or outgoing.last(connection, record, but)
    if row is None:
        return Thread(())
    number, message_id, parent, direction, _ = row
    own, sent = _ids(connection, number, message_id, direction)
    ids: list[str] = []
    seen = {number, but}
    while parent is not None and parent not in seen and len(seen) < _MAX_ANCESTORS:
        seen.add(parent)
        above = outgoing.message(connection, parent, record)
        if above is None:
            break
        ids = [*filter(None, _ids(connection, above[0], above[1], above[3])), *ids]
        parent = above[2]
    ids += filter(None, (own, sent))
    began = outgoing.first(connection, record, but)
    if began is not None and compose.nameable(began[0]):
        ids.insert(0, began[0])
    return Thread(dict.fromkeys(ids), own=own, sent=sent, parent=number)


def _ids(connection: Connection, message: int, message_id: str, direction: str) -> tuple[str, str]:
    """Return the id a message has by itself, and that of its copies, "" where there is none."""
    sent = outgoing.copy_id(connection, message) if direction == "in" else None
    return (message_id if compose.nameable(message_id) else ""), sent or ""


def subject(connection: Connection, record: int, name: str, but: int = 0) -> str:
    """Return the subject of a conversation with one ``Re:``; ``name`` is the record's."""
    began = outgoing.first(connection, record, but)
    return compose.reply_subject((began[1] if began else "") or name)
