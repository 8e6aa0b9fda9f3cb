"""POP3 by the RFC, and servers that know less of it, or lie."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from channels.scripted import Script, Talk, pop3

from mailgate.channels import pop3 as channel
from mailgate.channels.mailbox import (
    ABSENT,
    OVERSIZE,
    Letter,
    MailboxError,
    Maildrop,
    MarkError,
)
from mailgate.errors import ConfigurationError

ONE = b"Subject: 1\r\n\r\none\r\n"
TWO = b"Subject: 2\r\n\r\ntwo\r\n"
BOTH = [Letter(1, len(ONE), ONE), Letter(2, len(TWO), TWO)]
SIMPLE: Script = {b"CAPA": b"-ERR what?\r\n"}
"""A server of 1996: no CAPA, so no word of UIDL, TOP or PIPELINING."""


def letters(box: Maildrop) -> list[Letter]:
    """Return all messages."""
    numbers = [number for number, _, _ in box.listing()]
    return [letter for batch in box.messages(numbers) for letter in batch]


def read(
    changes: Script, timeout: float = 2.0, budget: float = 10.0, limit: int = 1000
) -> list[Letter]:
    """Return what a server with these changes hands over."""
    with pop3(changes) as server:
        settings = server.settings(after="delete", timeout=timeout, budget=budget, limit=limit)
        with channel.connect(settings) as box:
            return letters(box)


def sized(one: int, two: int = 1) -> bytes:
    """Return a LIST answer."""
    return b"+OK\r\n1 %d\r\n2 %d\r\n.\r\n" % (one, two)


@pytest.mark.parametrize("script", [{}, SIMPLE])
def test_messages_are_listed_and_read(script: Script) -> None:
    """Whether commands may be sent ahead or not."""
    with pop3(script) as server, channel.connect(server.settings(after="delete")) as box:
        assert list(box.listing()) == [(1, "one", 20), (2, "two", 30)]
        assert letters(box) == BOTH
        box.mark([1, 2])
        assert b"QUIT" not in server.seen
        box.finish()
    assert server.seen[-3:] == [b"DELE 1", b"DELE 2", b"QUIT"]


def test_a_server_without_unique_ids_gives_none() -> None:
    """RFC 1939: UIDL is optional."""
    with pop3({b"UIDL": b"-ERR no\r\n"}) as server:
        box = channel.connect(server.settings(after="delete"))
        assert [name for _, name, _ in box.listing()] == [None, None]
        assert letters(box) == BOTH
        box.close()


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (b"1 same\r\n2 same\r\n", [None, None]),
        (b"2 two\r\n1 one\r\n", ["one", "two"]),
        (b"1 one\r\n9 nine\r\n", ["one", None]),
        (b"1\r\n2 two\r\n", [None, "two"]),
        (b"1 " + b"x" * 201 + b"\r\n2 two\r\n", [None, "two"]),
        (b"1 \xe9 a\r\n2 two\r\n", ["\xe9 a", "two"]),
        (b"..1 a\r\n", None),
        (b"one 1\r\n", None),
        (b"0 zero\r\n", None),
    ],
)
def test_an_id_that_tells_nothing_apart_counts_as_none(
    answer: bytes, names: list[str | None] | None
) -> None:
    """Two messages with one id would pass for one message."""
    with pop3({b"UIDL": b"+OK\r\n" + answer + b".\r\n"}) as server:
        box = channel.connect(server.settings(after="nothing"))
        if names is None:
            with pytest.raises(MailboxError, match="nonsense"):
                box.listing()
        else:
            assert [name for _, name, _ in box.listing()] == names
        box.close()


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b"", b""),
        (b"\r\n", b"\r\n"),
        (b"..\r\n", b".\r\n"),
        (b"...x\r\n", b"..x\r\n"),
        (b"a\r\n..\r\n..b\r\n", b"a\r\n.\r\n.b\r\n"),
        (b"a\r\n.b\r\n", b"a\r\nb\r\n"),
        (b"a.\r\n", b"a.\r\n"),
        (b"a\n.\nb\r\n", b"a\n.\nb\r\n"),
        (b"x" * 900 + b"\r\n", b"x" * 900 + b"\r\n"),
        (b"\0\xff\r\r\n", b"\0\xff\r\r\n"),
    ],
)
def test_dots_are_taken_off_where_lines_begin(body: bytes, data: bytes) -> None:
    """RFC 1939, 3; a line ends with CRLF, and only the line with nothing but a dot ends it all."""
    assert read({b"RETR 1": b"+OK\r\n" + body + b".\r\n"})[0].data == data


def test_an_end_that_comes_in_pieces_is_found() -> None:
    """Wherever the network cuts."""

    def drip(talk: Talk, tag: bytes) -> None:
        for byte in b"+OK\r\n..a\r\n.\r\n":
            talk.send(bytes([byte]))
            time.sleep(0.002)

    assert read({b"RETR 1": drip})[0].data == b".a\r\n"


def test_a_long_line_is_part_of_a_message_like_any_other() -> None:
    """Unlike in poplib, which gives up at 2048 bytes."""
    line = b"x" * 500_000 + b"\r\n"
    assert read({b"RETR 1": b"+OK\r\n" + line + b".\r\n"}, limit=10**6)[0].data == line


def test_a_message_over_the_limit_is_not_asked_for() -> None:
    """Its size was looked at before."""
    with pop3({b"LIST": sized(1001)}) as server:
        box = channel.connect(server.settings(after="nothing", limit=1000))
        assert letters(box)[0] == Letter(1, 1001, None, OVERSIZE)
        box.close()
    assert b"RETR 1" not in server.seen


def test_a_message_larger_than_announced_is_read_past() -> None:
    """And the next one is still read."""
    assert read({b"RETR 1": b"+OK\r\n" + b"x" * 1500 + b"\r\n.\r\n"}) == [
        Letter(1, 1502, None, OVERSIZE),
        BOTH[1],
    ]


def test_a_message_without_end_is_not_read_to_the_end() -> None:
    """And takes no room."""

    def endless(talk: Talk, tag: bytes) -> None:
        talk.send(b"+OK\r\n")
        while True:
            talk.send(b"x" * 65536)

    tracemalloc.start()
    with pytest.raises(MailboxError, match="more than") as caught:
        read({b"RETR 1": endless})
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()
    assert caught.value.key == 1


def test_far_more_than_was_announced_is_too_much() -> None:
    """Each message below the limit, all together not."""
    many = b"+OK\r\n" + b"".join(b"%d 1\r\n" % number for number in range(1, 50)) + b".\r\n"
    with pytest.raises(MailboxError, match="far more than it has announced"):
        read({b"LIST": many, b"RETR": b"+OK\r\n" + b"x" * 900 + b"\r\n.\r\n"})


def test_a_listing_may_come_in_any_order() -> None:
    """RFC 1939 demands none."""
    assert read({b"LIST": b"+OK\r\n2 30\r\n1 20\r\n.\r\n"}) == BOTH


def test_a_message_that_is_refused_is_absent() -> None:
    """The others are read."""
    assert read({b"RETR 1": b"-ERR locked\r\n"}) == [Letter(1, 20, None, ABSENT), BOTH[1]]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({b"LIST": b"-ERR no\r\n"}, "does not list"),
        ({b"LIST": b"+OK\r\n2 1\r\n1 1\r\n2 1\r\n.\r\n"}, "nonsense"),
        ({b"LIST": b"+OK\r\n1 1\r\n1 1\r\n.\r\n"}, "nonsense"),
        ({b"LIST": b"+OK\r\n1 -1\r\n.\r\n"}, "nonsense"),
        ({b"LIST": b"+OK\r\n1\r\n.\r\n"}, "nonsense"),
        ({b"LIST": b"+OK\r\n99999999999 1\r\n.\r\n"}, "nonsense"),
        ({b"LIST": b"+OK\r\n" + b"x" * 70_000}, "line of more than"),
        ({b"LIST": b"+OK\r\n1 1\r\n"}, "no answer within"),
        ({b"RETR 1": b"Subject: no status\r\n"}, "out of step: Subject"),
        ({b"RETR 1": b"\r\n"}, "out of step"),
        ({b"RETR 1": b"+OKAY\r\n"}, "out of step"),
        ({b"RETR 1": b""}, "no answer within"),
        ({b"RETR 1": b"+OK\r\nSubject: cut"}, "no answer within"),
    ],
)
def test_after_anything_that_is_no_answer_the_connection_is_dropped(
    changes: Script, text: str
) -> None:
    """It is out of step: what comes next would be taken for something else."""
    with pytest.raises(MailboxError, match=text):
        read(changes, timeout=0.4)


def test_a_list_without_end_is_left_when_the_budget_is_spent() -> None:
    """And is kept in little room until then."""

    def endless(talk: Talk, tag: bytes) -> None:
        talk.send(b"+OK\r\n")
        number = 0
        while True:
            number += 1
            talk.send(b"%d 1\r\n" % number)

    with pytest.raises(MailboxError, match="not done within 1 s"):
        read({b"LIST": endless}, budget=1.0)


def test_what_is_refused_at_the_end_was_not_deleted() -> None:
    """RFC 1939, 6: the server may fail to remove some."""
    with pop3({b"QUIT": b"-ERR some not removed\r\n"}) as server:
        box = channel.connect(server.settings(after="delete"))
        box.mark([1])
        with pytest.raises(MailboxError, match="some not removed"):
            box.finish()
    with pop3({b"QUIT": b""}) as server:
        box = channel.connect(server.settings(after="delete", timeout=0.3))
        box.mark([1])
        with pytest.raises(MailboxError, match="no answer"):
            box.finish()


def test_an_end_that_was_to_delete_nothing_cannot_fail() -> None:
    """It does not matter."""
    with pop3({b"QUIT": b""}) as server:
        box = channel.connect(server.settings(after="nothing", timeout=0.3))
        box.mark([1])
        box.finish()
    assert b"DELE 1" not in server.seen


def test_a_mark_that_is_refused_leaves_the_mailbox_open() -> None:
    """The others are marked."""
    with pop3({b"DELE 1": b"-ERR no\r\n"}) as server:
        box = channel.connect(server.settings(after="delete"))
        with pytest.raises(MarkError, match="1 messages cannot be deleted: no"):
            box.mark([1, 2])
        assert letters(box) == BOTH
        box.close()
    assert b"DELE 2" in server.seen


@pytest.mark.parametrize("after", ["seen", "move:Done", "burn"])
def test_pop3_knows_no_other_marks(after: str) -> None:
    """Which is said before anything is sent."""
    with pop3() as server, pytest.raises(ConfigurationError, match="delete and nothing"):
        channel.connect(server.settings(after=after))


def test_the_beginning_comes_by_top_where_there_is_top() -> None:
    """At most as much as was asked for."""
    top = b"+OK\r\nSubject: 1\r\n..x\r\n.\r\n"
    with pop3({b"TOP 1": top, b"TOP 2": b"-ERR no\r\n"}) as server:
        box = channel.connect(server.settings(after="nothing"))
        assert box.beginning(1) == b"Subject: 1\r\n.x\r\n"
        assert box.beginning(1, 7) == b"Subject"
        assert box.beginning(2) == b""
        box.close()
