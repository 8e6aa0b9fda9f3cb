"""``mailgate quarantine``: what is shown of held mail, and what is done with it."""

from __future__ import annotations

import json

import pytest
from cli.tool import Tool

MAIL = (
    b"From: Ann <ann@example.org>\nTo: info@example.com\nSubject: Win\xe2\x80\xae \x1b[31mnow\n"
    b"Message-ID: <1@example.org>\nX-Spam-Flag: YES\n\nSee https://a.test/?x=1.\n"
)
CONFIRM = (
    b"From: noreply@provider.test\r\nTo: catchall@example.com\r\nSubject: Confirm\r\n"
    b"Message-ID: <2@provider.test>\r\n\r\nhttps://provider.test/confirm\r\n"
)
KEYS = [
    "id",
    "journal",
    "at",
    "reason",
    "detail",
    "attempts",
    "next_attempt",
    "sender",
    "recipients",
    "subject",
    "links",
]


@pytest.fixture
def gate(tool: Tool) -> Tool:
    """A gateway with one message held as spam, and one that confirms a redirection."""
    tool.ok("alias", "add", "info", "--model", "lead")
    tool.ok("alias", "add", "help", "--model", "ticket")
    tool.ok("param", "set", "mail.spam.header", "X-Spam-Flag: YES")
    tool.ok("domain", "verify", "example.com")
    tool.deliver(MAIL, "-f", "ann@example.org", "info@example.com")
    tool.deliver(CONFIRM, "-f", "noreply@provider.test", "catchall@example.com")
    return tool


def test_the_list_has_the_newest_first(gate: Tool) -> None:
    items = gate.json("quarantine", "list")
    assert [list(item) for item in items] == [KEYS, KEYS]
    assert [item["id"] for item in items] == [2, 1]
    assert items[0]["links"] == ["https://provider.test/confirm"]
    assert items[1] | {"at": ""} == {
        "id": 1,
        "journal": 1,
        "at": "",
        "reason": "spam",
        "detail": "x-spam-flag: YES",
        "attempts": 0,
        "next_attempt": None,
        "sender": "ann@example.org",
        "recipients": ["info@example.com"],
        "subject": items[1]["subject"],
        "links": [],
    }
    assert [i["id"] for i in gate.json("quarantine", "list", "--reason", "spam")] == [1]
    assert [i["id"] for i in gate.json("quarantine", "list", "--limit", "1")] == [2]
    assert "verification" in gate.error("quarantine", "list", "--reason", "x", status=2)


def test_show_has_the_links_as_text(gate: Tool) -> None:
    shown = gate.ok("quarantine", "show", "2").stdout
    assert "confirmation mail is expected" in shown
    assert "\n  https://provider.test/confirm\n" in shown
    assert gate.json("quarantine", "show", "1")["links"] == ["https://a.test/?x=1"]


def test_what_came_by_mail_steers_no_terminal(gate: Tool) -> None:
    for words in (("list",), ("show", "1")):
        shown = gate.ok("quarantine", *words).stdout
        assert "<U+202E>" in shown
        assert "\x1b" not in shown


def test_raw_is_byte_for_byte(gate: Tool) -> None:
    assert gate.process("quarantine", "show", "2", "--raw").stdout == CONFIRM
    assert "--raw" in gate.error("quarantine", "show", "2", "--raw", "--json", status=2)


def test_release_says_what_it_became(gate: Tool) -> None:
    result = gate.ok("quarantine", "release", "1")
    assert result.stderr == "quarantine 1: new lead 1\n"
    (message,) = gate.json("record", "show", "1")["messages"]
    assert message["unpacked"] == "done"
    assert "See https://a.test" in message["body_text"]
    entry = gate.json("journal", "list")[0]
    assert "released from quarantine by" in entry["reason"]


def test_release_prints_what_was_held_and_what_was_decided(gate: Tool) -> None:
    (item,) = gate.json("quarantine", "release", "1", "--to", "help")
    assert [key for key in item if key not in ("left", "result")] == KEYS
    assert item["left"] is True
    assert item["result"]["records"][0]["model"] == "ticket"
    assert item["result"]["journal"] == gate.json("journal", "list")[0]["id"]


def test_release_of_several_is_all_or_none(gate: Tool) -> None:
    text = gate.error("quarantine", "release", "1", "2")
    assert "quarantine 2 stays" in text
    assert len(gate.json("quarantine", "list")) == 2
    assert gate.json("record", "list") == []
    gate.ok("quarantine", "release", "1", "2", "1", "--to", "help")
    assert len(gate.json("record", "list")) == 2


def test_mistakes_are_one_line(gate: Tool) -> None:
    assert "quarantine list" in gate.error("quarantine", "release", "9")
    assert "there is help@example.com" in gate.error("quarantine", "release", "1", "--to", "helpp")
    assert "quarantine list" in gate.error("quarantine", "discard", "9", "--yes")
    assert "quarantine list" in gate.error("quarantine", "retry", "1", "9")
    gate.error("quarantine", "retry", status=2)
    gate.error("quarantine", "retry", "1", "--all", status=2)
    gate.error("quarantine", "release", status=2)
    assert len(gate.json("quarantine", "list")) == 2


def test_retry_says_what_stays(gate: Tool) -> None:
    gate.ok("param", "unset", "mail.spam.header")
    lines = gate.ok("quarantine", "retry", "--all").stderr.splitlines()
    assert lines[0] == "quarantine 1: new lead 1"
    assert lines[1].startswith("quarantine 2 stays: confirmation mail is expected")
    found = json.loads(gate.ok("quarantine", "retry", "2", "--json").stdout)
    assert [(item["id"], item["left"]) for item in found] == [(2, False)]
    assert found[0]["result"]["journal"] is None


def test_retry_of_nothing_is_no_failure(tool: Tool) -> None:
    assert tool.ok("quarantine", "retry", "--all").stderr == "nothing is held\n"
    assert tool.json("quarantine", "retry", "--all") == []


def test_discard_needs_yes_where_nobody_can_be_asked(gate: Tool) -> None:
    assert "--yes" in gate.error("quarantine", "discard", "1")
    assert len(gate.json("quarantine", "list")) == 2
    (item,) = gate.json("quarantine", "discard", "1", "--yes")
    assert item["id"] == 1
    assert [i["id"] for i in gate.json("quarantine", "list")] == [2]
    assert gate.json("audit", "list", "--limit", "1")[0]["action"] == "discard"
    assert len(gate.json("journal", "list")) == 2
