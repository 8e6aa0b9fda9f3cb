"""``mailgate outbox``: sending what waits, trying it again, and not sending it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from channels.smtp_server import SmtpServer, refusing
from cli.tool import MAIL, Tool

from mailgate.gateway import holder


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A server that refuses letters to nobody@ and wants those to later@ again."""
    answer = refusing(nobody_at_="550 5.1.1 no such user", later_at_="450 4.2.1 later")
    with SmtpServer(answer=answer) as running:
        yield running


@pytest.fixture
def outgoing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: SmtpServer) -> Path:
    """The configuration file that names the server."""
    file = tmp_path / "mailgate.toml"
    file.write_text(f'[outgoing]\ntransport = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\n')
    monkeypatch.setenv("MAILGATE_CONFIG", str(file))
    return file


def change(gate: Tool, statement: str) -> None:
    with closing(sqlite3.connect(gate.path)) as connection, connection:
        connection.execute(statement)


def status(gate: Tool) -> list[str]:
    return [letter["status"] for letter in reversed(gate.json("outbox", "list", "--all"))]


def test_flush_says_nothing_where_all_is_well(
    gate: Tool, outgoing: Path, server: SmtpServer
) -> None:
    result = gate.ok("outbox", "flush")
    assert (result.stdout, result.stderr) == ("", "")
    assert server.recipients() == ["ann@example.org", "ann@example.org"]
    assert [mail.mail.partition(" SIZE")[0] for mail in server.mails] == [
        "MAIL FROM:<bounce@example.com>",
        "MAIL FROM:<>",
    ]
    assert gate.json("outbox", "list") == []
    assert status(gate) == ["sent", "sent"]
    assert gate.ok("outbox", "flush").stderr == ""


def test_flush_counts_for_programs(gate: Tool, outgoing: Path) -> None:
    assert gate.json("outbox", "flush", "--limit", "1") == {
        "sent": 1,
        "failed": 0,
        "deferred": 0,
        "postponed": 0,
        "unusable": None,
        "unsent": [],
        "queued": 1,
        "next_attempt": gate.json("journal", "list")[0]["at"],
    }
    assert "1 sent, 0 failed, 0 in the outbox" in gate.ok("-v", "outbox", "flush").stderr


def test_flush_says_why_in_one_line_each_and_fails_where_a_letter_did(
    gate: Tool, outgoing: Path
) -> None:
    change(gate, "UPDATE outbox SET recipient = 'nobody@example.org'")
    result = gate.run("outbox", "flush")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "mailgate: 2 letters failed (1, 2): 550 5.1.1 no such user\n"
    assert status(gate) == ["failed", "failed"]
    assert gate.json("outbox", "show", "1")["last_error"] == "550 5.1.1 no such user"


def test_a_letter_that_waits_is_no_failure(gate: Tool, outgoing: Path) -> None:
    change(gate, "UPDATE outbox SET recipient = 'later@example.org' WHERE id = 1")
    result = gate.ok("outbox", "flush")
    assert result.stderr == "mailgate: 1 letter deferred (1): 450 4.2.1 later\n"
    assert status(gate) == ["queued", "sent"]
    (waiting,) = gate.json("outbox", "list")
    assert waiting["attempts"] == 1
    assert waiting["next_attempt"] is not None
    change(gate, "UPDATE outbox SET next_attempt = NULL")
    assert gate.ok("-q", "outbox", "flush").stderr == ""


