"""What is sent to mark messages, by what a server can do."""

from __future__ import annotations

import pytest
from channels.scripted import Script, imap

from mailgate.channels import imap as channel
from mailgate.channels.mailbox import MarkError

SEEN = rb"UID STORE 1:2,5 +FLAGS.SILENT (\Seen)"
DELETED = rb"UID STORE 1:2,5 +FLAGS.SILENT (\Deleted)"
EXPUNGE = b"UID EXPUNGE 1:2,5"
MOVE = b'UID MOVE 1:2,5 "Done"'
COPY = b'UID COPY 1:2,5 "Done"'


def able(*capabilities: str) -> Script:
    """Return the script of a server that can do this."""
    words = " ".join(("IMAP4rev1", *capabilities))
    return {b"CAPABILITY": f"* CAPABILITY {words}\r\n%T OK done\r\n".encode()}


@pytest.mark.parametrize(
    ("after", "capabilities", "sent"),
    [
        ("seen", [], [SEEN]),
        ("delete", ["UIDPLUS"], [DELETED, EXPUNGE]),
        ("delete", [], [DELETED]),
        ("move:Done", ["MOVE", "UIDPLUS"], [MOVE]),
        ("move:Done", ["UIDPLUS"], [COPY, DELETED, EXPUNGE]),
        ("move:Done", [], [COPY, DELETED]),
        ("nothing", ["MOVE", "UIDPLUS"], []),
    ],
)
def test_nothing_is_expunged_but_by_uid(
    after: str, capabilities: list[str], sent: list[bytes]
) -> None:
    """RFC 4315 and RFC 6851; EXPUNGE alone would delete what others have marked."""
    with imap(able(*capabilities)) as server:
        with channel.connect(server.settings(after=after)) as box:
            server.seen.clear()
            box.mark([5, 1, 2])
        assert server.commands() == sent


@pytest.mark.parametrize(
    ("after", "capabilities", "sent"),
    [
        ("delete", ["UIDPLUS"], [EXPUNGE]),
        ("move:Done", ["UIDPLUS", "MOVE"], [EXPUNGE]),
        ("delete", [], []),
        ("move:Done", ["MOVE"], []),
        ("seen", ["UIDPLUS"], []),
    ],
)
def test_what_was_marked_as_deleted_is_expunged_later_where_that_can_be(
    after: str, capabilities: list[str], sent: list[bytes]
) -> None:
    """It is neither copied nor marked a second time."""
    with imap(able(*capabilities)) as server:
        with channel.connect(server.settings(after=after)) as box:
            server.seen.clear()
            box.expunge([5, 1, 2])
        assert server.commands() == sent


def test_what_could_not_be_copied_is_not_deleted() -> None:
    """The copy is waited for."""
    script = {**able("UIDPLUS"), b"UID COPY": b"%T NO [OVERQUOTA] full\r\n"}
    with imap(script) as server, channel.connect(server.settings(after="move:Done")) as box:
        with pytest.raises(MarkError, match="full"):
            box.mark([1])
        assert not any(b"STORE" in line for line in server.seen)


def test_a_folder_of_which_nothing_is_marked_is_opened_read_only() -> None:
    """RFC 9051, 6.3.3: EXAMINE takes no message's \\Recent either."""
    with imap() as server:
        channel.connect(server.settings(after="nothing")).close()
    assert b'EXAMINE "INBOX"' in server.commands()


def test_many_uids_go_in_lines_that_every_server_reads() -> None:
    """RFC 7162, 4: lines of at least 8192 bytes."""
    with imap() as server, channel.connect(server.settings()) as box:
        server.seen.clear()
        box.mark(range(4_000_000_001, 4_000_004_001, 2))
        assert len(server.seen) == 4
        assert max(map(len, server.seen)) < 8192


def test_a_server_that_speaks_only_utf_8_gets_names_in_utf_8() -> None:
    """RFC 6855, 3: after ENABLE."""
    script = {**able("UTF8=ONLY", "ENABLE"), b"ENABLE": b"* ENABLED UTF8=ACCEPT\r\n%T OK\r\n"}
    with imap(script) as server:
        channel.connect(server.settings(folder="Entwürfe")).close()
    sent = server.commands()
    assert sent.index(b"ENABLE UTF8=ACCEPT") < sent.index('SELECT "Entwürfe"'.encode())


def test_a_server_that_wants_to_know_who_asks_is_told() -> None:
    """RFC 2971; some large providers open no folder for a client without a name."""
    with imap({**able("ID"), b"ID": b"* ID NIL\r\n%T OK\r\n"}) as server:
        channel.connect(server.settings()).close()
    sent = server.commands()
    assert sent.index(b'ID ("name" "mailgate")') < sent.index(b'SELECT "INBOX"')
