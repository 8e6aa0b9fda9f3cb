"""A message that came before, as it can be judged again: its bytes and its envelope."""

from __future__ import annotations

import sys

from mailgate.mail.envelope import Envelope
from mailgate.mail.original import Original, Reader
from mailgate.store import originals, origins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.store.driver import Connection

_CHECKED = ("lmtp",)
"""Channels that ask about each recipient beforehand."""
_REFUSABLE = ("pipe", "lmtp")
"""Channels on which a rejection reaches the sender."""


def original(connection: Connection, digest: bytes) -> Original | None:
    """Read the bytes that are kept under a digest; None where they were removed."""
    if not originals.exists(connection, digest):
        return None
    reader = Reader(sys.maxsize, mbox=False)
    for chunk in originals.chunks(connection, digest):
        reader.feed(chunk)
    return reader.finish()


def envelope(origin: origins.Origin, recipients: tuple[str, ...]) -> Envelope:
    """Return the envelope a message came with, for these recipients.

    Where the channel did not know them then, the header is asked now.
    """
    return Envelope(
        origin.channel,
        origin.sender,
        recipients if origin.enveloped else None,
        queue_id=origin.queue_id,
        model=origin.fallback,
        server=origin.server,
        checked=origin.channel in _CHECKED,
        refusable=origin.channel in _REFUSABLE,
    )