def test_a_server_that_is_away_is_one_line_and_exit_1(
    gate: Tool, outgoing: Path, server: SmtpServer
) -> None:
    server.__exit__(None, None, None)
    result = gate.run("outbox", "flush")
    assert result.exit_code == 1
    assert result.stderr == (
        f"mailgate: nothing can be sent: cannot connect to 127.0.0.1 port {server.port}:"
        " Connection refused (2 letters postponed)\n"
    )
    change(gate, "UPDATE outbox SET next_attempt = NULL")
    result = gate.run("outbox", "flush", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["postponed"] == 2


@pytest.mark.parametrize("text", ["", '[outgoing]\ntransport = "none"\n'])
def test_where_no_transport_is_set_flush_says_so(gate: Tool, outgoing: Path, text: str) -> None:
    outgoing.write_text(text)
    assert "[outgoing]" in gate.error("outbox", "flush")
    assert status(gate) == ["queued", "queued"]


def test_a_wrong_configuration_names_file_line_and_key(gate: Tool, outgoing: Path) -> None:
    outgoing.write_text('[outgoing]\ntransport = "smpt"\n')
    error = gate.error("outbox", "flush")
    assert f"{outgoing}, line 2: key 'outgoing.transport'" in error


def test_delivering_reads_no_configuration(gate: Tool, outgoing: Path) -> None:
    outgoing.write_text("this is not TOML")
    words = ("deliver", "-f", "ann@example.org", "info@example.com")
    assert gate.process(*words, input=MAIL.format("next").encode()).returncode == 0


def test_letters_go_through_a_program_too(gate: Tool, outgoing: Path, tmp_path: Path) -> None:
    program = tmp_path / "sendmail"
    program.write_text('#!/bin/sh\necho "$@" >> "$0.log"; cat >> "$0.log"\n')
    program.chmod(0o755)
    outgoing.write_text(f'[outgoing]\ntransport = "sendmail"\nsendmail = ["{program}", "-i"]\n')
    gate.ok("outbox", "flush")
    log = (tmp_path / "sendmail.log").read_text()
    assert "-i -f bounce@example.com -- ann@example.org\n" in log
    assert "-i -f <> -- ann@example.org\n" in log


def test_a_password_is_in_no_error(gate: Tool, outgoing: Path, server: SmtpServer) -> None:
    server.login = ("ann", "another")
    secret = outgoing.with_name("password")
    secret.write_text("correct horse\n")
    secret.chmod(0o600)
    with outgoing.open("a") as file:
        file.write('user = "ann"\npassword_file = "password"\n')
    result = gate.run("-v", "outbox", "flush")
    assert result.exit_code == 1
    assert "refuses the login of ann: 535 5.7.8 who are you?" in result.stderr
    assert "horse" not in result.output
    secret.chmod(0o644)
    change(gate, "UPDATE outbox SET next_attempt = NULL")
    assert "open to others" in gate.run("outbox", "flush").stderr


def test_a_password_may_come_from_a_command(gate: Tool, outgoing: Path, server: SmtpServer) -> None:
    server.login = ("ann", "correct horse")
    with outgoing.open("a") as file:
        file.write('user = "ann"\npassword_command = "echo \'correct horse\'"\n')
    gate.ok("outbox", "flush")
    assert len(server.mails) == 2


def test_retry_makes_a_letter_due_again(gate: Tool, outgoing: Path) -> None:
    change(gate, "UPDATE outbox SET recipient = 'nobody@example.org' WHERE id = 1")
    gate.run("outbox", "flush")
    (letter,) = gate.json("outbox", "retry", "1")
    assert (letter["status"], letter["attempts"], letter["next_attempt"]) == ("queued", 1, None)
    assert gate.ok("outbox", "retry", "1").stderr == "letter 1 to nobody@example.org is due now\n"
    change(gate, "UPDATE outbox SET recipient = 'ann@example.org' WHERE id = 1")
    gate.ok("outbox", "flush")
    assert status(gate) == ["sent", "sent"]


def test_cancel_keeps_a_letter_from_being_sent_and_retry_takes_it_back(
    gate: Tool, outgoing: Path, server: SmtpServer
) -> None:
    (letter,) = gate.json("outbox", "cancel", "1")
    assert letter["status"] == "cancelled"
    gate.ok("outbox", "flush")
    assert len(server.mails) == 1
    assert "already" in gate.error("outbox", "cancel", "1")
    gate.ok("outbox", "retry", "1")
    gate.ok("outbox", "flush")
    assert len(server.mails) == 2


def test_nothing_changes_about_a_letter_that_was_sent(gate: Tool, outgoing: Path) -> None:
    gate.ok("outbox", "flush")
    for command in ("retry", "cancel"):
        assert "letter 1 was sent" in gate.error("outbox", command, "1")


def test_a_letter_that_is_being_sent_is_left_alone(gate: Tool) -> None:
    held = f"holder = '{holder.new()}', held_until = 9999999999"
    change(gate, f"UPDATE outbox SET {held} WHERE id = 2")
    for command in ("retry", "cancel"):
        assert "is being sent" in gate.error("outbox", command, "1", "2")
    assert status(gate) == ["queued", "queued"]
    change(gate, "UPDATE outbox SET held_until = 1 WHERE id = 2")
    gate.ok("outbox", "cancel", "2")


def test_what_a_person_changes_is_in_the_audit_log(gate: Tool) -> None:
    gate.ok("outbox", "cancel", "1")
    gate.ok("outbox", "retry", "1")
    retried, cancelled, *_ = gate.json("audit", "list")
    assert (cancelled["action"], cancelled["object"]) == ("cancel", "outbox 1")
    assert (cancelled["old"]["status"], cancelled["new"]["status"]) == ("queued", "cancelled")
    assert (retried["action"], retried["new"]["status"]) == ("retry", "queued")


def test_a_notification_follows_its_letter(gate: Tool, outgoing: Path) -> None:
    def shown() -> list[str]:
        with closing(sqlite3.connect(gate.path)) as connection:
            rows = connection.execute("SELECT status FROM notification ORDER BY id")
            return [status for (status,) in rows]

    assert shown() == ["ready"]
    gate.ok("outbox", "cancel", "1")
    assert shown() == ["cancelled"]
    gate.ok("outbox", "retry", "1")
    assert shown() == ["ready"]
    change(gate, "UPDATE outbox SET recipient = 'nobody@example.org' WHERE id = 1")
    gate.run("outbox", "flush")
    assert shown() == ["failed"]
    gate.ok("outbox", "retry", "1")
    assert shown() == ["ready"]
    change(gate, "UPDATE outbox SET recipient = 'ann@example.org' WHERE id = 1")
    gate.ok("outbox", "flush")
    assert shown() == ["sent"]


def test_a_hundred_different_reasons_are_not_a_hundred_lines(
    gate: Tool, outgoing: Path, server: SmtpServer
) -> None:
    columns = "kind, about, message_id, sender, recipient, subject, digest, at"
    change(
        gate,
        "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 100)"
        f" INSERT INTO outbox ({columns}) SELECT 'notice', '', '', '', 'x' || value || '@x.org',"
        " '', digest, 1 FROM outbox, n WHERE outbox.id = 2",
    )
    server.answer = lambda line, connection: f"550 {line}" if line.startswith("RCPT") else None
    lines = gate.run("outbox", "flush").stderr.splitlines()
    assert len(lines) == 21
    assert "other reasons: mailgate outbox list" in lines[-1]
