"""The audit log: who changed what, when, from what to what."""

from __future__ import annotations

import pytest
from cli.tool import Tool

from mailgate.cli.context import who


def test_every_change_is_there_with_the_object_before_and_after(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-22T17:00:00Z")
    tool.ok("alias", "add", "info", "--model", "lead")
    tool.ok("alias", "set", "info", "--policy", "contacts")
    tool.ok("alias", "remove", "info")
    removed, changed, added = tool.json("audit", "list", "--limit", "3")
    assert [entry["action"] for entry in (added, changed, removed)] == ["add", "set", "remove"]
    assert {entry["object"] for entry in (added, changed, removed)} == {"alias info@example.com"}
    assert (added["old"], removed["new"]) == (None, None)
    assert added["new"]["policy"] == changed["old"]["policy"] == "everyone"
    assert changed["new"] == removed["old"]
    assert added["who"] == who()
    assert added["at"] == "2026-11-22T17:00:00Z"


def test_what_changes_nothing_is_not_there(tool: Tool) -> None:
    before = len(tool.json("audit", "list"))
    tool.ok("domain", "set", "example.com", "--catchall", "catchall")
    tool.ok("param", "set", "mail.bounce.limit", "5")
    tool.ok("model", "set", "lead", "--label", "Lead")
    tool.error("alias", "add", "x", "--model", "nothing")
    assert len(tool.json("audit", "list")) == before


def test_a_command_that_fails_changes_nothing_at_all(tool: Tool) -> None:
    """The first field would do; the second does not."""
    tool.error("model", "set", "lead", "--field", "good:text", "--field", "bad:nothing")
    assert set(tool.json("model", "show", "lead")["fields"]) == {"team"}


def test_entries_are_listed_since_a_time(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILGATE_NOW", "2031-01-02T00:00:00Z")
    tool.ok("domain", "add", "late.example")
    entries = tool.json("audit", "list", "--since", "1d")
    assert [entry["object"] for entry in entries] == ["domain late.example"]
    assert "write an age" in tool.error("audit", "list", "--since", "yesterday")


def test_the_list_shows_what_changed(tool: Tool) -> None:
    tool.ok("param", "set", "mail.bounce.limit", "7")
    assert "value: 5 -> 7" in tool.ok("audit", "list").stdout


def test_who_is_at_work_is_the_user_or_who_used_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "ann")
    assert who() == "ann"
    monkeypatch.setattr("os.geteuid", lambda: 4242424)
    assert who() == "uid 4242424"
