"""``mailgate fetch`` and ``mailgate import``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from cli.tool import Tool

from mailgate.cli.commands import fetch as fetch_command
from mailgate.gateway.fetch.several import Fetched

OUTCOMES = "created replied report refused held ignored duplicate quarantined rejected".split()


@pytest.fixture
def dead(tool: Tool, tmp_path: Path) -> Tool:
    """Two servers that nobody runs."""
    path = tmp_path / "secret"
    path.write_text("s3cret\n")
    path.chmod(0o600)
    for name in ("one", "two"):
        words = ("--port", "1", "--user", name, "--password-file", str(path))
        tool.ok("server", "add", name, "imap", "127.0.0.1", *words)
    return tool


def test_without_servers_it_says_so_but_not_to_cron(tool: Tool) -> None:
    assert tool.ok("fetch").stderr == ""
    assert "no server is enabled" in tool.ok("-v", "fetch").stderr
    assert tool.json("fetch") == []


def test_each_server_that_fails_has_its_line_and_the_status_is_1(dead: Tool) -> None:
    result = dead.process("fetch")
    assert result.returncode == 1
    assert result.stdout == b""
    first, second = result.stderr.decode().splitlines()
    assert first.startswith("mailgate: server one: 127.0.0.1:1")
    assert second.startswith("mailgate: server two: 127.0.0.1:1")
    assert "s3cret" not in result.stderr.decode()


def test_json_has_every_server_with_its_error_and_counts(dead: Tool) -> None:
    result = dead.run("fetch", "--json")
    assert result.exit_code == 1
    for item, name in zip(json.loads(result.stdout), ("one", "two"), strict=True):
        assert list(item) == ["server", "error", "skipped", "read", *OUTCOMES]
        assert item["server"] == name
        assert item["error"].startswith("127.0.0.1:1")
        assert (item["skipped"], item["read"]) == (None, 0)


def test_a_server_that_is_disabled_is_left_out_and_cannot_be_named(dead: Tool) -> None:
    dead.ok("server", "disable", "one")
    assert [item["server"] for item in json.loads(dead.run("fetch", "--json").stdout)] == ["two"]
    assert "server one is disabled" in dead.error("fetch", "one")


def test_a_server_that_waits_after_errors_is_skipped_in_silence(dead: Tool) -> None:
    for _ in range(3):
        assert dead.process("fetch", "one").returncode == 1
    result = dead.process("fetch")
    assert result.returncode == 1
    assert b"server one" not in result.stderr
    said = dead.process("-v", "fetch").stderr.decode()
    assert "one: skipped: waits until" in said


def test_an_error_is_in_the_list_of_servers(dead: Tool) -> None:
    dead.process("fetch", "one")
    shown = dead.json("server", "show", "one")
    assert shown["consecutive_errors"] == 1
    assert shown["last_run"] is not None
    assert shown["last_success"] is None
    assert "127.0.0.1:1" in shown["last_error"]


def test_an_unknown_server_is_said(dead: Tool) -> None:
    assert "did you mean one" in dead.error("fetch", "onee")
    assert "is no time" in dead.error("fetch", "--since", "yesterday")


def test_a_message_that_could_not_be_handled_is_said_though_no_server_failed(
    dead: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Fetched("one", Counter(read=3, created=1, quarantined=2))]
    monkeypatch.setattr(fetch_command, "fetch", lambda *rest: found)
    result = dead.ok("fetch")
    said = "mailgate: server one: 2 messages could not be handled: see mailgate quarantine list\n"
    assert result.stderr == said


def test_import_counts_by_outcome(tool: Tool, tmp_path: Path) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    path = tmp_path / "a.eml"
    path.write_bytes(b"From: a@x.org\nTo: info@example.com\nMessage-ID: <1@x.org>\n\nx\n")
    result = tool.process("import", str(path))
    assert result.stderr.decode() == "1 message: 1 created\n"
    result = tool.process("import", str(path), "--json")
    found = json.loads(result.stdout)
    assert list(found) == ["read", *OUTCOMES]
    assert (found["read"], found["duplicate"]) == (1, 1)


def test_import_says_what_cannot_be_read(tool: Tool, tmp_path: Path) -> None:
    assert "No such file" in tool.error("import", str(tmp_path / "missing"))
    assert "neither new/ and cur/" in tool.error("import", str(tmp_path))
