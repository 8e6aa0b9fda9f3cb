"""What a run of the outbox sent and did not commit yet: a small file beside the database.

A commit waits for the disk, and would be most of what sending a letter costs. So a result that
follows the last commit closely is written here instead, which outlives the process as a commit
does, though not a power failure; whoever takes over from a run that ended reads it first.
"""

from __future__ import annotations

import os
from contextlib import suppress

from mailgate.store.sqlite import BASE_MODE, adopt


class SentLog:
    """The file of one run; it is made when it is needed."""

    def __init__(self, path: str, holder: str) -> None:
        self._path = path
        self._name = _name(path, holder)
        self._file: int | None = None

    def add(self, number: int) -> bool:
        """Note that a letter was sent; False where that cannot be written."""
        try:
            if self._file is None:
                self._file = self._create()
            return os.write(self._file, b"%d\n" % number) > 0
        except OSError:
            return False

    def clear(self) -> None:
        """Forget what was committed. What stays in spite of that does no harm."""
        if self._file is not None:
            with suppress(OSError):
                os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            with suppress(OSError):
                os.unlink(self._name)

    def _create(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        file = os.open(self._name, flags, BASE_MODE)
        adopt(self._name, self._path)
        return file


def left_by(path: str, holder: str) -> list[int]:
    """Return the letters that a run sent and did not commit."""
    try:
        with open(_name(path, holder), "rb") as file:
            lines = file.read(1 << 20).split(b"\n")
    except OSError:
        return []
    return [int(line) for line in lines[:-1] if line.isdigit() and len(line) < 19]


def remove(path: str, holder: str) -> None:
    """Remove the file of a run, after what it sent was committed."""
    with suppress(OSError):
        os.unlink(_name(path, holder))


def _name(path: str, holder: str) -> str:
    run = "".join(c for c in holder.rpartition(":")[2] if c.isalnum())
    return f"{path}.sent-{run}"
