"""``mailgate record``, ``journal``, ``attachment`` and ``unpack`` on delivered mail."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from cli.tool import Tool

PICTURE = bytes(range(256)) * 10
MESSAGE = (
    b"From: Ann Example <ann@example.org>\r\nTo: info@example.com\r\nCc: Bob <bob@example.net>\r\n"
    b"Subject: The pump leaks\r\nMessage-ID: <1@example.org>\r\n"
    b"Date: Sun, 22 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/plain\r\n\r\nIt is the \x1b[31mred\x1b[0m one.\r\n"
    b"--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="../../pump.png"\r\n\r\n'
    + b64encode(PICTURE)
    + b"\r\n--x--\r\n"
)
ANSWER = (
    b"From: bob@example.net\nTo: catchall@example.com\nSubject: Re: The pump leaks\n"
    b"Message-ID: <2@example.net>\nIn-Reply-To: <1@example.org>\n\nWhich one?\n"
)


@pytest.fixture(scope="module")
def delivered(template: Tool, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """A gateway with a lead of two messages and a ticket of one, to be copied."""
    tool = template.copy(tmp_path_factory.mktemp("delivered"))
    tool.ok("alias", "add", "info", "--model", "lead", "--default", "team=a")
    tool.ok("alias", "add", "help", "--model", "ticket")
    tool.deliver(MESSAGE, "-f", "ann@example.org", "info@example.com")
    tool.deliver(ANSWER, "-f", "bob@example.net", "catchall@example.com")
    other = b"From: carl@example.org\nSubject: Other\n\nHi.\n"
    tool.deliver(other, "-f", "carl@example.org", "help@example.com")
    return tool


@pytest.fixture
def filled(delivered: Tool, tmp_path: Path) -> Tool:
    """A gateway with a lead of two messages and a ticket of one."""
    return delivered.copy(tmp_path)


def test_records_are_listed_newest_first(filled: Tool) -> None:
    items = filled.json("record", "list")
    assert [item["id"] for item in items] == [2, 1]
    assert items[1] == {
        "id": 1,
        "model": "lead",
        "name": "The pump leaks",
        "state": "open",
        "sender": "ann@example.org",
        "alias": "info@example.com",
        "domain": "example.com",
        "values": {"team": "a"},
        "messages": 2,
        "followers": items[1]["followers"],
        "created_at": items[1]["created_at"],
        "updated_at": items[1]["updated_at"],
    }
    assert "ann@example.org" in items[1]["followers"]
    assert items[1]["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--model", "lead"], [1]),
        (["--state", "open"], [2, 1]),
        (["--state", "closed"], []),
        (["--alias", "info"], [1]),
        (["--alias", "help@example.com"], [2]),
        (["--sender", "Ann@Example.ORG"], [1]),
        (["--search", "pump nothing"], []),
        (["--search", "WHICH"], [1]),
        (["--search", 'leaks" OR "other'], []),
        (["--limit", "1"], [2]),
    ],
)
def test_records_are_filtered(filled: Tool, words: list[str], ids: list[int]) -> None:
    assert [item["id"] for item in filled.json("record", "list", *words)] == ids


def test_an_unknown_model_to_filter_by_is_an_error(filled: Tool) -> None:
    assert "did you mean lead?" in filled.error("record", "list", "--model", "leed")
    assert "needs a word" in filled.error("record", "list", "--search", '"')


def test_show_has_the_messages_oldest_first_with_all_keys(filled: Tool) -> None:
    first, second = filled.json("record", "show", "1")["messages"]
    assert first.pop("attachments") == [
        {
            "id": 1,
            "filename": "pump.png",
            "original_filename": "../../pump.png",
            "content_type": "image/png",
            "size": 2560,
            "content_id": None,
            "sha256": sha256(PICTURE).hexdigest(),
        }
    ]
    assert first.pop("at").endswith("Z")
    assert first.pop("body_text").startswith("It is the")
    assert first.pop("reply_text").startswith("It is the")
    assert isinstance(first.pop("defects"), list)
    assert first == {
        "id": 1,
        "message_id": "<1@example.org>",
        "record": 1,
        "parent": None,
        "kind": "email",
        "direction": "in",
        "sender": "ann@example.org",
        "sender_name": "Ann Example",
        "to": ["info@example.com"],
        "cc": ["bob@example.net"],
        "subject": "The pump leaks",
        "date": "2026-11-22T09:00:00Z",
        "body_html": "",
        "automatic": False,
        "class": "person",
        "stranger": False,
        "unpacked": "done",
        "authentication": None,
    }
    assert second["parent"] == 1


def test_what_came_by_mail_never_steers_the_terminal(filled: Tool) -> None:
    text = filled.ok("record", "show", "1").stdout
    assert "\x1b" not in text
    assert "red" in text


def test_an_unknown_record_is_one_line(filled: Tool) -> None:
    assert "no record 9" in filled.error("record", "show", "9")
    assert "not a number from 1 to" in filled.error("record", "show", "9" * 23, status=2)


def test_the_journal_has_every_message_newest_first(filled: Tool) -> None:
    items = filled.json("journal", "list")
    assert [item["id"] for item in items] == [3, 2, 1]
    assert items[1]["outcome"] == "replied"
    assert items[1]["records"] == [
        {"id": 1, "model": "lead", "action": "replied", "alias": items[1]["records"][0]["alias"]}
    ]
    entry = filled.json("journal", "show", "1")
    assert entry == items[2]
    assert entry["recipients"] == [
        {
            "address": "info@example.com",
            "outcome": "created",
            "rule": "alias",
            "status": "2.0.0",
            "reason": entry["reason"],
        }
    ]
    assert (entry["channel"], entry["size"]) == ("pipe", len(MESSAGE))
    assert (entry["notice"], entry["flags"], entry["server"]) == (None, [], None)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--outcome", "replied"], [2]),
        (["--rule", "alias"], [3, 1]),
        (["--sender", "BOB@example.net"], [2]),
        (["--recipient", "help@example.com"], [3]),
        (["--since", "1h", "--limit", "2"], [3, 2]),
        (["--since", "2999-01-01"], []),
    ],
)
def test_the_journal_is_filtered(filled: Tool, words: list[str], ids: list[int]) -> None:
    assert [item["id"] for item in filled.json("journal", "list", *words)] == ids


def test_the_journal_is_shown_to_people(filled: Tool) -> None:
    assert "info@example.com" in filled.ok("journal", "show", "1").stdout
    assert "replied" in filled.ok("journal", "list").stdout
    assert "no journal entry 77" in filled.error("journal", "show", "77")


def test_an_attachment_is_saved_once_and_only_in_its_folder(filled: Tool, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    save = ("attachment", "save", "1", "--to", str(folder))
    assert filled.ok(*save).stdout.strip() == str(folder / "pump.png")
    assert (folder / "pump.png").read_bytes() == PICTURE
    assert "is there already" in filled.error(*save)
    (folder / "pump.png").unlink()
    (folder / "pump.png").symlink_to(tmp_path / "elsewhere")
    assert "is there already" in filled.error(*save)
    assert not (tmp_path / "elsewhere").exists()
    assert "no attachment 9" in filled.error("attachment", "save", "9")


def test_messages_are_unpacked_again(filled: Tool) -> None:
    before = filled.json("record", "show", "1")
    assert filled.json("unpack", "--all") == [
        {"message": number, "unpacked": "done"} for number in (1, 2, 3)
    ]
    assert filled.json("unpack", "1") == [{"message": 1, "unpacked": "done"}]
    after = filled.json("record", "show", "1")
    before["messages"][0]["attachments"][0].pop("id")
    after["messages"][0]["attachments"][0].pop("id")
    assert after == before
    assert filled.json("unpack") == filled.json("unpack", "--failed") == []
    assert "message 9 is not there" in filled.error("unpack", "9")
    assert "one of" in filled.error("unpack", "1", "--all", status=2)
