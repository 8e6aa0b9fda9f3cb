"""Messages that are unpacked together: one that breaks does not spoil the others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from gateway.house import House, letter

from mailgate.errors import DatabaseError
from mailgate.gateway import unpack_group as group
from mailgate.gateway.unpack import Unpacked, keep
from mailgate.store.driver import Connection
from mailgate.store.sqlite import open_database

SUBJECTS = ("before", "breaks", "after")


def refuse(connection: Connection) -> None:
    """Do what the database refuses because of the values."""
    connection.execute("INSERT INTO content (message) VALUES (-1)")


def fail(connection: Connection) -> None:
    """Fail in our own code."""
    raise ValueError(connection)


def lose_the_disk(connection: Connection) -> None:
    """Fail as a disk does."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    raise error


def states(
    house: House, monkeypatch: pytest.MonkeyPatch, breaking: Callable[[Connection], None]
) -> dict[str, str]:
    """Unpack three messages together, of which the second breaks after it was written."""
    for subject in SUBJECTS:
        house.deliver(
            letter(f"{subject}@x.org", author=f"{subject}@x.org", subject=subject),
            "info@example.com",
        )
    house.run("UPDATE message SET unpacked = 'pending'")
    house.run("DELETE FROM content")
    numbers = [number for (number,) in house.rows("SELECT id FROM message ORDER BY id")]

    def keeping(connection: Connection, message: int, unpacked: Unpacked) -> None:
        keep(connection, message, unpacked)
        if message == numbers[1]:
            breaking(connection)

    monkeypatch.setattr(group, "keep", keeping)
    database = open_database(house.path)
    try:
        group.unpack_group(database, numbers, lambda number: None)
    finally:
        database.close()
    return dict(house.rows("SELECT subject, unpacked FROM message"))


@pytest.mark.parametrize("breaking", [refuse, fail])
def test_a_message_that_cannot_be_written_is_marked_and_leaves_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, breaking: Callable[[Connection], None]
) -> None:
    found = states(house, monkeypatch, breaking)
    assert found == {"before": "done", "breaks": "failed", "after": "done"}
    assert sorted(house.rows("SELECT subject FROM content")) == [("after",), ("before",)]


def test_a_fault_of_the_disk_blames_no_message(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DatabaseError, match="check its disk"):
        states(house, monkeypatch, lose_the_disk)
    assert house.rows("SELECT * FROM content") == []
    assert house.rows("SELECT DISTINCT unpacked FROM message") == [("pending",)]
