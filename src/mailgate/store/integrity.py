"""What the database says about itself: its numbers, and whether it is sound."""

from __future__ import annotations

import os
from _sqlite3 import sqlite_version
from dataclasses import dataclass

from mailgate.store.driver import Connection, Error
from mailgate.store.sqlite import Database, failure

_INDEX = "search"
"""The full text index, which keeps its own tables beside it."""


@dataclass(frozen=True, slots=True)
class Information:
    """A database in numbers; ``size`` and ``log_size`` in bytes, ``contents`` rows by table.

    ``pending`` and ``failed`` count the messages that are not unpacked."""

    path: str
    version: int
    size: int
    log_size: int
    sqlite: str
    contents: dict[str, int]
    pending: int
    failed: int


def information(database: Database) -> Information:
    """Return the numbers of a database."""
    from sqlite_utils import Database as Tables

    with database.reading() as connection:
        tables = Tables(connection, execute_plugins=False)
        names = [name for name in tables.table_names() if not name.startswith((_INDEX, "sqlite_"))]
        counts = {name: tables.table(name).count for name in sorted(names)}
        unpacked = "SELECT count(*) FROM message WHERE unpacked = "
        return Information(
            path=os.path.abspath(database.path),
            version=_one(connection, "PRAGMA user_version"),
            size=os.path.getsize(database.path),
            log_size=database.wal_size(),
            sqlite=sqlite_version,
            contents=counts,
            pending=_one(connection, unpacked + "'pending'"),
            failed=_one(connection, unpacked + "'failed'"),
        )


def _one(connection: Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])


def findings(database: Database) -> list[str]:
    """Return what is wrong with a database, a line each; none where it is sound."""
    try:
        return _pages(database) + _references(database) + _index(database)
    except Error as error:
        return [str(failure(database.path, error))]


def _pages(database: Database) -> list[str]:
    rows = database.connection.execute("PRAGMA integrity_check").fetchall()
    return [str(row[0]) for row in rows if row[0] != "ok"]


def _references(database: Database) -> list[str]:
    rows = database.connection.execute("PRAGMA foreign_key_check").fetchall()
    return [f"{table} row {row}: no such {parent}" for table, row, parent, _ in rows[:100]]


def _index(database: Database) -> list[str]:
    with database.writing() as connection:
        try:
            connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        except Error as error:
            return [f"search index: {error}: mailgate unpack --all builds it again"]
    return []
