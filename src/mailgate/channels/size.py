"""Was a message cut off on its way? Its size as Postfix counts it, from its bytes.

Postfix declares the size of the records in its queue file: a line is cut into pieces of at most
2048 bytes, and each piece takes its bytes and 2 more, or 3 where it is longer than 127 bytes.
What other MTAs declare is never more than that for a whole message.
"""

from __future__ import annotations

_PIECE = 2048
_SHORT = 127
_PREPENDED = (b"return-path:", b"x-original-to:", b"delivered-to:")


class Size:
    """Counts a message chunk by chunk; ``total`` is right once ``finish`` was called."""

    __slots__ = ("_head", "_rest", "total")

    def __init__(self) -> None:
        self.total = 0
        self._rest = b""
        self._head = True

    def feed(self, chunk: bytes) -> None:
        """Count the lines that are complete."""
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if self._head:
            lines = self._without_prepended(lines)
        total = sum(map(len, lines)) + 2 * len(lines)
        if max(map(len, lines), default=0) > _SHORT:
            total += sum(map(_extra, map(len, lines)))
        self.total += total

    def finish(self) -> int:
        """Count what stands after the last line end, and return the total."""
        if self._rest:
            self.total += len(self._rest) + 2 + _extra(len(self._rest))
            self._rest = b""
        return self.total

    def _without_prepended(self, lines: list[bytes]) -> list[bytes]:
        """Leave out what pipe(8) puts before the message on request."""
        for number, line in enumerate(lines):
            if not line.lower().startswith(_PREPENDED):
                self._head = False
                return lines[number:]
        return []


def _extra(length: int) -> int:
    """Return what a line takes beyond its bytes and 2; an empty piece may follow a full one."""
    if length <= _SHORT:
        return 0
    pieces, rest = divmod(length, _PIECE)
    return 2 * pieces + pieces + (1 if rest > _SHORT else 0)
