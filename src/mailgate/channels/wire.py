"""A letter as it is on the wire: CRLF line ends, a dot doubled where a line begins with one.

A lone CR or LF would end a line for some servers and not for others, so that one letter could be
read as two; each becomes CRLF (RFC 5321 section 2.3.8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

SMALL = 1024 * 1024
"""Bytes up to which a letter is kept in memory; a larger one is read twice."""
END = b".\r\n"


class Content:
    """The bytes of a letter, measured.

    ``size`` counts them with CRLF line ends, undoubled; ``eight_bit`` says that some are not
    ASCII, ``utf8`` that some in the header are and that they are UTF-8 (RFC 6532).
    """

    __slots__ = ("_chunks", "_small", "eight_bit", "size", "utf8")

    def __init__(self, chunks: Callable[[], Iterable[bytes]]) -> None:
        self._chunks = chunks
        self._small: bytes | None = None
        self.size = 0
        self.eight_bit = self.utf8 = False
        pieces = iter(chunks())
        kept: list[bytes] = []
        for piece in pieces:
            kept.append(piece)
            self.size += len(piece)
            if self.size > SMALL:
                self._measure(crlf(chain(kept, pieces)))
                return
        data = b"".join(crlf(kept))
        self._measure((data,))
        self._small = b"".join(stuffed((data,))) + END

    def _measure(self, chunks: Iterable[bytes]) -> None:
        self.size = 0
        for chunk in chunks:
            if not chunk.isascii():
                self.eight_bit = True
                self.utf8 = self.utf8 or (not self.size and _is_utf8_header(chunk))
            self.size += len(chunk)

    def pieces(self) -> Iterator[bytes]:
        """Yield what follows DATA, in pieces; the last one ends with the final dot, or is it."""
        if self._small is not None:
            yield self._small
            return
        yield from stuffed(crlf(self._chunks()))
        yield END


def _is_utf8_header(beginning: bytes) -> bool:
    end = beginning.find(b"\r\n\r\n")
    header = beginning if end < 0 else beginning[:end]
    if header.isascii():
        return False
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same lines, each ended by CRLF, the last one too; no piece parts CR from LF."""
    return _ended(chunks, b"\r\n")


def lf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same lines, each ended by LF, the last one too."""
    return _ended(chunks, b"\n")


def _ended(chunks: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    held, complete = b"", True
    for chunk in chunks:
        data = held + chunk
        held = b"\r" if data[-1:] == b"\r" else b""
        data = data.removesuffix(b"\r")
        if data:
            if b"\r" in data:
                data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            complete = data[-1:] == b"\n"
            yield data.replace(b"\n", end) if end != b"\n" else data
    if held or not complete:
        yield end


def stuffed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces as ``crlf`` makes them with a dot before each line that begins with one."""
    beginning = True
    for chunk in chunks:
        doubled = chunk.replace(b"\r\n.", b"\r\n..")
        yield b"." + doubled if beginning and chunk[:1] == b"." else doubled
        beginning = chunk[-1:] == b"\n"
