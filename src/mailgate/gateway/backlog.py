"""What was taken and never unpacked, as its run was killed: the next run does it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mailgate import clock
from mailgate.gateway.unpacking import MESSAGE, REPORT, Item
from mailgate.store import contents, fetchlock, reports
from mailgate.store.sqlite import open_database

MAX_AGE = 86400
"""Seconds for which it is tried: a message that breaks unpacking is not tried for ever."""
MOST = 20_000
"""Messages of one run."""


@contextmanager
def backlog(path: str) -> Iterator[list[Item]]:
    """Give what is to be unpacked; nothing while another run is at it. Raises MailgateError."""
    lock = fetchlock.hold(path, fetchlock.BACKLOG)
    if lock is None:
        yield []
        return
    try:
        yield _packed(path)
    finally:
        os.close(lock)


def _packed(path: str) -> list[Item]:
    since = clock.now() - MAX_AGE
    database = open_database(path)
    try:
        with database.reading() as connection:
            items = [(MESSAGE, each) for each in contents.packed(connection, since, MOST)]
            return items + [(REPORT, each) for each in reports.packed(connection, since, MOST)]
    finally:
        database.close()
