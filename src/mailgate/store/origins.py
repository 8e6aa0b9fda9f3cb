"""Where a journalled message came from: what its channel knew, and which bytes are its own."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.errors import MailgateError
from mailgate.store.driver import Connection


@dataclass(frozen=True, slots=True)
class Origin:
    """The channel's side of a journal entry.

    ``sender`` is ``""`` where it is null, None where unknown; ``enveloped`` says that the channel
    knew the recipients; ``fallback`` names the model that came with it; ``digest`` is that of the
    original bytes, None where they were not to be kept.
    """

    channel: str
    server: str | None
    queue_id: str | None
    sender: str | None
    enveloped: bool
    fallback: str | None
    digest: bytes | None


def get(connection: Connection, journal: int) -> Origin:
    """Return the origin of a journal entry; raises MailgateError."""
    row = connection.execute(
        "SELECT channel, server, queue_id, sender, enveloped, fallback, digest FROM journal"
        " WHERE id = ?",
        (journal,),
    ).fetchone()
    if row is None:
        raise MailgateError(f"no journal entry {journal}: mailgate journal list shows the newest")
    channel, server, queue_id, sender, enveloped, fallback, digest = row
    return Origin(channel, server, queue_id, sender, bool(enveloped), fallback, digest)
