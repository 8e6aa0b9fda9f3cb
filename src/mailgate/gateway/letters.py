"""The bytes of a letter in the outbox: read piece by piece, as they were written.

Where a letter has a head of its own, that takes the place of the header of the original, whose
body follows byte for byte. Line ends are as they are kept; a channel makes CRLF of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from mailgate.errors import MailgateError
from mailgate.mail.header import MAX_BLOCK, header_end, scan
from mailgate.store import originals, outbox
from mailgate.store.driver import Connection

_PLAIN_HEADER = re.compile(rb"(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+\r?\n")
"""A header with nothing wrong about it, and the blank line after it: ``scan`` would say the same
of where the body begins."""


class BytesGoneError(MailgateError):
    """A letter cannot be sent or shown any more: its bytes are not kept."""


def letter_chunks(connection: Connection, number: int) -> Iterator[bytes]:
    """Yield the bytes of a letter by id, in chunks of bounded size; raises MailgateError."""
    return chunks(connection, *outbox.content(connection, number))


def chunks(
    connection: Connection, digest: bytes, head: bytes | None, piece: bytes | None = None
) -> Iterator[bytes]:
    """Yield ``head`` and the body of an original, or where there is no head the original whole.

    ``piece`` is the first stored piece of the original where the caller has it already.
    Raises BytesGoneError before the first chunk where the original is not kept.
    """
    data = originals.chunks(connection, digest, piece)
    first = next(data, b"")
    if not first and not originals.exists(connection, digest):
        raise BytesGoneError("its bytes are no longer kept")
    return chain((first,), data) if head is None else _headed(head, first, data)


def _headed(head: bytes, beginning: bytes, data: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    plain = _PLAIN_HEADER.match(beginning, 0, MAX_BLOCK)
    if plain is None:
        while len(beginning) <= MAX_BLOCK and header_end(beginning)[1] == len(beginning):
            more = next(data, None)
            if more is None:
                break
            beginning += more
    yield beginning[plain.end() if plain else scan(beginning).size :]
    yield from data
