"""Folders of real servers: names, namespaces, UIDVALIDITY, and what goes wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from system.courier import Courier
from system.dovecot import Dovecot
from system.mailboxes import AtCourier, AtDovecot, letters

from mailgate.channels import imap, imap_names, pop3
from mailgate.channels.keys import Keys
from mailgate.channels.mailbox import LoginError
from mailgate.errors import ConfigurationError

pytestmark = [pytest.mark.root, pytest.mark.usefixtures("trusted")]
SERIAL = count(1)
LETTER = b"Message-ID: <1@src.test>\r\n\r\nHello.\r\n"


@pytest.fixture
def user(dovecot: Dovecot) -> AtDovecot:
    """A new user of a Dovecot."""
    return AtDovecot(dovecot, f"owner{next(SERIAL)}", "tls")


@pytest.fixture
def courier(tmp_path: Path) -> Iterator[Courier]:
    """A Courier, whose folders are all below INBOX."""
    with Courier(tmp_path) as server:
        yield server


@pytest.mark.parametrize("name", ["Entwürfe", "R&D", 'quo"te', "日本語", "a b"])
def test_a_folder_may_have_any_name(dovecot: Dovecot, user: AtDovecot, name: str) -> None:
    """Maildir++ keeps names as IMAP writes them."""
    folder = "." + imap_names.encode(name).decode()
    dovecot.put(user.user, [LETTER.replace(b"\r\n", b"\n")], folder)
    with imap.connect(user.settings(user.imap_port, "seen", name)) as box:
        assert [letter.data for letter in letters(box, [1])] == [LETTER]
        box.mark([1])
        box.finish()
    assert list(dovecot.files(user.user, folder).values()) == ["S"]


def test_messages_move_to_a_folder_of_any_name(dovecot: Dovecot, user: AtDovecot) -> None:
    """The target is quoted like any other name."""
    dovecot.maildir(user.user, ".Erledigt &- fertig")
    user.put(LETTER)
    with user.imap("move:Erledigt & fertig") as box:
        box.mark([1])
        box.finish()
    assert user.left() == 0
    assert user.left("Erledigt &- fertig") == 1


@pytest.mark.parametrize("name", ["Work", "Work/2026", "INBOX.Work", "Work.2026"])
def test_a_name_is_found_in_the_namespace_of_the_user(courier: Courier, name: str) -> None:
    """People do not know that their server puts INBOX. before everything, and dots between."""
    folder = "." + name.removeprefix("INBOX.").replace("/", ".")
    courier.put(LETTER.replace(b"\r\n", b"\n"), folder)
    place = AtCourier(courier)
    with imap.connect(place.settings(place.imap_port, "move:Done", name)) as box:
        assert box.state.folder == "INBOX" + folder
        box.mark([1])
        box.finish()
    assert (len(courier.files(folder)), place.left("Done")) == (0, 1)


@pytest.mark.parametrize(
    ("folder", "after", "text"),
    [
        ("Drafst", "seen", "no folder Drafst: did you mean Drafts?"),
        ("INBOX", "move:Dones", "no folder Dones: did you mean Done?"),
        ("Nichts davon", "seen", "no folder Nichts davon: there is"),
    ],
)
def test_a_missing_folder_is_told_with_those_that_are_there(
    dovecot: Dovecot, user: AtDovecot, folder: str, after: str, text: str
) -> None:
    """Before anything is read."""
    dovecot.maildir(user.user, ".Drafts")
    with pytest.raises(ConfigurationError) as caught:
        imap.connect(user.settings(user.imap_port, after, folder))
    assert text in str(caught.value)


def test_new_uids_are_told_by_uidvalidity(dovecot: Dovecot, user: AtDovecot) -> None:
    """The same numbers, but other messages as far as anybody can know."""
    for _ in range(4):
        user.put(LETTER)
    with user.imap() as box:
        before = box.state
    dovecot.forget(user.user)
    with user.imap() as box:
        assert box.state.uidvalidity != before.uidvalidity
        assert box.state.uidnext == before.uidnext
        assert box.search(first=1) == Keys([1, 2, 3, 4])


def test_what_others_have_marked_as_deleted_is_neither_read_nor_expunged(
    dovecot: Dovecot, user: AtDovecot
) -> None:
    """Expunging is by UID; and what a person deletes is gone, though it is still there."""
    for _ in range(3):
        user.put(LETTER)
    with user.imap() as box:
        assert box.search(unseen=True) == Keys([1, 2, 3])
        box.finish()
    (first, *_) = sorted((dovecot.maildir(user.user) / "cur").iterdir())
    first.rename(first.with_name(first.name + "T"))
    with user.imap("delete") as box:
        assert box.search(unseen=True, first=1) == Keys([2, 3])
        box.mark([2])
        box.finish()
    assert sorted(dovecot.files(user.user).values()) == ["", "T"]


def test_a_wrong_password_is_refused_and_not_repeated(user: AtDovecot) -> None:
    """By either protocol."""
    for connect, port in ((imap.connect, user.imap_port), (pop3.connect, user.pop3_port)):
        settings = replace(user.settings(port, "nothing"), secret=lambda: "wrong-one")
        with pytest.raises(LoginError) as caught:
            connect(settings)
        assert "wrong-one" not in str(caught.value)


def test_a_maildrop_that_is_open_elsewhere_may_be_opened_later(user: AtDovecot) -> None:
    """Two POP3 connections to one mailbox, each of which sees it as it was."""
    user.put(LETTER)
    with user.pop3() as first, user.pop3() as second:
        assert len(first.listing()) == len(second.listing()) == 1
