"""The bytes of a letter in the outbox: read piece by piece, as they were written.

Where a letter has a head of its own, that takes the place of the header of the original, whose
body follows byte for byte. Line ends are as they are kept; a channel makes CRLF of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailgate.errors import MailgateError
from mailgate.mail.header import MAX_BLOCK, header_end, scan
from mailgate.store import originals, outbox
from mailgate.store.driver import Connection


class BytesGoneError(MailgateError):
    """A letter cannot be sent or shown any more: its bytes are not kept."""


def letter_chunks(connection: Connection, number: int) -> Iterator[bytes]:
    """Yield the bytes of a letter by id, in chunks of bounded size; raises MailgateError."""
    return chunks(connection, *outbox.content(connection, number))


def chunks(connection: Connection, digest: bytes, head: bytes | None) -> Iterator[bytes]:
    """Yield ``head`` and the body of an original, or where there is no head the original whole.

    Raises BytesGoneError before the first chunk where the original is not kept.
    """
    if not originals.exists(connection, digest):
        raise BytesGoneError("its bytes are no longer kept")
    data = originals.chunks(connection, digest)
    if head is None:
        return data
    return _headed(head, data)


def _headed(head: bytes, data: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    beginning = bytearray()
    for chunk in data:
        beginning += chunk
        if len(beginning) > MAX_BLOCK or header_end(bytes(beginning))[1] < len(beginning):
            break
    yield bytes(beginning[scan(bytes(beginning)).size :])
    del beginning
    yield from data
