"""Numbered migrations: each in one transaction, safe when two start at once."""

from __future__ import annotations

import os
from _sqlite3 import complete_statement
from collections.abc import Iterator
from pathlib import Path

from mailgate.store.sqlite import Database, create_file, open_database

_FOLDER = Path(__file__).parent / "migrations"


def migrations() -> list[tuple[int, str]]:
    """Return pairs of number and SQL text, in order."""
    return [
        (int(path.name[:4]), path.read_text(encoding="utf-8"))
        for path in sorted(_FOLDER.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    ]


def create(path: str) -> tuple[Database, bool]:
    """Open the database at ``path``, created and migrated where needed; True where it is new."""
    new = not os.path.exists(path) or os.path.getsize(path) == 0
    database = create_file(path) if new else open_database(path, any_version=True)
    applied = migrate(database)
    return database, new and bool(applied)


def migrate(database: Database) -> list[int]:
    """Apply what is missing and return the numbers applied by this call."""
    applied = []
    for number, text in migrations():
        with database.writing() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version >= number:
                continue
            for statement in statements(text):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number:d}")
            applied.append(number)
    return applied


def statements(text: str) -> Iterator[str]:
    """Split an SQL script into its statements."""
    lines: list[str] = []
    for line in text.splitlines():
        if not lines and (not line.strip() or line.startswith("--")):
            continue
        lines.append(line)
        statement = "\n".join(lines)
        if line.rstrip().endswith(";") and complete_statement(statement):
            yield statement
            lines = []
    if lines:
        yield "\n".join(lines)
