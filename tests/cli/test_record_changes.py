"""The commands that change records, and the allow and block lists."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import connect

import pytest
from cli.tool import Tool

FILE = (
    b'\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n\nText %d\n--x\n'
    b"Content-Disposition: attachment; filename=a%d.txt\n\nBytes %d\n--x--\n"
)


def message(number: int, answers: int | None = None) -> bytes:
    reply = b"\nIn-Reply-To: <%d@example.org>" % answers if answers else b""
    head = b"From: ann@example.org\nSubject: Pump\nMessage-ID: <%d@example.org>" % number
    return head + reply + FILE % (number, number, number)


@pytest.fixture(scope="module")
def delivered(template: Tool, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """Leads 1 and 2 with two messages and one, ticket 3 with one; to be copied."""
    tool = template.copy(tmp_path_factory.mktemp("delivered"))
    tool.ok("alias", "add", "info", "--model", "lead")
    tool.ok("alias", "add", "help", "--model", "ticket")
    tool.deliver(message(1), "-f", "ann@example.org", "info@example.com")
    tool.deliver(message(2), "-f", "ann@example.org", "info@example.com")
    tool.deliver(message(3), "-f", "ann@example.org", "help@example.com")
    tool.deliver(message(4, answers=1), "-f", "ann@example.org", "catchall@example.com")
    return tool


@pytest.fixture
def filled(delivered: Tool, tmp_path: Path) -> Tool:
    """Leads 1 and 2 with two messages and one, ticket 3 with one."""
    return delivered.copy(tmp_path)


def count(tool: Tool, table: str) -> int:
    connection = connect(tool.path)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


def test_values_are_typed_by_the_model(filled: Tool) -> None:
    filled.ok("model", "set", "ticket", "--field", "hours:number", "--field", "due:date")
    record = filled.json("record", "set", "3", "hours=2.50", "due=2026-12-01", "name=The pump")
    assert (record["values"]["hours"], record["values"]["due"]) == (2.5, "2026-12-01")
    assert record["name"] == "The pump"
    assert "write a date" in filled.error("record", "set", "3", "hours=1", "due=soon")
    assert filled.json("record", "show", "3")["values"]["hours"] == 2.5
    assert "did you mean hours?" in filled.error("record", "set", "3", "hour=1")


def test_a_closed_record_can_be_reopened_and_an_answer_reopens_it(filled: Tool) -> None:
    assert filled.json("record", "close", "1")["state"] == "closed"
    assert [item["id"] for item in filled.json("record", "list", "--state", "closed")] == [1]
    assert filled.json("record", "reopen", "1")["state"] == "open"
    filled.ok("record", "close", "1")
    filled.deliver(message(5, answers=4), "-f", "ann@example.org", "catchall@example.com")
    assert filled.json("record", "show", "1")["state"] == "open"


def test_followers_come_and_go(filled: Tool) -> None:
    record = filled.json("record", "follow", "1", "Bob@Example.COM")
    assert record["followers"] == ["ann@example.org", "bob@example.com"]
    record = filled.json("record", "unfollow", "1", "ann@example.org")
    assert record["followers"] == ["bob@example.com"]
    text = filled.error("record", "unfollow", "1", "bbo@example.com")
    assert "did you mean bob@example.com?" in text


def test_merged_records_are_one_conversation(filled: Tool) -> None:
    filled.ok("record", "follow", "1", "bob@example.com")
    filled.ok("record", "set", "1", "team=a")
    assert "--yes" in filled.error("record", "merge", "1", "2")
    merged = filled.json("record", "merge", "1", "2", "--yes")
    assert (merged["id"], merged["messages"]) == (2, 3)
    assert merged["followers"] == ["ann@example.org", "bob@example.com"]
    assert merged["values"] == {"team": "a"}
    assert "no record 1" in filled.error("record", "show", "1")
    ids = [item["message_id"] for item in filled.json("record", "show", "2")["messages"]]
    assert sorted(ids) == ["<1@example.org>", "<2@example.org>", "<4@example.org>"]
    filled.deliver(message(5, answers=1), "-f", "ann@example.org", "catchall@example.com")
    assert filled.json("record", "show", "2")["messages"][-1]["message_id"] == "<5@example.org>"
    assert filled.json("db", "check")["sound"] is True


def test_a_record_is_not_merged_into_itself_or_nothing(filled: Tool) -> None:
    assert "into itself" in filled.error("record", "merge", "1", "1", "--yes")
    assert "no record 9" in filled.error("record", "merge", "1", "9", "--yes")


def test_an_alias_follows_its_record_into_a_merge(filled: Tool) -> None:
    filled.ok("alias", "set", "info", "--record", "1", "--parent", "1")
    filled.ok("record", "merge", "1", "2", "--yes")
    alias = filled.json("alias", "show", "info")
    assert (alias["record"], alias["parent"]) == (2, 2)
    filled.ok("record", "merge", "2", "3", "--yes")
    assert filled.json("alias", "show", "info")["status"] == "invalid"


def test_deleting_a_record_destroys_its_content_and_nothing_else(filled: Tool) -> None:
    files, originals = count(filled, "attachment_data"), count(filled, "original")
    assert "--yes" in filled.error("record", "delete", "1")
    deleted = filled.json("record", "delete", "1", "--yes")
    assert (deleted["id"], deleted["messages"]) == (1, 2)
    assert count(filled, "attachment_data") == files - 2
    assert count(filled, "original") == originals - 2
    assert filled.json("record", "list", "--search", "Text 1") == []
    assert [item["id"] for item in filled.json("record", "list", "--search", "Text 2")] == [2]
    assert filled.json("db", "check")["sound"] is True
    entry = filled.json("audit", "list", "--limit", "1")[0]
    assert (entry["action"], entry["object"], entry["new"]) == ("delete", "record 1", None)
    assert "Pump" not in str(entry)


def test_what_waits_to_be_sent_from_a_deleted_record_is_cancelled(filled: Tool) -> None:
    filled.ok("alias", "set", "info", "--acknowledge", "Thank you.")
    filled.deliver(message(9), "-f", "ann@example.org", "info@example.com")
    newest = filled.json("record", "list")[0]["id"]
    assert [item["status"] for item in filled.json("outbox", "list")] == ["queued"]
    filled.ok("record", "delete", str(newest), "--yes")
    assert filled.json("outbox", "list") == []
    assert [item["status"] for item in filled.json("outbox", "list", "--all")] == ["cancelled"]


def test_an_answer_to_a_deleted_record_starts_a_new_one_of_its_model(filled: Tool) -> None:
    filled.ok("record", "delete", "1", "--yes")
    filled.deliver(message(6, answers=4), "-f", "ann@example.org", "catchall@example.com")
    newest = filled.json("record", "list", "--limit", "1")[0]
    assert (newest["model"], newest["messages"]) == ("lead", 1)
    assert newest["id"] > 3


def test_an_alias_whose_record_is_deleted_is_invalid(filled: Tool) -> None:
    filled.ok("alias", "set", "info", "--record", "1")
    filled.ok("record", "delete", "1", "--yes")
    assert filled.json("alias", "show", "info")["status"] == "invalid"
    assert filled.json("alias", "set", "info", "--no-record")["status"] == "untested"


@pytest.mark.parametrize("table", ["allow", "block"])
def test_patterns_are_addresses_or_whole_domains(tool: Tool, table: str) -> None:
    assert tool.json(table, "add", "*@Example.ORG") == {"id": 1, "pattern": "*@example.org"}
    assert tool.json(table, "add", "Ann@Example.ORG")["pattern"] == "ann@example.org"
    assert [item["pattern"] for item in tool.json(table, "list")] == [
        "*@example.org",
        "ann@example.org",
    ]
    assert "already" in tool.error(table, "add", "*@example.org")
    for wrong in ("example.org", "*", "*@", "*@a b", "*@*.example.org"):
        tool.error(table, "add", wrong)
    assert "did you mean ann@example.org?" in tool.error(table, "remove", "anna@example.org")
    assert tool.json(table, "remove", "*@EXAMPLE.org")["id"] == 1
    assert tool.json(table, "remove", "2")["pattern"] == "ann@example.org"
    assert tool.json(table, "list") == []


def test_mail_of_a_blocked_author_is_ignored(filled: Tool) -> None:
    filled.ok("block", "add", "*@example.org")
    filled.deliver(message(7), "-f", "ann@example.org", "info@example.com")
    assert filled.json("journal", "list", "--limit", "1")[0]["rule"] == "blocked"


def test_verification_lasts_as_long_as_is_said(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-22T17:00:00Z")
    assert tool.json("domain", "verify", "1")["verify_until"] == "2026-11-22T18:00:00Z"
    domain = tool.json("domain", "verify", "example.com", "--for", "2d")
    assert domain["verify_until"] == "2026-11-24T17:00:00Z"
    assert "--for" in tool.error("domain", "verify", "1", "--for", "ever", status=2)
    assert "--for" in tool.error("domain", "verify", "1", "--for", "99w", status=2)
