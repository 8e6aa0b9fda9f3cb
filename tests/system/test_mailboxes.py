"""What every mailbox does, at real servers and in the twin that other tests use in their place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from system.courier import Courier
from system.dovecot import Dovecot
from system.mailboxes import AtCourier, AtDovecot, AtTwin, Place, letters

from mailgate.channels.keys import Keys
from mailgate.channels.mailbox import ABSENT, OVERSIZE

SERIAL = count(1)


@pytest.fixture(
    params=[
        "twin",
        pytest.param("courier", marks=pytest.mark.root),
        *(pytest.param(each, marks=pytest.mark.root) for each in ("plain", "starttls", "tls")),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path, trusted: None) -> Iterator[Place]:
    """An empty mailbox: the twin's, Courier's, or Dovecot's in each kind of security."""
    if request.param == "twin":
        yield AtTwin(tmp_path / "twin.db")
    elif request.param == "courier":
        with Courier(tmp_path) as server:
            yield AtCourier(server)
    else:
        dovecot: Dovecot = request.getfixturevalue("dovecot")
        yield AtDovecot(dovecot, f"user{next(SERIAL)}", request.param)


def message(number: int, size: int = 100) -> bytes:
    """Return a message of about ``size`` bytes with lines that POP3 has to take care of."""
    head = f"Message-ID: <{number}@src.test>\r\nSubject: =?utf-8?q?=C3=A9?=\r\n\r\n".encode()
    line = b".\r\n..dots\r\n}{7}\r\n* 1 FETCH (\r\n+OK\r\n-ERR\r\n"
    body = line + b"x" * 70 + b"\r\n"
    return head + body * max(1, size // len(body))


def test_an_empty_mailbox_is_nothing_special(place: Place) -> None:
    """There is nothing to be read."""
    with place.imap() as box:
        assert box.search(unseen=True, first=1, since=date(2000, 1, 1)) == Keys()
        assert letters(box, [1, 7]) == []
        assert (box.state.uidnext, box.state.exists) == (1, 0)
        box.finish()
    with place.pop3() as drop:
        assert list(drop.listing()) == []
        drop.finish()


def test_messages_are_handed_over_byte_by_byte_and_nothing_is_marked(place: Place) -> None:
    """In the order in which they are asked for, in batches no larger than wanted."""
    wanted = [message(number) for number in range(1, 8)]
    for each in wanted:
        place.put(each)
    with place.imap() as box:
        assert [letter.data for letter in letters(box, range(1, 8))] == wanted
        assert [letter.key for letter in letters(box, [2, 5, 6])] == [2, 5, 6]
        assert max(len(batch) for batch in box.messages(range(1, 8), 3)) <= 3
        assert {letter.size for letter in letters(box, [1])} == {len(wanted[0])}
        box.finish()
    assert place.unseen() == 7
    with place.pop3("nothing") as drop:
        numbers = [number for number, _, _ in drop.listing()]
        assert [letter.data for letter in letters(drop, numbers)] == wanted
        drop.finish()
    assert place.left() == 7


def test_large_messages_and_long_lines_come_whole(place: Place) -> None:
    """More than one read, more than one batch."""
    large = [message(1, 3_000_000), message(2, 3_000_000), b"Subject: x\r\n\r\n" + b"y" * 300_000]
    large[2] += b"\r\n"
    for each in large:
        place.put(each)
    with place.imap() as box:
        assert [letter.data for letter in letters(box, box.search(unseen=True))] == large
    with place.pop3("nothing") as drop:
        assert [letter.data for letter in letters(drop, [1, 2, 3])] == large


def test_what_is_over_the_limit_is_told_and_not_handed_over(place: Place) -> None:
    """Its beginning can be read."""
    place.put(message(1, 5000))
    place.put(message(2))
    with place.imap(limit=1000) as box:
        first, second = letters(box, [1, 2])
        assert (first.problem, first.data) == (OVERSIZE, None)
        assert first.size > 1000
        assert second.data == message(2)
        assert box.beginning(1, 20) == message(1)[:20]
        assert box.beginning(1).startswith(message(1, 5000)[:900])
    with place.pop3("nothing", limit=1000) as drop:
        assert [letter.problem for letter in letters(drop, [1, 2])] == [OVERSIZE, ""]
        assert drop.beginning(1, 20) == message(1)[:20]
        assert drop.beginning(1).startswith(message(1)[:60])


def test_keys_that_nobody_has_are_left_out(place: Place) -> None:
    """Gone since, or never there: it makes no difference."""
    place.put(message(1))
    with place.imap() as box:
        assert [letter.key for letter in letters(box, [1, 2, 900])] == [1]
        assert ABSENT not in [letter.problem for letter in letters(box, [1, 2])]


def test_a_search_finds_what_is_unseen_and_what_came_since(place: Place) -> None:
    """Any of what is asked for."""
    today = datetime.now(UTC).date()
    for days in (9, 3, 0):
        place.put(message(days), today - timedelta(days))
    with place.imap() as box:
        assert box.search(unseen=True) == Keys([1, 2, 3])
        assert box.search(since=today - timedelta(5)) == Keys([2, 3])
        assert box.search(first=3) == Keys([3])
        assert box.search(first=4) == Keys()
        box.mark([1, 3])
        box.finish()
    with place.imap() as box:
        assert box.search(unseen=True) == Keys([2])
        assert box.search(unseen=True, first=3) == Keys([2, 3])


def test_uids_stay_and_the_next_one_is_known(place: Place) -> None:
    """That is how a later run goes on."""
    place.put(message(1))
    with place.imap() as box:
        before = box.state
    place.put(message(2))
    with place.imap() as box:
        assert box.state.uidvalidity == before.uidvalidity > 0
        assert (before.uidnext, box.state.uidnext) == (2, 3)
        assert [letter.data for letter in letters(box, box.search(first=before.uidnext))] == [
            message(2)
        ]


@pytest.mark.parametrize(
    ("after", "left", "unseen", "moved"),
    [("seen", 3, 1, 0), ("delete", 1, 1, 0), ("move:Done", 1, 1, 2)],
)
def test_marks_are_set_while_more_is_read(
    place: Place, after: str, left: int, unseen: int, moved: int
) -> None:
    """On the messages that are named, and no others."""
    for number in (1, 2, 3):
        place.put(message(number))
    with place.imap(after) as box:
        read = []
        for batch in box.messages([1, 2, 3], 1):
            read += [letter.data for letter in batch]
            if batch[0].key != 2:
                box.mark([batch[0].key])
        assert read == [message(1), message(2), message(3)]
        box.finish()
    assert (place.left(), place.unseen(), place.left("Done")) == (left, unseen, moved)
    with place.imap() as box:
        assert 2 in box.search(unseen=True)


def test_pop3_deletes_at_the_end_and_only_then(place: Place) -> None:
    """A connection that is lost has deleted nothing."""
    for number in (1, 2, 3):
        place.put(message(number))
    with place.pop3() as drop:
        names = [name for _, name, _ in drop.listing()]
        for batch in drop.messages([1, 2, 3], 1):
            drop.mark([letter.key for letter in batch if letter.key != 2])
    assert place.left() == 3
    with place.pop3() as drop:
        assert [name for _, name, _ in drop.listing()] == names
        assert len(set(names) - {None}) == 3
        drop.mark([1, 3])
        drop.finish()
    assert place.left() == 1
    with place.pop3() as drop:
        assert [name for _, name, _ in drop.listing()] == [names[1]]


def test_many_messages_are_read_and_marked_at_once(place: Place) -> None:
    """More than one window of UIDs, more than one batch."""
    for number in range(600):
        place.put(message(number))
    with place.imap() as box:
        read = []
        for batch in box.messages(box.search(unseen=True)):
            read += [letter.data for letter in batch]
            box.mark([letter.key for letter in batch])
        box.mark(range(1, 601))
        box.finish()
    assert read == [message(number) for number in range(600)]
    assert place.unseen() == 0
