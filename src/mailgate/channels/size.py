"""Was a message cut off on its way? Its size as Postfix counts it, from its bytes.

Postfix declares the size of the records in its queue file: a line is cut into pieces of at most
2048 bytes, and each piece takes its bytes and 2 more, or 3 where it is longer than 127 bytes.
What other MTAs declare is never more than that for a whole message.
"""

from __future__ import annotations

_PIECE = 2048
_SHORT = 127
_PREPENDED = (b"return-path:", b"x-original-to:", b"delivered-to:")
_LONGEST = max(map(len, _PREPENDED))
_MAX_LINE = 4096
"""Bytes of a prepended line that are waited for."""


class Size:
    """Counts a message chunk by chunk; ``total`` is right once ``finish`` was called."""

    __slots__ = ("_begin", "_head", "_rest", "total")

    def __init__(self) -> None:
        self.total = 0
        self._begin = b""
        self._head = True
        self._rest = 0

    def feed(self, chunk: bytes) -> None:
        """Count the lines that are complete."""
        if self._head:
            chunk = self._without_prepended(self._begin + chunk)
        lengths = list(map(len, chunk.split(b"\n")))
        lengths[0] += self._rest
        self._rest = lengths.pop()
        total = sum(lengths) + 2 * len(lengths)
        if max(lengths, default=0) > _SHORT:
            total += sum(map(_extra, lengths))
        self.total += total

    def finish(self) -> int:
        """Count what stands after the last line end, and return the total."""
        rest, self._rest = self._rest + len(self._begin), 0
        self._begin = b""
        if rest:
            self.total += rest + 2 + _extra(rest)
        return self.total

    def _without_prepended(self, head: bytes) -> bytes:
        """Leave out what pipe(8) puts before the message on request; keep back what may be it."""
        while head[:_LONGEST].lower().startswith(_PREPENDED) and b"\n" in head:
            head = head.partition(b"\n")[2]
        start = head[:_LONGEST].lower()
        if len(head) < _MAX_LINE and (
            start.startswith(_PREPENDED) or any(name.startswith(start) for name in _PREPENDED)
        ):
            self._begin = head
            return b""
        self._begin, self._head = b"", False
        return head


def _extra(length: int) -> int:
    """Return what a line takes beyond its bytes and 2; an empty piece may follow a full one."""
    if length <= _SHORT:
        return 0
    pieces, rest = divmod(length, _PIECE)
    return 2 * pieces + pieces + (1 if rest > _SHORT else 0)
