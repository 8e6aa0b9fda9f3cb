"""``mailgate notification``: who got which message, what bounced, and what is done about it."""

from __future__ import annotations

import io
import sqlite3
from typing import Any

import pytest
from cli.tool import Tool
from rich.console import Console

from mailgate.cli import output
from mailgate.cli.commands.notification import COLUMNS
from mailgate.entities.notification import Notification, failure_type

LETTER = (
    b"From: Ann <ann@example.org>\nTo: info@example.com\nSubject: Chairs\n"
    b"Message-ID: <1@example.org>\n\nTen.\n"
)
KEYS = [
    "id",
    "message",
    "record",
    "recipient",
    "status",
    "failure_type",
    "failure_reason",
    "status_code",
    "at",
]


def dsn(tool: Tool, number: int = 1) -> bytes:
    """Return a report that the acknowledgement of the letter did not reach Ann."""
    sent = rows(tool, "SELECT message_id FROM outbox ORDER BY id LIMIT 1")[0][0]
    return (
        "From: MAILER-DAEMON@mx.org\nTo: bounce@example.com\nSubject: Undelivered\n"
        f"MIME-Version: 1.0\nMessage-ID: <dsn.{number}@mx.org>\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=b"\n\n'
        "--=b\nContent-Type: text/plain\n\nSorry.\n"
        "--=b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.org\n\n"
        "Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.2.2\n"
        "Diagnostic-Code: smtp; 552 5.2.2 the mailbox\n is \x1b[31mfull\n"
        f"--=b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {sent}\n\n--=b--\n"
    ).encode()


def rows(tool: Tool, statement: str, *values: object) -> list[Any]:
    """Run a statement behind the program's back and return its rows."""
    with sqlite3.connect(tool.path) as connection:
        return connection.execute(statement, values).fetchall()


@pytest.fixture
def gate(tool: Tool) -> Tool:
    """A gateway that acknowledged a letter, which has its notification as sent."""
    tool.ok("alias", "add", "info", "--model", "lead", "--acknowledge", "Thank you.")
    tool.deliver(LETTER, "-f", "ann@example.org", "info@example.com")
    rows(tool, "UPDATE outbox SET status = 'sent'")
    if not rows(tool, "SELECT 1 FROM notification"):
        rows(
            tool,
            "INSERT INTO notification (message, recipient, outbox, status, at)"
            " SELECT message, recipient, id, 'sent', at FROM outbox",
        )
    rows(tool, "UPDATE notification SET status = 'sent'")
    return tool


@pytest.fixture
def red(gate: Tool) -> Tool:
    """The same, to which the acknowledgement came back."""
    gate.deliver(dsn(gate), "-f", "", "bounce@example.com")
    return gate


def test_a_bounce_turns_the_envelope_red(red: Tool) -> None:
    (item,) = red.json("notification", "list", "--failed")
    assert list(item) == KEYS
    assert (item["id"], item["record"], item["recipient"]) == (1, 1, "ann@example.org")
    assert (item["status"], item["failure_type"]) == ("bounced", "mailbox")
    assert item["status_code"] == "5.2.2"
    assert "full" in item["failure_reason"]
    assert red.json("notification", "list") == [item]
    assert red.json("notification", "count") == {"failed": 1}
    assert red.ok("notification", "count").stdout == "1 failed\n"


def test_what_was_sent_is_not_red(gate: Tool) -> None:
    assert gate.json("notification", "list", "--failed") == []
    assert gate.json("notification", "count") == {"failed": 0}
    (item,) = gate.json("notification", "list")
    assert (item["status"], item["failure_type"], item["status_code"]) == ("sent", None, None)


def test_the_newest_is_first_and_the_limit_counts(red: Tool) -> None:
    rows(
        red,
        "INSERT INTO notification (message, recipient, status, at)"
        " VALUES (1, 'bob@example.org', 'failed', 0)",
    )
    assert [item["id"] for item in red.json("notification", "list", "--failed")] == [2, 1]
    assert [item["id"] for item in red.json("notification", "list", "--limit", "1")] == [2]


def test_a_reason_is_printed_without_what_steers_a_terminal(red: Tool) -> None:
    for words in (("notification", "list"), ("record", "show", "1"), ("journal", "show", "2")):
        shown = red.ok(*words).stdout
        assert "full" in shown
        assert "\x1b" not in shown


def test_dismissed_is_red_no_longer_and_stays_in_the_list(red: Tool) -> None:
    before = red.json("notification", "list")
    assert red.json("notification", "dismiss", "1") == before[0]
    assert red.json("notification", "count") == {"failed": 0}
    assert red.json("notification", "list", "--failed") == []
    assert red.json("notification", "list") == before
    red.ok("notification", "dismiss", "1")
    actions = [entry["action"] for entry in red.json("audit", "list")]
    assert actions.count("dismiss") == 1


def test_what_did_not_fail_cannot_be_dismissed(gate: Tool) -> None:
    assert "is sent, it did not fail" in gate.error("notification", "dismiss", "1")


def test_a_letter_that_was_sent_goes_out_as_a_copy_with_the_same_id(red: Tool) -> None:
    item = red.json("notification", "resend", "1")
    assert (item["status"], item["failure_type"], item["failure_reason"]) == ("ready", None, None)
    copy, letter = red.json("outbox", "list", "--all")
    assert (copy["status"], letter["status"]) == ("queued", "sent")
    for key in ("message_id", "sender", "recipients", "subject", "kind"):
        assert copy[key] == letter[key]
    assert rows(red, "SELECT outbox FROM notification") == [(copy["id"],)]
    assert red.json("notification", "count") == {"failed": 0}
    assert red.json("audit", "list")[0]["action"] == "resend"


