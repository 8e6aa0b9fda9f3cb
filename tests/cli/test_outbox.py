"""``mailgate outbox``: what waits to be sent."""

from __future__ import annotations

import sqlite3

from cli.tool import Tool


def test_the_list_has_what_waits_the_newest_first(gate: Tool) -> None:
    notice, acknowledgement = gate.json("outbox", "list")
    assert list(notice) == [
        "id",
        "kind",
        "message_id",
        "sender",
        "recipients",
        "subject",
        "status",
        "attempts",
        "next_attempt",
        "last_error",
    ]
    assert (notice["kind"], notice["sender"]) == ("notice", "")
    assert (acknowledgement["kind"], acknowledgement["sender"]) == (
        "notification",
        "bounce@example.com",
    )
    assert notice["recipients"] == ["ann@example.org"]
    assert (notice["status"], notice["attempts"], notice["next_attempt"]) == ("queued", 0, None)
    assert [letter["id"] for letter in gate.json("outbox", "list", "--limit", "1")] == [2]


def test_what_was_sent_is_only_in_the_whole_list(gate: Tool) -> None:
    with sqlite3.connect(gate.path) as connection:
        connection.execute("UPDATE outbox SET status = 'sent' WHERE id = 1")
        connection.execute(
            "UPDATE outbox SET status = 'failed', next_attempt = 1795366800 WHERE id = 2"
        )
    (failed,) = gate.json("outbox", "list")
    assert (failed["id"], failed["next_attempt"]) == (2, "2026-11-22T17:00:00Z")
    assert [letter["id"] for letter in gate.json("outbox", "list", "--all")] == [2, 1]


def test_show_adds_header_and_text(gate: Tool) -> None:
    letter = gate.json("outbox", "show", "1")
    headers = {field["name"]: field["value"] for field in letter["headers"]}
    assert headers["To"] == "ann@example.org"
    assert headers["Subject"] == letter["subject"] == "Re: Größere Stühle"
    assert headers["Auto-Submitted"] == "auto-replied"
    assert headers["Message-ID"] == letter["message_id"]
    assert letter["body"].strip() == "Thank you, Ärzte."


def test_show_is_a_letter_as_it_is_read(gate: Tool) -> None:
    shown = gate.ok("outbox", "show", "2").stdout
    assert "\nsender        <>\n" in shown
    assert "\nSubject: Re: Größere Stühle\n" in shown
    assert "catchall@example.com" in shown.partition("\n\n")[2]


def test_no_such_letter_is_one_line(gate: Tool) -> None:
    assert "outbox list --all" in gate.error("outbox", "show", "9")


def test_an_empty_outbox_is_said_to_be_empty(tool: Tool) -> None:
    assert tool.json("outbox", "list") == []
    assert tool.ok("outbox", "list").stderr == "nothing to show\n"
