"""``mailgate fetch`` as cron runs it, with a real Dovecot over TLS."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cli.tool import Tool
from faults.mails import Post
from system.dovecot import PASSWORD, Dovecot

pytestmark = [pytest.mark.root, pytest.mark.usefixtures("trusted")]
USERS = count(1)


class Mailbox:
    """A user of the Dovecot, and the mailgate that fetches its mail."""

    def __init__(self, dovecot: Dovecot, folder: Path) -> None:
        self.dovecot = dovecot
        self.user = f"fetched{next(USERS)}"
        self.post = Post(next(USERS))
        self.tool = Tool(folder / "gate.db")
        self.tool.ok("init", "--domain", "example.com")
        self.tool.ok("alias", "add", "info", "--model", "lead")
        self.tool.ok("param", "set", "mail.disk.floor.mb", "0")
        self.password = folder / "password"
        self.password.write_text(PASSWORD + "\n")
        self.password.chmod(0o600)

    def add(self, name: str, protocol: str, *more: str) -> None:
        """Add a server of the user's mailbox, over TLS."""
        port = self.dovecot.imaps if protocol == "imap" else self.dovecot.pop3s
        words = ("--user", self.user, "--password-file", str(self.password), "--port", str(port))
        self.tool.ok("server", "add", name, protocol, "localhost", *words, *more)

    def arrive(self, messages: int) -> None:
        """Let messages of different people arrive."""
        mails = (self.post.text() for _ in range(messages))
        self.dovecot.put(self.user, [mail.data.replace(b"\n", b"\r\n") for mail in mails])

    def fetch(self, *words: str) -> list[dict[str, Any]]:
        """Fetch; return what the JSON has of each server but zeroes and nulls."""
        result = self.tool.process("fetch", "--json", *words)
        found = json.loads(result.stdout)
        assert result.returncode == (1 if any(each["error"] for each in found) else 0)
        return [{key: value for key, value in each.items() if value} for each in found]

    def flags(self) -> list[str]:
        """Return the flags of the messages in the inbox."""
        return sorted(self.dovecot.files(self.user).values())

    def read_by_a_person(self) -> None:
        """Mark all as seen, as a person's program does."""
        box = self.dovecot.maildir(self.user)
        for path in [*(box / "new").iterdir(), *(box / "cur").iterdir()]:
            path.rename(box / "cur" / (path.name.partition(":")[0] + ":2,S"))


@pytest.fixture
def mailbox(dovecot: Dovecot, tmp_path: Path) -> Mailbox:
    return Mailbox(dovecot, tmp_path)


def test_mail_becomes_records_that_are_unpacked_and_is_seen_then(mailbox: Mailbox) -> None:
    mailbox.add("box", "imap")
    mailbox.arrive(30)
    assert "30 messages in INBOX, 30 unread" in mailbox.tool.ok("server", "test", "box").stderr
    assert mailbox.flags() == [""] * 30
    result = mailbox.tool.process("fetch")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert mailbox.flags() == ["S"] * 30
    assert len(mailbox.tool.json("record", "list")) == 30
    (message,) = mailbox.tool.json("record", "show", "1")["messages"]
    assert message["unpacked"] == "done"
    assert mailbox.fetch() == [{"server": "box"}]


def test_mail_that_a_person_read_before_the_next_run_is_taken(mailbox: Mailbox) -> None:
    mailbox.add("box", "imap")
    mailbox.arrive(3)
    mailbox.read_by_a_person()
    assert mailbox.fetch() == [{"server": "box"}]
    mailbox.arrive(2)
    mailbox.read_by_a_person()
    assert mailbox.fetch() == [{"server": "box", "read": 2, "created": 2}]


def test_new_uids_repeat_nothing(mailbox: Mailbox) -> None:
    mailbox.add("box", "imap")
    mailbox.arrive(5)
    assert mailbox.fetch() == [{"server": "box", "read": 5, "created": 5}]
    mailbox.dovecot.forget(mailbox.user)
    mailbox.arrive(1)
    (again,) = mailbox.fetch()
    assert again["created"] == 1
    assert again["read"] == 1 + again.get("duplicate", 0)
    assert len(mailbox.tool.json("record", "list")) == 6


