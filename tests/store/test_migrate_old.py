"""A database of every earlier schema is brought to the newest with all that was in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from store.old import database_of

from mailgate.store.integrity import findings
from mailgate.store.migrate import migrate, migrations
from mailgate.store.sqlite import SCHEMA_VERSION, Database

OLD = range(1, SCHEMA_VERSION)


@pytest.fixture(params=OLD, ids=lambda number: f"schema {number}")
def number(request: pytest.FixtureRequest) -> int:
    """Each earlier schema in turn."""
    found: int = request.param
    return found


@pytest.fixture
def old(number: int, tmp_path: Path) -> Iterator[Database]:
    """A database of that schema."""
    database = database_of(tmp_path / "mail.db", number)
    yield database
    database.close()


def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table that is not SQLite's own."""
    names = database.connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    found = {}
    for (name,) in names:
        cursor = database.connection.execute(f'SELECT * FROM "{name}"')
        columns = [column[0] for column in cursor.description]
        found[name] = [dict(zip(columns, row, strict=True)) for row in cursor]
    return found


def test_every_table_of_an_old_database_has_rows(old: Database) -> None:
    """So that no later migration is tried on less than what people have."""
    assert [name for name, content in rows(old).items() if not content] == []


def test_all_rows_are_there_after_the_migration(old: Database, number: int) -> None:
    before = rows(old)
    assert migrate(old) == [step for step, _ in migrations() if step > number]
    after = rows(old)
    for name, content in before.items():
        kept = [{column: row[column] for column in content[0]} for row in after[name]]
        assert kept == content, name


def test_a_migrated_database_is_sound_and_can_be_searched(old: Database) -> None:
    migrate(old)
    assert old.connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert findings(old) == []
    found = old.connection.execute("SELECT rowid FROM search WHERE search MATCH 'chairs'")
    assert found.fetchall() == [(1,)]


def test_a_migrated_database_is_like_a_new_one(old: Database, database: Database) -> None:
    """Tables, columns, their order, types and indexes."""
    statement = (
        'SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk FROM sqlite_master m,'
        " pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid"
    )
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    migrate(old)
    for each in (statement, indexes):
        assert old.connection.execute(each).fetchall() == (
            database.connection.execute(each).fetchall()
        )


def test_reports_and_letters_from_before_they_were_followed_are_not_lost(tmp_path: Path) -> None:
    """A report waits to be carried out, a letter of a record has its notification."""
    old = database_of(tmp_path / "mail.db", 1)
    migrate(old)
    after = rows(old)
    assert after["report"] == [
        {"journal": 2, "state": "pending"},
        {"journal": 3, "state": "pending"},
    ]
    (notification,) = after["notification"]
    assert (notification["message"], notification["outbox"]) == (2, 1)
    assert (notification["recipient"], notification["status"]) == ("ann@x.org", "ready")
    old.close()