@pytest.mark.parametrize("status", ["failed", "cancelled", "queued"])
def test_a_letter_that_was_not_sent_is_due_again_itself(red: Tool, status: str) -> None:
    rows(
        red,
        "UPDATE outbox SET status = ?, next_attempt = 1893456000, failing_since = 1",
        status,
    )
    red.ok("notification", "resend", "1")
    (letter,) = red.json("outbox", "list", "--all")
    assert (letter["status"], letter["next_attempt"]) == ("queued", None)
    assert rows(red, "SELECT failing_since FROM outbox") == [(None,)], "its days begin anew"
    assert red.json("notification", "list")[0]["status"] == "ready"


def test_a_letter_that_is_on_its_way_is_not_sent_a_second_time(red: Tool) -> None:
    rows(
        red,
        "UPDATE outbox SET status = 'queued', holder = 'elsewhere:1:1', held_until = 9999999999",
    )
    assert "at the moment" in red.error("notification", "resend", "1")
    assert red.json("notification", "count") == {"failed": 1}


def test_what_is_sent_again_can_bounce_again(red: Tool) -> None:
    red.ok("notification", "resend", "1")
    red.deliver(dsn(red, 2), "-f", "", "bounce@example.com")
    assert red.json("notification", "count") == {"failed": 1}
    assert red.json("contact", "show", "ann@example.org")["bounces"] == 2


def test_nothing_is_sent_to_who_is_suppressed(red: Tool) -> None:
    red.ok("contact", "set", "ann@example.org", "--suppressed")
    said = red.error("notification", "resend", "1")
    assert "ann@example.org is suppressed" in said
    assert "--no-suppressed" in said
    red.ok("contact", "set", "ann@example.org", "--no-suppressed")
    red.ok("notification", "resend", "1")


def test_a_letter_that_is_no_longer_kept_cannot_be_sent_again(red: Tool) -> None:
    rows(red, "DELETE FROM original")
    assert "no longer kept" in red.error("notification", "resend", "1")
    rows(red, "DELETE FROM outbox")
    assert "no longer kept" in red.error("notification", "resend", "1")


@pytest.mark.parametrize("word", ["resend", "dismiss"])
def test_no_such_notification_is_one_line(gate: Tool, word: str) -> None:
    assert "notification list" in gate.error("notification", word, "9")


def test_other_mail_to_the_bounce_address_is_listed_apart(red: Tool) -> None:
    red.deliver(LETTER.replace(b"<1@", b"<2@"), "-f", "ann@example.org", "bounce@example.com")
    (entry,) = red.json("notification", "list", "--unmatched")
    assert entry == red.json("journal", "show", "3")
    assert entry["flags"] == ["unmatched"]
    assert len(red.json("notification", "list")) == 1
    assert "Chairs" in red.ok("notification", "list", "--unmatched").stdout
    assert red.json("notification", "list", "--unmatched", "--limit", "1") == [entry]
    assert "--unmatched" in red.error("notification", "list", "--failed", "--unmatched", status=2)


def test_a_terminal_shows_failures_in_red(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def item(status: str) -> Notification:
        return Notification(1, 2, 3, "a@b", status, None, None, None, "2026-11-22T17:00:00Z")

    screen = Terminal()
    for name, value in (("TERM", "xterm"), ("COLUMNS", "120")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout", screen)
    assert Console(file=screen).is_terminal
    output.write_table([item("bounced"), item("sent")], COLUMNS)
    red = [line for line in screen.getvalue().splitlines() if "\x1b[31m" in line]
    assert len(red) == 1
    assert "\x1b[31mbounced" in red[0]


def test_journal_and_record_show_what_the_report_says(red: Tool) -> None:
    said = red.ok("journal", "show", "2").stdout.partition("What the report says")[2]
    assert "ann@example.org" in said
    assert "failed" in said
    assert "5.2.2" in said
    assert "What the report says" not in red.ok("journal", "show", "1").stdout
    thread = red.ok("record", "show", "1").stdout
    assert "bounced for ann@example.org: 5.2.2" in thread
    red.ok("notification", "dismiss", "1")
    assert "bounced for" not in red.ok("record", "show", "1").stdout


def test_unpack_carries_out_what_waits_and_says_so(gate: Tool) -> None:
    gate.deliver(dsn(gate), "-f", "", "bounce@example.com")
    before = gate.json("contact", "list")
    for _ in range(3):
        assert [list(item) for item in gate.json("unpack", "--all")] == [
            ["message", "unpacked"]
        ] * 2
        assert gate.json("contact", "list") == before
    rows(gate, "DELETE FROM report_line")
    rows(gate, "UPDATE report SET state = 'failed'")
    assert gate.json("unpack") == []
    assert gate.json("unpack", "--failed") == [{"journal": 2, "unpacked": "done"}]
    rows(gate, "DELETE FROM report_line")
    rows(gate, "UPDATE report SET state = 'pending'")
    assert gate.ok("unpack").stderr == "0 unpacked, 1 report carried out\n"
    rows(gate, "UPDATE report SET state = 'pending'")
    rows(gate, "DELETE FROM original")
    assert "report of journal entry 2 is not there" in gate.error("unpack", "--pending")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("5.1.1", "address"),
        ("5.2.2", "mailbox"),
        ("4.3.2", "system"),
        ("4.4.7", "network"),
        ("5.5.2", "protocol"),
        ("5.6.1", "content"),
        ("5.7.1", "policy"),
        ("5.0.0", "unknown"),
        ("5.8.1", "unknown"),
        ("5.10.1", "unknown"),
        ("5.1", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_the_type_of_a_failure_is_the_subject_of_its_code(code: str | None, kind: str) -> None:
    """RFC 3463 section 3."""
    assert failure_type(code) == kind
