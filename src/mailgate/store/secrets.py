"""Secrets: files in ``secrets/`` beside the database, so in no backup and no export of it."""

from __future__ import annotations

import posix
import sys

from mailgate.errors import DatabaseError
from mailgate.mail.token import KEY_BYTES
from mailgate.store.sqlite import DIRECTORY_MODE, adopt, directory_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.store.driver import Connection

FILE_MODE = 0o640
TOKEN_KEY = "token.key"  # noqa: S105  # the name of a file
"""The key with which reply and bounce tokens are made."""
OLD = ".old"
"""Ends the name of a key that was replaced and whose tokens still count."""


def token_keys(connection: Connection) -> tuple[bytes, ...]:
    """Return the keys whose tokens count, the present one first; none where there is no file.

    Raises DatabaseError where a file cannot be read, or is no key: answers can wait.
    """
    place = folder(connection)
    found = (_key(f"{place}/{name}") for name in (TOKEN_KEY, TOKEN_KEY + OLD))
    return tuple(key for key in found if key is not None)


def create_token_key(connection: Connection) -> bool:
    """Make the key of the tokens where it is missing, and say so; call it within ``writing``."""
    path = f"{folder(connection)}/{TOKEN_KEY}"
    try:
        there = _exists(path)
    except OSError as error:
        raise DatabaseError(f"cannot read {path}: {error.strerror}") from error
    if not there:
        replace(path, posix.urandom(KEY_BYTES))
    return not there


def folder(connection: Connection) -> str:
    """Return the folder beside the file that is open, wherever links lead to it."""
    (path,) = connection.execute(
        "SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'"
    ).fetchone()
    name = path.decode(sys.getfilesystemencoding(), "surrogateescape")
    return f"{directory_of(name)}/secrets"


def _exists(path: str) -> bool:
    try:
        posix.stat(path)
    except FileNotFoundError:
        return False
    return True


def _key(path: str) -> bytes | None:
    try:
        file = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
        try:
            key = posix.read(file, KEY_BYTES + 1)
        finally:
            posix.close(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatabaseError(f"cannot read {path}: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise DatabaseError(f"{path} is no key: it has other than {KEY_BYTES} bytes")
    return key


def replace(path: str, content: bytes) -> None:
    """Write a secret so that it is there whole or not at all, also after a crash.

    Makes its folder where that is missing. Of one path, one process at a time; raises
    DatabaseError.
    """
    try:
        make_folder(directory_of(path))
        _replace(path, content)
    except OSError as error:
        raise DatabaseError(f"cannot write {path}: {error.strerror}") from error


def make_folder(path: str) -> None:
    """Make the folder of secrets where it is missing."""
    try:
        posix.mkdir(path, 0o700)
    except FileExistsError:
        return
    adopt(path, directory_of(path), DIRECTORY_MODE)


def _replace(path: str, content: bytes) -> None:
    new = path + ".new"
    file = posix.open(new, posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | posix.O_CLOEXEC, 0o600)
    try:
        while content:
            content = content[posix.write(file, content) :]
        adopt(new, directory_of(path), FILE_MODE)
        posix.fsync(file)
    finally:
        posix.close(file)
    posix.replace(new, path)
    folder = posix.open(directory_of(path), posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        posix.fsync(folder)
    finally:
        posix.close(folder)
