"""The original bytes of a message while they are read: counted, hashed and compressed in one pass.

Memory stays at the compressed size and a bounded beginning, whatever the message's size.
"""

from __future__ import annotations

from _blake2 import blake2b
from zlib import compressobj

from mailgate.mail.header import MAX_BLOCK, Header, header_end, scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Compressor(Protocol):
        """Writes one zlib stream (RFC 1950)."""

        def compress(self, data: bytes | memoryview, /) -> bytes:
            """Take some bytes; return what is ready of the stream."""

        def flush(self) -> bytes:
            """Return the rest of the stream."""


BODY_HEAD = 64 * 1024
"""Bytes of the body that decisions may look at."""
PIECE = 1024 * 1024
"""Compressed bytes of one stored piece."""
LEVEL = 1
"""Of compression: the fastest."""

TRACE = frozenset(
    (
        "received",
        "return-path",
        "delivered-to",
        "x-original-to",
        "envelope-to",
        "x-envelope-to",
        "delivery-date",
        "received-spf",
        "authentication-results",
    )
)
"""Fields that transport adds: two deliveries of one message differ in them."""


class Original:
    """What is known of a message's bytes once they are read.

    ``size`` counts the bytes as they came (an mbox ``From `` line included); ``digest`` hashes
    the bytes that are kept, ``content`` those without trace fields, with LF line ends; ``pieces``
    are cuts of one zlib stream; ``body`` is the beginning of the body; ``complete`` is False
    where reading stopped at the limit.
    """

    __slots__ = ("body", "complete", "content", "digest", "header", "pieces", "size")

    def __init__(self, reader: Reader) -> None:
        self.size = reader.size
        self.complete = not reader.over
        self.digest = reader.raw.digest()
        self.content = reader.content.digest()
        self.header = reader.header
        self.body = bytes(reader.body)
        self.pieces = tuple(reader.pieces)


class Reader:
    """Takes a message chunk by chunk; ``limit`` is the most bytes that are taken.

    With ``mbox`` an mbox ``From `` line before it, and the blank line after it, are left out.
    ``compressor`` is another one than zlib's.
    """

    __slots__ = (
        "_compressor",
        "_head",
        "_held",
        "_mbox",
        "_newlines",
        "_pending",
        "_started",
        "body",
        "content",
        "header",
        "limit",
        "over",
        "pieces",
        "raw",
        "size",
    )

    def __init__(
        self, limit: int, *, mbox: bool = True, compressor: Compressor | None = None
    ) -> None:
        self.limit = limit
        self.size = 0
        self.over = False
        self.header = Header([])
        self.body = bytearray()
        self.pieces: list[bytes] = []
        self.raw = blake2b(digest_size=32)
        self.content = blake2b(digest_size=32)
        self._compressor: Compressor = compressor or compressobj(LEVEL)
        self._head: bytearray | None = bytearray()
        self._held = bytearray()
        self._pending = bytearray()
        self._newlines = 0
        self._mbox = False
        self._started = not mbox

    def feed(self, chunk: bytes) -> bool:
        """Take a chunk; False where the limit is passed and reading is to stop."""
        room = self.limit - self.size
        self.size += len(chunk)
        if len(chunk) > room:
            self.over = True
            chunk = chunk[:room]
        self._read(chunk)
        return not self.over

    def _read(self, chunk: bytes) -> None:
        if not self._started:
            self._held += chunk
            if len(self._held) < 5 and b"From "[: len(self._held)] == self._held:
                return
            if self._held[:5] == b"From ":
                line = self._held.find(b"\n")
                if line < 0 and len(self._held) < MAX_BLOCK:
                    return
                self._mbox = True
                del self._held[: line + 1]
            chunk, self._held, self._started = bytes(self._held), bytearray(), True
        if self._mbox:
            chunk = self._hold_back(chunk)
        self._take(chunk)

    def finish(self) -> Original:
        """Return what was read; nothing may be fed afterwards."""
        if self._held and not self._mbox:
            tail = bytes(self._held)
            self._take(tail[: tail.find(b"\n") + 1] if tail[:5] == b"From " else tail)
        elif self._held:
            tail = bytes(self._held)
            self._take(tail[:-2] if tail.endswith(b"\r\n\r\n") else _without_blank_line(tail))
        if self._head is not None:
            head = bytes(self._head)
            self._head_done(head, header_end(head))
        self._pending += self._compressor.flush()
        self.pieces.append(bytes(self._pending))
        self._pending = bytearray()
        return Original(self)

    def _hold_back(self, chunk: bytes) -> bytes:
        """Keep the last bytes back: the blank line that ends a message in an mbox goes."""
        self._held += chunk
        chunk = bytes(self._held[:-4])
        del self._held[:-4]
        return chunk

    def _take(self, chunk: bytes) -> None:
        self.raw.update(chunk)
        self._pending += self._compressor.compress(chunk)
        while len(self._pending) >= PIECE:
            self.pieces.append(bytes(self._pending[:PIECE]))
            del self._pending[:PIECE]
        if self._head is None:
            self._take_body(chunk)
            return
        self._head += chunk
        head = bytes(self._head)
        ends = header_end(head)
        if len(head) > MAX_BLOCK or ends[1] < len(head):
            self._head_done(head, ends)

    def _head_done(self, head: bytes, ends: tuple[int, int]) -> None:
        self._head = None
        self.header = scan(head, ends)
        fields = [
            name.encode() + b":" + value
            for name, value in self.header.fields
            if name not in TRACE and not name.startswith("arc-")
        ]
        self.content.update(b"\n".join(fields) + b"\n\n")
        self._take_body(head[self.header.size :])

    def _take_body(self, chunk: bytes) -> None:
        if len(self.body) < BODY_HEAD:
            self.body += chunk[: BODY_HEAD - len(self.body)]
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r", b"")
        kept = chunk.rstrip(b"\n")
        if kept:
            self._hash_newlines()
            self.content.update(kept)
        self._newlines += len(chunk) - len(kept)

    def _hash_newlines(self) -> None:
        """Hash the line ends that turned out not to be the last ones."""
        while self._newlines:
            count = min(self._newlines, BODY_HEAD)
            self.content.update(b"\n" * count)
            self._newlines -= count


def _without_blank_line(tail: bytes) -> bytes:
    return tail[:-1] if tail.endswith(b"\n\n") or tail == b"\n" else tail
