"""Opening folders of IMAP servers, by names that people mistype and servers hide."""

from __future__ import annotations

import pytest
from channels.scripted import Script, Talk, imap

from mailgate.channels import imap as channel
from mailgate.channels.mailbox import MailboxError
from mailgate.errors import ConfigurationError

DONE = b"%T OK done\r\n"


@pytest.mark.parametrize(
    ("told", "uidvalidity", "uidnext", "exists"),
    [
        (b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n", 7, 9, 3),
        (b"* OK [UIDNEXT 9]\r\n* OK [UIDVALIDITY 7]\r\n* 3 EXISTS\r\n* 4 EXISTS\r\n", 7, 9, 4),
        (b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n", 7, 43, 3),
        (b"* 3 EXISTS\r\n", 0, 43, 3),
        (b"* OK [UIDVALIDITY x] x\r\n* OK [UIDNEXT] x\r\n* x EXISTS\r\n", 0, 43, 0),
        (b"* OK [UIDVALIDITY 99999999999] x\r\n* OK [UIDNEXT 0] x\r\n", 0, 43, 0),
        (b"", 0, 43, 0),
    ],
)
def test_what_a_server_does_not_say_of_a_folder_is_found_out_or_zero(
    told: bytes, uidvalidity: int, uidnext: int, exists: int
) -> None:
    """UIDNEXT is above the greatest UID there is."""
    script = {
        b"SELECT": told + b"%T OK [READ-WRITE] in\r\n",
        b"UID FETCH * (UID)": b"* 3 FETCH (UID 42)\r\n" + DONE,
    }
    with imap(script) as server, channel.connect(server.settings()) as box:
        assert (box.state.uidvalidity, box.state.uidnext) == (uidvalidity, uidnext)
        assert box.state.exists == exists


def test_an_empty_folder_that_names_no_next_uid_begins_at_one() -> None:
    """Asked for its last message, such a server says no."""
    script = {b"SELECT": b"* 0 EXISTS\r\n" + DONE, b"UID FETCH * (UID)": b"%T BAD none\r\n"}
    with imap(script) as server, channel.connect(server.settings()) as box:
        assert box.state.uidnext == 1


def test_a_folder_that_is_missing_is_named_with_one_that_is_like_it() -> None:
    """A person has mistyped it."""
    script = {b"SELECT": b"%T NO [NONEXISTENT] no such mailbox\r\n"}
    with imap(script) as server, pytest.raises(ConfigurationError, match="did you mean Entwürfe"):
        channel.connect(server.settings(folder="Entwurfe"))


def test_a_folder_that_is_there_but_cannot_be_opened_may_be_opened_later() -> None:
    """The server's reason is told."""
    script = {b"SELECT": b"%T NO [SERVERBUG] index is corrupt\r\n"}
    with imap(script) as server, pytest.raises(MailboxError, match="index is corrupt"):
        channel.connect(server.settings(folder="Entwürfe"))


def test_a_target_that_is_missing_is_noticed_before_anything_is_read() -> None:
    """Not after the first commit."""
    script = {b"STATUS": b"%T NO no such mailbox\r\n"}
    with imap(script) as server, pytest.raises(ConfigurationError, match="no folder Done"):
        channel.connect(server.settings(after="move:Done"))
    assert not any(line.startswith(b"SELECT") for line in server.commands())


def test_a_list_of_folders_without_end_is_not_kept() -> None:
    """Nor waited for."""

    def endless(talk: Talk, tag: bytes) -> None:
        while True:
            talk.send(b'* LIST () "/" "folder"\r\n' * 1000)

    script: Script = {b"SELECT": b"%T NO no\r\n", b"LIST": endless}
    with imap(script) as server, pytest.raises(MailboxError, match="does not stop talking"):
        channel.connect(server.settings(folder="x", budget=60))


def test_an_unknown_after_is_refused() -> None:
    """Before the folder is opened."""
    with imap() as server, pytest.raises(ConfigurationError, match="seen, delete"):
        channel.connect(server.settings(after="burn"))
