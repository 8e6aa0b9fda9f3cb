"""The write-ahead log: written back when it has grown, under the lock, and never in a hurry."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from faults.causes import Holder
from faults.installation import Installation
from faults.mails import Mail, Post
from faults.mta import RECIPIENTS, hand_over

from mailgate.errors import DatabaseError
from mailgate.store.sqlite import open_database

MIB = 1 << 20
LIMIT = 4 * MIB


def log_size(database: Path) -> int:
    """Return the bytes of the log."""
    return Path(f"{database}-wal").stat().st_size


def deliver(installed: Installation, database: Path, mail: Mail) -> float:
    """Deliver a mail, which must be taken, and return the seconds it took."""
    attempt = hand_over(installed, database, mail, RECIPIENTS[:1])
    assert attempt.status == 0, attempt.said
    return attempt.seconds


def test_a_small_log_stays(installed: Installation, database: Path) -> None:
    deliver(installed, database, Post(1).text())
    assert 0 < log_size(database) <= LIMIT


def test_a_delivery_that_finds_a_log_of_more_than_four_mib_writes_it_back(
    installed: Installation, database: Path
) -> None:
    deliver(installed, database, Post(2).big(6 * MIB))
    assert log_size(database) == 0


@contextmanager
def reader(database: Path) -> Iterator[sqlite3.Connection]:
    """Let another program read the database meanwhile; it ends its transaction itself."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM message").fetchone()
        yield other


def test_a_reader_keeps_a_log_from_being_emptied_but_nobody_waits_for_it(
    installed: Installation, database: Path
) -> None:
    deliver(installed, database, Post(3).text())
    with reader(database) as other:
        assert deliver(installed, database, Post(4).big(6 * MIB)) < 15
        assert log_size(database) > LIMIT
        other.execute("ROLLBACK")
        deliver(installed, database, Post(5).text())
        assert log_size(database) == 0


def test_a_checkpoint_waits_for_the_advisory_lock(installed: Installation, database: Path) -> None:
    deliver(installed, database, Post(6).text())
    before = log_size(database)
    opened = open_database(str(database))
    with Holder(database), pytest.raises(DatabaseError, match="locked"):
        opened.checkpoint(0.2)
    assert log_size(database) == before
    assert opened.checkpoint(0.2)
    assert log_size(database) == 0
    opened.close()


class Spy:
    """Stands before a connection and asks at each statement whether others may take the lock."""

    def __init__(self, connection: Any, lock: Path) -> None:
        self.connection = connection
        self.lock = lock
        self.free: dict[str, bool] = {}

    def execute(self, statement: str, *values: Any) -> Any:
        descriptor = os.open(self.lock, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.free[statement] = True
        except BlockingIOError:
            self.free[statement] = False
        finally:
            os.close(descriptor)
        return self.connection.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def test_every_checkpoint_and_every_write_holds_the_lock_exclusively(
    installed: Installation, database: Path
) -> None:
    deliver(installed, database, Post(7).text())
    opened = open_database(str(database))
    spy = Spy(opened.connection, Path(f"{database}.lock"))
    opened.connection = spy  # type: ignore[assignment]  # a stand-in that passes all on
    assert opened.checkpoint(1.0)
    with opened.writing(1.0) as connection:
        connection.execute("UPDATE alias SET last_used = 1")
    words = " ".join(spy.free)
    for word in ("wal_checkpoint(TRUNCATE)", "BEGIN IMMEDIATE", "UPDATE", "COMMIT"):
        assert word in words
    assert not any(spy.free.values())