def test_mail_that_is_left_unread_is_not_loaded_again(mailbox: Mailbox) -> None:
    mailbox.add("box", "imap", "--after", "nothing")
    mailbox.arrive(4)
    assert mailbox.fetch() == [{"server": "box", "read": 4, "created": 4}]
    assert mailbox.flags() == [""] * 4
    assert mailbox.fetch() == [{"server": "box"}]


def test_mail_can_be_deleted_or_moved(mailbox: Mailbox) -> None:
    mailbox.add("box", "imap", "--after", "delete")
    mailbox.arrive(2)
    assert mailbox.fetch() == [{"server": "box", "read": 2, "created": 2}]
    assert mailbox.flags() == []
    mailbox.dovecot.maildir(mailbox.user, ".Done")
    mailbox.tool.ok("server", "set", "box", "--after", "move:Done")
    mailbox.arrive(2)
    assert mailbox.fetch() == [{"server": "box", "read": 2, "created": 2}]
    assert mailbox.flags() == []
    assert len(mailbox.dovecot.files(mailbox.user, ".Done")) == 2


def test_without_the_folder_to_move_to_nothing_is_read_and_nothing_lost(
    mailbox: Mailbox,
) -> None:
    mailbox.add("box", "imap", "--after", "move:Nowhere")
    mailbox.arrive(2)
    (first,) = mailbox.fetch()
    assert "Nowhere" in first["error"]
    assert "read" not in first
    mailbox.dovecot.maildir(mailbox.user, ".Nowhere")
    assert mailbox.fetch() == [{"server": "box", "read": 2, "created": 2}]


def test_a_maildrop_is_emptied_or_left(mailbox: Mailbox) -> None:
    """What was to be left when it was handled is left."""
    mailbox.add("drop", "pop3", "--after", "nothing")
    mailbox.arrive(3)
    assert mailbox.fetch() == [{"server": "drop", "read": 3, "created": 3}]
    assert mailbox.fetch() == [{"server": "drop"}]
    mailbox.tool.ok("server", "set", "drop", "--after", "delete")
    mailbox.arrive(1)
    assert mailbox.fetch() == [{"server": "drop", "read": 1, "created": 1}]
    assert len(mailbox.flags()) == 3


def test_imap_and_pop3_of_one_mailbox_at_once_give_each_message_once(mailbox: Mailbox) -> None:
    mailbox.add("box", "imap")
    mailbox.add("drop", "pop3", "--after", "nothing")
    mailbox.arrive(20)
    found = mailbox.fetch()
    assert sum(each.get("created", 0) for each in found) == 20
    assert len(mailbox.tool.json("record", "list")) == 20


def test_a_dry_run_changes_nothing_on_either_side(mailbox: Mailbox) -> None:
    mailbox.add("box", "imap")
    mailbox.arrive(3)
    assert mailbox.fetch("--dry-run") == [{"server": "box", "read": 3, "created": 3}]
    assert mailbox.flags() == [""] * 3
    assert mailbox.tool.json("record", "list") == []


def test_a_wrong_password_or_certificate_is_said_and_nothing_is_marked(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.add("box", "imap")
    mailbox.arrive(1)
    mailbox.password.write_text("wrong\n")
    (refused,) = mailbox.fetch()
    assert "wrong" not in refused["error"]
    monkeypatch.delenv("SSL_CERT_FILE")
    (untrusted,) = mailbox.fetch()
    assert "not trust" in untrusted["error"]
    assert mailbox.flags() == [""]


def test_the_progress_line_of_each_server_is_there_when_it_is_asked_for(
    mailbox: Mailbox,
) -> None:
    mailbox.add("box", "imap")
    mailbox.arrive(2)
    result = mailbox.tool.process("-v", "fetch")
    assert result.stderr.decode() == "box: 2 messages: 2 created\n"
