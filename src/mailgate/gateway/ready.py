"""Messages as they come from a channel that cannot hand them back: read, or set aside as bytes."""

from __future__ import annotations

from _blake2 import blake2b
from collections.abc import Iterable
from itertools import chain

from mailgate.gateway import poison
from mailgate.gateway.poison import Bytes
from mailgate.gateway.watch import watched
from mailgate.mail.deflate import compressor
from mailgate.mail.envelope import Envelope
from mailgate.mail.header import MAX_BLOCK
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import PIECE, Reader


class Ready:
    """A message that was read: ``key`` is the channel's; ``fault`` says why ``message`` is None.

    ``oversize`` says that it has more bytes than may be, and that not all of them are there.
    """

    __slots__ = ("data", "envelope", "fault", "key", "message", "oversize")

    def __init__(
        self,
        key: object,
        envelope: Envelope,
        message: Incoming | None,
        data: Bytes,
        fault: str = "",
        *,
        oversize: bool = False,
    ) -> None:
        self.key = key
        self.envelope = envelope
        self.message = message
        self.data = data
        self.fault = fault
        self.oversize = oversize

    def failed(self, fault: str) -> Ready:
        """Return the bytes of a message whose handling failed."""
        return Ready(self.key, self.envelope, None, self.data, fault)


def read(key: object, chunks: Iterable[bytes], envelope: Envelope, limit: int) -> Ready:
    """Read a message of at most ``limit`` bytes; what goes wrong is found in the result."""
    source, begun = iter(chunks), list[bytes]()
    try:
        reader = Reader(limit, compressor=compressor())
        for chunk in source:
            begun = [*begun, chunk] if reader.size <= MAX_BLOCK else []
            with watched():
                whole = reader.feed(chunk)
            if not whole:
                break
        with watched():
            original = reader.finish()
            data = Bytes(original.digest, original.pieces, original.size)
    except Exception as error:
        if not poison.concerns_message(error) or (reader.size > MAX_BLOCK and not begun):
            raise
        return Ready(key, envelope, None, _bare(chain(begun, source)), poison.describe(error))
    try:
        with watched():
            message = Incoming(original, envelope)
    except Exception as error:
        if not poison.concerns_message(error):
            raise
        return Ready(key, envelope, None, data, poison.describe(error))
    return Ready(key, envelope, message, data, oversize=not original.complete)


def _bare(chunks: Iterable[bytes]) -> Bytes:
    """Return bytes as they are kept, without a look at what they are."""
    stream, digest = compressor(), blake2b(digest_size=32)
    packed, size = bytearray(), 0
    for chunk in chunks:
        digest.update(chunk)
        packed += stream.compress(chunk)
        size += len(chunk)
    packed += stream.flush()
    pieces = tuple(bytes(packed[at : at + PIECE]) for at in range(0, len(packed), PIECE))
    return Bytes(digest.digest(), pieces, size)


def header_of(data: bytes, envelope: Envelope) -> Incoming | None:
    """Return what the beginning of a message says of it, or None where it cannot be read."""
    reader = Reader(len(data))
    try:
        reader.feed(data)
        return Incoming(reader.finish(), envelope)
    except Exception as error:
        if not poison.concerns_message(error):
            raise
        return None
