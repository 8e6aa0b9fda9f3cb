"""Writing a file whose name came by mail: never outside its folder, never over another."""

from __future__ import annotations

import os
from collections.abc import Iterable

from mailgate.errors import MailgateError

MAX_NAME = 200
"""Bytes of a file name."""


def save(folder: str, name: str, fallback: str, pieces: Iterable[bytes]) -> str:
    """Write a new file in a folder and return its path; what fails leaves nothing behind."""
    path = os.path.join(folder, safe_name(name, fallback))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    except FileExistsError:
        raise MailgateError(
            f"{path} is there already: move it away or choose another folder with --to"
        ) from None
    except OSError as error:
        raise MailgateError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
    except BaseException:
        os.unlink(path)
        raise
    return path


def safe_name(name: str, fallback: str) -> str:
    """Return a name that is one plain file in its folder on any system."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip()
    while kept[:1] in (".", "-", " "):
        kept = kept[1:]
    stem, dot, suffix = kept.rpartition(".")
    if len(kept.encode()) > MAX_NAME and dot and len(suffix.encode()) < 20:
        room = MAX_NAME - len(suffix.encode()) - 1
        kept = stem.encode()[:room].decode("utf-8", "ignore") + dot + suffix
    return kept.encode()[:MAX_NAME].decode("utf-8", "ignore").strip() or fallback
