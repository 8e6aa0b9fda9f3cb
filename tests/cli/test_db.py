"""``mailgate db``: information, migration, check."""

from __future__ import annotations

import sqlite3

from cli.tool import Tool

from mailgate.store.sqlite import SCHEMA_VERSION


def test_info_has_path_version_and_size(tool: Tool) -> None:
    info = tool.json("db", "info")
    assert info["path"] == str(tool.path)
    assert info["version"] == SCHEMA_VERSION
    assert info["size"] > 0
    assert info["contents"]["model"] == 3


def test_a_sound_database_passes(tool: Tool) -> None:
    assert tool.json("db", "check") == {"path": str(tool.path), "sound": True, "findings": []}


def test_a_broken_reference_is_found(tool: Tool) -> None:
    connection = sqlite3.connect(tool.path)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("INSERT INTO model_field VALUES (77, 'a', 'text', NULL)")
    connection.commit()
    connection.close()
    result = tool.run("db", "check")
    assert result.exit_code == 1
    assert "model_field" in result.stdout
    assert result.stderr.count("\n") == 1


def test_a_broken_search_index_is_found(tool: Tool) -> None:
    connection = sqlite3.connect(tool.path)
    connection.execute("INSERT INTO search (rowid, subject) VALUES (1, 'one two')")
    connection.commit()
    connection.execute("UPDATE search_data SET block = x'00' WHERE id > 10")
    connection.commit()
    connection.close()
    result = tool.run("db", "check", "--json")
    assert result.exit_code == 1
    assert '"sound": false' in result.stdout


def test_a_current_database_is_not_migrated(tool: Tool) -> None:
    assert tool.json("db", "migrate") == {"path": str(tool.path), "applied": []}


def test_an_empty_database_is_migrated(bare: Tool) -> None:
    sqlite3.connect(bare.path).close()
    bare.path.write_bytes(b"")
    assert "db migrate" in bare.error("domain", "list")
    assert bare.json("db", "migrate")["applied"] == list(range(1, SCHEMA_VERSION + 1))
    assert bare.json("init", "--domain", "example.com")["created"] is True


def test_pruning_asks_and_says_what_it_removed(tool: Tool) -> None:
    assert "--yes" in tool.error("db", "prune")
    assert tool.json("db", "prune", "--yes") == {"originals": 0, "bytes": 0, "quarantine": 0}
    assert "0 originals" in tool.ok("db", "prune", "--yes").stderr
