"""The allow list and the block list: two tables of one form."""

from __future__ import annotations

from mailgate.entities.nearest import unknown
from mailgate.entities.pattern import Pattern
from mailgate.errors import MailgateError
from mailgate.store.driver import Connection

LISTS = ("allow", "block")


def every(connection: Connection, table: str) -> list[Pattern]:
    """Return the patterns of a list, by name."""
    rows = connection.execute(f"SELECT id, pattern FROM {_known(table)} ORDER BY pattern")
    return [Pattern(*row) for row in rows]


def find(connection: Connection, table: str, pattern: str) -> Pattern | None:
    """Return an entry of a list by pattern, or None."""
    row = connection.execute(
        f"SELECT id, pattern FROM {_known(table)} WHERE pattern = ?", (pattern,)
    ).fetchone()
    return None if row is None else Pattern(*row)


def get(connection: Connection, table: str, name: str) -> Pattern:
    """Return an entry of a list by id or pattern; raises MailgateError with the nearest."""
    entries = every(connection, table)
    for entry in entries:
        if name.strip().lower() == entry.pattern or name == str(entry.id):
            return entry
    known = [entry.pattern for entry in entries]
    raise unknown(f"pattern in the {table} list:", name, known, f"mailgate {table} list")


def insert(connection: Connection, table: str, pattern: str) -> Pattern:
    """Add a pattern to a list."""
    cursor = connection.execute(f"INSERT INTO {_known(table)} (pattern) VALUES (?)", (pattern,))
    return Pattern(int(cursor.lastrowid or 0), pattern)


def delete(connection: Connection, table: str, number: int) -> None:
    """Remove an entry from a list."""
    connection.execute(f"DELETE FROM {_known(table)} WHERE id = ?", (number,))


def _known(table: str) -> str:
    if table not in LISTS:
        raise MailgateError(f"no list {table}")
    return table
