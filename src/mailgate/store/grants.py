"""OAuth 2 grants: a file in ``secrets/`` for each server, and a lock, never in the database.

``folder`` is that of ``store/secrets.folder``; ``server`` a server's id, which is never used again.
No connection is needed, so threads can renew tokens side by side.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from time import monotonic, sleep
from types import UnionType
from typing import Any

from mailgate.entities.grant import Client, Grant, Tokens
from mailgate.errors import DatabaseError, TemporaryError
from mailgate.store.secrets import make_folder, replace
from mailgate.store.sqlite import BASE_MODE, adopt, directory_of

LOCK_SECONDS = 120.0
"""How long one waits for another that renews the same tokens: longer than any renewal takes."""
MAX_FILE = 256 * 1024


def get(folder: str, server: int) -> Grant | None:
    """Return the grant of a server, None where there is none.

    Raises DatabaseError where it cannot be read, or is no grant.
    """
    path = _path(folder, server)
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatabaseError(f"cannot read {path}: {error.strerror}") from error
    try:
        return _grant(json.loads(data))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        # Nothing of the file: an error would show a part of it.
        raise DatabaseError(f"{path} is no grant: remove it, and authorize again") from None


def put(folder: str, server: int, grant: Grant) -> None:
    """Keep the grant of a server in place of what was there; call it within ``locked``."""
    replace(_path(folder, server), json.dumps(asdict(grant), indent=1).encode("ascii"))


def remove(folder: str, server: int) -> None:
    """Forget the grant of a server, if it has one."""
    path = _path(folder, server)
    try:
        for name in (path, path + ".new", path + ".lock"):
            with suppress(FileNotFoundError):
                os.unlink(name)
    except OSError as error:
        raise DatabaseError(f"cannot remove {path}: {error.strerror}") from error


@contextmanager
def locked(folder: str, server: int, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Keep other processes and threads from renewing the tokens of a server meanwhile."""
    path = _path(folder, server) + ".lock"
    try:
        make_folder(directory_of(path))
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, BASE_MODE)
    except OSError as error:
        raise DatabaseError(f"cannot lock {path}: {error.strerror}") from error
    try:
        with suppress(PermissionError):
            adopt(path, directory_of(path))
        _wait(lock, path, seconds)
        yield
    finally:
        os.close(lock)


def _wait(lock: int, path: str, seconds: float) -> None:
    until = monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if monotonic() >= until:
                raise TemporaryError(
                    f"another mailgate command has held {path} for more than {seconds:.0f} s"
                ) from None
        sleep(0.02)


def _path(folder: str, server: int) -> str:
    return f"{folder}/server-{server}.grant"


def _grant(kept: dict[str, Any]) -> Grant:
    """Return what the JSON of a grant stands for; raises where it stands for none."""
    client = Client(**kept.pop("client"))
    tokens = Tokens(**kept.pop("tokens"))
    grant = Grant(client=client, tokens=tokens, **kept)
    _require(str, grant.user, client.provider, client.id, client.token_url, client.scope)
    _require(str, client.redirect_uri, tokens.access_token)
    _require(int, tokens.access_end, grant.granted, grant.refreshed)
    _require(str | None, tokens.refresh_token, grant.refused, client.secret_file)
    _require(str | None, client.device_url, client.authorization_url)
    _require(int | None, tokens.refresh_end)
    return grant


def _require(kind: type | UnionType, *values: object) -> None:
    if not all(isinstance(value, kind) for value in values):
        raise TypeError
