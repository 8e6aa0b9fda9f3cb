"""Migrations: numbered, each whole or not at all, and safe when two start at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mailgate
from mailgate.errors import DatabaseError
from mailgate.store import migrate as module
from mailgate.store.migrate import create, migrate, migrations, statements
from mailgate.store.sqlite import SCHEMA_VERSION, Database, create_file

SOURCE = str(Path(mailgate.__file__).parent.parent)
PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[2]);"
    "from mailgate.store.migrate import create;"
    "database, new = create(sys.argv[1]); print(new)"
)


def version(database: Database) -> int:
    """Return the schema version of a database."""
    number: int = database.connection.execute("PRAGMA user_version").fetchone()[0]
    return number


def test_the_migrations_are_numbered_without_gaps_up_to_the_version() -> None:
    assert [number for number, _ in migrations()] == list(range(1, SCHEMA_VERSION + 1))


def test_a_new_database_is_current_and_sound(database: Database) -> None:
    assert version(database) == SCHEMA_VERSION
    assert database.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert migrate(database) == []


def test_every_table_is_strict(database: Database) -> None:
    """But those of the search index, which are SQLite's own."""
    rows = database.connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND NOT strict AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    assert rows == []


def test_creating_twice_changes_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "mail.db")
    first, new = create(path)
    first.connection.execute("INSERT INTO parameter VALUES ('a', 'x')")
    first.close()
    second, again = create(path)
    assert (new, again) == (True, False)
    assert second.connection.execute("SELECT key FROM parameter").fetchall() == [("a",)]
    second.close()


def test_eight_that_start_at_once_make_one_database(tmp_path: Path) -> None:
    path = str(tmp_path / "mail.db")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, path, SOURCE],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(8)
    ]
    ends = [(*process.communicate(timeout=60), process.returncode) for process in running]
    assert [(err, status) for _, err, status in ends] == [(b"", 0)] * 8
    assert [out for out, _, _ in ends].count(b"True\n") == 1
    database, new = create(path)
    assert not new
    assert version(database) == SCHEMA_VERSION
    database.close()


def test_a_migration_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = [
        (1, "CREATE TABLE one (a);"),
        (2, "CREATE TABLE two (a);\nINSERT INTO nowhere VALUES (1);"),
    ]
    monkeypatch.setattr(module, "migrations", lambda: bad)
    database = create_file(str(tmp_path / "mail.db"))
    with pytest.raises(DatabaseError):
        migrate(database)
    assert version(database) == 1
    tables = database.connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("one",)]
    database.close()


def test_a_script_is_split_at_its_statements() -> None:
    script = (
        "-- a comment; with a semicolon\n\nCREATE TABLE a (\n    b TEXT DEFAULT ';'\n);\n"
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n    SELECT 1;\n    SELECT 2;\nEND;\nSELECT 3"
    )
    found = list(statements(script))
    assert [text.split()[0] for text in found] == ["CREATE", "CREATE", "SELECT"]
    assert found[1].endswith("END;")
