"""One lock for each mailbox, so that two runs never read one at once.

A lock is a byte of ``<database>.fetch``, the one whose place is the server's id. It is the
process's: the system takes it away when the process ends, however it ends. The first byte, which
is no server's, is for what was taken and not unpacked.
"""

from __future__ import annotations

import fcntl
import os

from mailgate.errors import DatabaseError
from mailgate.store.sqlite import BASE_MODE, adopt

BACKLOG = 0
"""The place of the byte for what was not unpacked."""


def hold(path: str, server: int) -> int | None:
    """Take a server's lock and return its descriptor; None where another process has it."""
    name = path + ".fetch"
    try:
        new = not os.path.exists(name)
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, BASE_MODE)
        if new:
            adopt(name, path)
    except OSError as error:
        raise DatabaseError(f"cannot lock {name}: {error.strerror}") from error
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, server)
    except OSError:
        os.close(handle)
        return None
    return handle
