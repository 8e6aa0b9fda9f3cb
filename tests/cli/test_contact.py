"""``mailgate contact``."""

from __future__ import annotations

import sqlite3

from cli.tool import Tool


def test_a_contact_has_all_keys_of_the_contract(tool: Tool) -> None:
    contact = tool.json("contact", "add", "Ann@Example.ORG", "--name", "Ann", "--internal")
    assert contact == {
        "id": 1,
        "address": "ann@example.org",
        "name": "Ann",
        "internal": True,
        "bounces": 0,
        "suppressed": False,
    }


def test_contacts_are_changed_and_removed_by_address_or_id(tool: Tool) -> None:
    tool.ok("contact", "add", "b@example.org")
    tool.ok("contact", "add", "a@example.org")
    assert [item["address"] for item in tool.json("contact", "list")] == [
        "a@example.org",
        "b@example.org",
    ]
    assert tool.json("contact", "set", "2", "--internal")["internal"] is True
    assert tool.json("contact", "set", "a@example.org", "--no-internal")["internal"] is False
    assert tool.json("contact", "remove", "A@example.org")["id"] == 2
    assert len(tool.json("contact", "list", "--limit", "1")) == 1
    assert "did you mean b@example.org?" in tool.error("contact", "show", "bb@example.org")
    assert "already exists" in tool.error("contact", "add", "b@example.org")
    assert "is no address" in tool.error("contact", "add", "nobody")


def test_who_is_suppressed_no_longer_starts_without_bounces(tool: Tool) -> None:
    tool.ok("contact", "add", "b@example.org")
    with sqlite3.connect(tool.path) as connection:
        connection.execute("UPDATE contact SET bounces = 7, bounced_since = 1, suppressed = 1")
    assert tool.json("contact", "show", "1")["suppressed"] is True
    contact = tool.json("contact", "set", "1", "--name", "Bob")
    assert (contact["bounces"], contact["suppressed"]) == (7, True)
    contact = tool.json("contact", "set", "1", "--no-suppressed")
    assert (contact["bounces"], contact["suppressed"]) == (0, False)
    with sqlite3.connect(tool.path) as connection:
        assert connection.execute("SELECT bounced_since FROM contact").fetchall() == [(None,)]
    assert tool.json("contact", "set", "1", "--suppressed")["suppressed"] is True
    assert [entry["action"] for entry in tool.json("audit", "list")][:3] == ["set"] * 3
