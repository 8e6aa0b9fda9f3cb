"""Messages in files: mbox files, Maildirs, single messages, and directories of them.

Nothing is written. A message is handed out as chunks of bounded size, whatever the file's size.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from mailgate.errors import MailgateError

MBOXRD = "mboxrd"
MBOXO = "mboxo"
FORMATS = (MBOXRD, MBOXO)
"""How lines that begin with From are quoted: every one once more, or only bare ones."""
SUFFIXES = (".eml", ".mbox")
"""Files that are taken from a directory that is no Maildir."""
CHUNK = 256 * 1024
_MAX_LINE = 64 * 1024
_MAX_SEPARATOR = 1000
_TAIL = 3
_START = b"From "
_PACKED = b"\x1f\x8b"
"""How files begin that gzip has written (RFC 1952)."""
_TIME = re.compile(rb"\d:\d\d")
_YEAR = re.compile(rb"\b(?:19|20)\d\d\b")
_QUOTED = {
    MBOXRD: re.compile(rb"(?<=\n)>(>*From )"),
    MBOXO: re.compile(rb"(?<=\n)>(From )"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message ends: ``name`` of its file within the source, ``offset`` of the next one.

    Names are compared as text; the files of a source come in their order.
    """

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file or directory that was named: its absolute path."""

    path: str

    @property
    def files(self) -> list[tuple[str, str]]:
        """Return pairs of name and path of its files, in order."""
        if not os.path.isdir(self.path):
            return [("", self.path)]
        found = _maildir(self.path) if is_maildir(self.path) else _directory(self.path)
        return sorted(found)


class Stored:
    """One message in a file: its chunks, to be read once and before the next message.

    ``place`` is known when they are.
    """

    __slots__ = ("_reading", "chunks", "name")

    def __init__(self, name: str, reading: Mbox | None, chunks: Iterator[bytes]) -> None:
        self.name = name
        self.chunks = chunks
        self._reading = reading

    @property
    def place(self) -> Place:
        """Return where the message ends."""
        return Place(self.name, self._reading.offset if self._reading is not None else 0)


def source(path: str) -> Source:
    """Return what a path names; raises MailgateError where nothing can be read."""
    full = os.path.abspath(path)
    try:
        if os.path.isdir(full):
            os.listdir(full)
        else:
            with open(full, "rb") as file:
                if not file.seekable():
                    raise MailgateError(f"{path}: it can be read once only: write it to a file")
                if file.read(len(_PACKED)) == _PACKED:
                    raise MailgateError(f"{path}: it is compressed: gunzip it first")
    except OSError as error:
        raise MailgateError(f"{path}: {error.strerror}") from error
    if os.path.isdir(full) and not Source(full).files:
        wanted = "no messages" if is_maildir(full) else "neither new/ and cur/ nor *.eml or *.mbox"
        if not is_maildir(full):
            raise MailgateError(f"{path}: there is {wanted} in it")
    return Source(full)


def is_maildir(path: str) -> bool:
    """Tell whether a directory is a Maildir."""
    return all(os.path.isdir(os.path.join(path, name)) for name in ("cur", "new"))


def messages(name: str, path: str, offset: int = 0, quoting: str = MBOXRD) -> Iterator[Stored]:
    """Yield the messages of one file; of an mbox from an offset on.

    A file that begins with ``From `` is an mbox, any other one message; an empty file has none.
    """
    with open(path, "rb", buffering=0) as file:
        if file.read(len(_START)) != _START:
            file.seek(0)
            first = file.read(CHUNK)
            if first:
                yield Stored(name, None, chain((first,), iter(lambda: file.read(CHUNK), b"")))
            return
        reading = Mbox(file.fileno(), offset, quoting)
        while reading.begin():
            yield Stored(name, reading, reading.chunks())


class Mbox:
    """An open mbox file; ``offset`` is where the next message begins.

    Where its first line has no time and year, every ``From `` after a blank line begins a message.
    """

    def __init__(self, descriptor: int, offset: int, quoting: str) -> None:
        self.offset = offset
        self._descriptor = descriptor
        self._quoted = _QUOTED[quoting]
        self._buffer = b""
        self._ended = False
        self._undated = not is_separator(os.pread(descriptor, _MAX_SEPARATOR, 0).split(b"\n")[0])
        os.lseek(descriptor, offset, os.SEEK_SET)

    def begin(self) -> bool:
        """Skip the line that separates messages; False at the end, or where there is none."""
        while b"\n" not in self._buffer and len(self._buffer) < _MAX_LINE and self._more():
            pass
        if not self._buffer.startswith(_START):
            return False
        end = self._buffer.find(b"\n") + 1 or len(self._buffer)
        self._drop(end)
        return True

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the message that was begun, without the quoting of the mbox."""
        before = b"\n"
        last = False
        while not last:
            end = self._separator(before)
            if end is None:
                end = len(self._buffer) - self._held_back()
                if end <= CHUNK // 2:
                    if self._more():
                        continue
                    end, last = len(self._buffer), True
            else:
                last = True
            chunk = self._buffer[:end]
            self._drop(end)
            if last:
                chunk = _without_blank_line(before, chunk)
            if chunk:
                yield self._unquoted(before, chunk)
                before = (before + chunk)[-_TAIL:]

    def _unquoted(self, before: bytes, chunk: bytes) -> bytes:
        if b">From " not in chunk:
            return chunk
        return self._quoted.sub(rb"\1", before + chunk)[len(before) :]

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]
        self.offset += count

    def _more(self) -> bool:
        if self._ended:
            return False
        data = os.read(self._descriptor, CHUNK)
        self._ended = not data
        self._buffer += data
        return bool(data)

    def _separator(self, before: bytes) -> int | None:
        """Return where the next separating line begins in the buffer, or None."""
        text = before + self._buffer
        at = 0
        while (at := text.find(b"\n" + _START, at)) >= 0:
            blank = text[max(0, at - 1) : at] == b"\n" or text[max(0, at - 2) : at] == b"\n\r"
            line = text[at + 1 : at + 1 + _MAX_SEPARATOR].partition(b"\n")
            whole = line[1] or self._ended or len(line[0]) == _MAX_SEPARATOR
            if blank and not whole:
                return None
            begins = self._undated or is_separator(line[0])
            if blank and at + 1 >= len(before) and begins:
                return at + 1 - len(before)
            at += 1
        return None

    def _held_back(self) -> int:
        """Return how many bytes at the end of the buffer may belong to a separating line.

        That is the last line and the one before it, which may be the blank one. Of lines that
        are long the beginning has been seen.
        """
        size = len(self._buffer)
        last = self._buffer.rfind(b"\n", max(0, size - _MAX_SEPARATOR))
        if last < 0:
            return min(size, _TAIL) if size > _MAX_SEPARATOR else size
        before = self._buffer.rfind(b"\n", max(0, last - _MAX_SEPARATOR), last)
        if before < 0:
            return size - last + 1 if last > _MAX_SEPARATOR else size
        return size - before - 1


def is_separator(line: bytes) -> bool:
    """Tell whether a line that begins with ``From `` has a time and a year, as mbox files have."""
    return bool(_TIME.search(line) and _YEAR.search(line))


def _without_blank_line(before: bytes, chunk: bytes) -> bytes:
    """Take away the blank line that ends a message in an mbox."""
    text = before + chunk
    for blank in (b"\n\r\n", b"\n\n"):
        if text.endswith(blank):
            return chunk[: max(0, len(chunk) - len(blank) + 1)]
    return chunk


def _maildir(path: str) -> Iterator[tuple[str, str]]:
    """Yield the messages of a Maildir by the unique part of their names; no deleted ones."""
    for folder in ("new", "cur"):
        with os.scandir(os.path.join(path, folder)) as entries:
            for entry in entries:
                unique, _, flags = entry.name.partition(":2,")
                if unique[:1] != "." and "T" not in flags and entry.is_file():
                    yield unique, entry.path


def _directory(path: str) -> Iterator[tuple[str, str]]:
    for folder, _, names in os.walk(path):
        for name in names:
            if name.lower().endswith(SUFFIXES) and name[:1] != ".":
                full = os.path.join(folder, name)
                if os.path.isfile(full):
                    yield os.path.relpath(full, path), full
