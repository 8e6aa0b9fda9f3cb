"""IMAP servers that lie, babble or stall: bounded in time and room, and nothing is made up."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from channels.scripted import Script, Talk, bodies, holding, imap, sizes

from mailgate.channels import imap as channel
from mailgate.channels.imap import MAX_MESSAGES
from mailgate.channels.keys import GREATEST, Keys
from mailgate.channels.mailbox import ABSENT, OVERSIZE, Letter, MailboxError, MarkError

ONE = b"Subject: one\r\n\r\none\r\n"
TWO = b"Subject: two\r\n\r\ntwo\r\n"
DONE = b"%T OK done\r\n"


def read(
    changes: Script, uids: list[int], timeout: float = 2.0, budget: float = 10.0
) -> list[Letter]:
    """Return the messages with these UIDs as a server with these changes hands them over."""
    with imap(changes) as server:
        settings = server.settings(limit=1000, timeout=timeout, budget=budget)
        with channel.connect(settings) as box:
            return [letter for batch in box.messages(uids) for letter in batch]


def test_messages_come_in_the_order_in_which_they_were_asked_for() -> None:
    """Whatever the order of the answers."""
    script = holding({5: ONE, 3: TWO})
    assert read(script, [3, 5]) == [Letter(3, len(TWO), TWO), Letter(5, len(ONE), ONE)]


def test_messages_never_asked_for_are_left_out() -> None:
    """A server may tell of others at any time."""
    script = holding({4: TWO, 5: ONE, 6: TWO})
    assert [letter.key for letter in read(script, [5])] == [5]


def test_the_second_body_for_a_uid_changes_nothing() -> None:
    """The first one counts."""
    script = {b"SIZES": sizes({5: ONE}) + DONE, b"BODIES": bodies({5: ONE}) * 2 + DONE}
    assert read(script, [5]) == [Letter(5, len(ONE), ONE)]
    script[b"BODIES"] = bodies({5: ONE}) + bodies({5: TWO}) + DONE
    assert read(script, [5]) == [Letter(5, len(ONE), ONE)]


def test_a_message_whose_size_is_not_told_is_gone() -> None:
    """Expunged since the search; it is left out."""
    assert [letter.key for letter in read(holding({5: ONE}), [4, 5])] == [5]


@pytest.mark.parametrize(
    "answer",
    [
        DONE,
        b"* 1 FETCH (UID 5 BODY[] NIL)\r\n" + DONE,
        b"* 1 FETCH (UID 5)\r\n" + DONE,
        b"* 1 FETCH (BODY[] {1}\r\nx)\r\n" + DONE,
        b"%T NO [EXPUNGEISSUED] some are gone\r\n",
    ],
)
def test_a_message_that_was_listed_but_not_handed_over_is_absent(answer: bytes) -> None:
    """It is not forgotten, nor made of nothing."""
    script = {b"SIZES": sizes({5: ONE}) + DONE, b"BODIES": answer}
    assert read(script, [5]) == [Letter(5, len(ONE), None, ABSENT)]


def test_a_message_over_the_limit_is_not_even_asked_for() -> None:
    """Its size was looked at before."""
    big = {5: b"x" * 1001, 6: ONE}
    with imap(holding(big)) as server, channel.connect(server.settings(limit=1000)) as box:
        (batch,) = box.messages([5, 6])
        assert batch == [Letter(5, 1001, None, OVERSIZE), Letter(6, len(ONE), ONE)]
    assert b"UID FETCH 6 (UID BODY.PEEK[])" in server.commands()


def test_a_message_that_is_larger_than_announced_is_read_past() -> None:
    """Some servers only guess sizes; the connection stays in step."""
    announced = sizes({5: ONE, 6: TWO}) + DONE
    script = {b"SIZES": announced, b"BODIES": bodies({5: b"x" * 1500, 6: TWO}) + DONE}
    assert read(script, [5, 6]) == [
        Letter(5, 1500, None, OVERSIZE),
        Letter(6, len(TWO), TWO),
    ]


@pytest.mark.parametrize("size", [200_000, 2**31, 2**40, 10**17])
def test_a_huge_literal_is_refused_before_it_is_read(size: int) -> None:
    """And takes no room."""
    huge = b"* 1 FETCH (UID 5 BODY[] {%d}\r\n" % size
    script = {b"SIZES": sizes({5: ONE}) + DONE, b"BODIES": huge}
    tracemalloc.start()
    with pytest.raises(MailboxError, match="more than twice the limit") as caught:
        read(script, [5])
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert caught.value.key == 5


def test_far_more_than_was_announced_is_too_much() -> None:
    """Each message below the limit, all together not."""
    small = dict.fromkeys(range(1, 50), b"x")
    large = dict.fromkeys(range(1, 50), b"x" * 1000)
    script = {b"SIZES": sizes(small) + DONE, b"BODIES": bodies(large) + DONE}
    with pytest.raises(MailboxError, match="far more than it has announced"):
        read(script, list(small))


def test_the_message_that_broke_the_connection_is_named() -> None:
    """The first one that did not come."""
    cut = bodies({5: ONE}) + b"* 2 FETCH (UID 6 BODY[] {22}\r\nSubj"

    def hang_up(talk: Talk, tag: bytes) -> None:
        talk.send(cut)
        talk.close()

    script: Script = {b"SIZES": sizes({5: ONE, 6: TWO}) + DONE, b"BODIES": hang_up}
    with pytest.raises(MailboxError, match="closed the connection") as caught:
        read(script, [5, 6])
    assert caught.value.key == 6


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"wrong OK done\r\n", "not asked"),
        (b"\r\n", "not asked"),
        (b"\0\xff\x1b\r\n", "not asked"),
        (b"%T MAYBE\r\n", "not asked"),
        (b"%T\r\n", "not asked"),
        (b"+ more\r\n", "asks to continue"),
        (b"%T BAD no\r\n", "does not say how large"),
        (b"* 1 FETCH (UID 5 RFC822.SIZE -1)\r\n", "nonsense"),
        (b"* 1 FETCH (UID 5 (((\r\n", "nonsense"),
        (b"* 1 FETCH (" + b"X {1}\r\nx " * 100 + b")\r\n", "too many literals"),
        (b"* " + b"x" * 70_000 + b"\r\n", "line of more than"),
        (b"x" * 70_000, "line of more than"),
        (b"* BYE maintenance\r\n", "ends the connection: maintenance"),
        (b"", "no answer within"),
    ],
)
def test_what_is_no_answer_ends_the_connection(answer: bytes, text: str) -> None:
    """With one line that says why."""
    with pytest.raises(MailboxError, match=text):
        read({b"SIZES": answer}, [5], timeout=0.4)


def test_a_server_that_does_not_stop_talking_is_left() -> None:
    """Untagged lines without end."""

    def babble(talk: Talk, tag: bytes) -> None:
        while True:
            talk.send(b"* 1 EXISTS\r\n* OK still here\r\n" * 1000)

    begun = time.process_time()
    with pytest.raises(MailboxError, match="does not stop talking"):
        read({b"SIZES": babble}, [5], budget=60)
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("piece", [b"*", b"* OK still here\r\n", b"x"])
def test_a_server_that_trickles_is_left_when_the_budget_is_spent(piece: bytes) -> None:
    """No time-out ends it, since something always comes."""

    def trickle(talk: Talk, tag: bytes) -> None:
        while True:
            talk.send(piece)
            time.sleep(0.02)

    begun = time.monotonic()
    with pytest.raises(MailboxError, match="not done within 1 s"):
        read({b"SIZES": trickle}, [5], budget=1.0)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("answer", [b"* SEARCH 1:x\r\n", b"* SEARCH 0\r\n", b"%T NO no\r\n"])
def test_a_search_that_makes_no_sense_finds_nothing_but_an_error(answer: bytes) -> None:
    """Not an empty mailbox."""
    with (
        imap({b"UID SEARCH": answer}) as server,
        channel.connect(server.settings()) as box,
        pytest.raises(MailboxError),
    ):
        box.search(unseen=True)


def test_a_claim_of_four_billion_messages_is_refused() -> None:
    """There is no such mailbox."""
    capable = b"* CAPABILITY IMAP4rev1 ESEARCH AUTH=PLAIN\r\n" + DONE
    claim = b'* ESEARCH (TAG "x") UID ALL 1:%d\r\n' % GREATEST
    script = {b"CAPABILITY": capable, b"UID SEARCH": claim + DONE}
    with (
        imap(script) as server,
        channel.connect(server.settings()) as box,
        pytest.raises(MailboxError, match=str(GREATEST)),
    ):
        box.search(unseen=True)
    assert MAX_MESSAGES < GREATEST


def test_messages_that_are_asked_for_need_not_exist() -> None:
    """A range may be anything: the server's word decides, window by window."""
    script = {**holding({7: ONE}), b"UID SEARCH": DONE}
    with imap(script) as server, channel.connect(server.settings()) as box:
        (batch,) = box.messages(Keys.of_ranges([(1, 1000)]))
    assert [letter.key for letter in batch] == [7]


def test_the_last_message_does_not_answer_for_uids_that_are_not_there() -> None:
    """RFC 9051, 6.4.8: n:* means the last one too, when n is above it."""
    script = {b"UID SEARCH UNDELETED UID 9:*": b"* SEARCH 5\r\n" + DONE}
    with imap(script) as server, channel.connect(server.settings()) as box:
        assert box.search(first=9) == Keys()
        assert box.search(first=9, unseen=True) == Keys([5])


def test_a_mark_that_is_refused_leaves_the_mailbox_open() -> None:
    """It may be set the next time."""
    changes = {b"UID STORE": b"%T NO [NOPERM] read-only\r\n", **holding({5: ONE})}
    with imap(changes) as server, channel.connect(server.settings()) as box:
        with pytest.raises(MarkError, match="read-only"):
            box.mark([5])
        assert [letter.key for batch in box.messages([5]) for letter in batch] == [5]
        box.finish()
    assert "LOGOUT" in server.commands()[-1].decode()


def test_finishing_never_fails() -> None:
    """What was asked was answered before."""
    with imap({b"LOGOUT": b""}) as server, channel.connect(server.settings(timeout=0.3)) as box:
        box.finish()


def test_the_beginning_of_a_message_is_read_without_marking_it() -> None:
    """At most as much as was asked for, whatever comes."""
    answer = b"* 1 FETCH (UID 5 BODY[]<0> {10}\r\n0123456789)\r\n" + DONE
    with imap({b"UID FETCH 5": answer}) as server, channel.connect(server.settings()) as box:
        assert box.beginning(5, 4) == b"0123"
        assert box.beginning(5) == b"0123456789"
        assert b"UID FETCH 5 (UID BODY.PEEK[]<0.4>)" in server.commands()
    with imap({b"UID FETCH 5": DONE}) as server, channel.connect(server.settings()) as box:
        assert box.beginning(5) == b""


@pytest.mark.parametrize(
    "told",
    [DONE, b"* 2 FETCH (UID 6 RFC822.SIZE NIL)\r\n" + DONE, b"%T NO [EXPUNGEISSUED] some gone\r\n"],
    ids=["nothing", "nil", "no"],
)
def test_a_message_whose_size_is_kept_back_is_asked_for_if_it_is_there(told: bytes) -> None:
    """Between the others, so that none before it is passed over."""
    both = {5: ONE, 6: TWO, 7: ONE}
    script = {
        b"SIZES": sizes({5: ONE, 7: ONE}) + told,
        b"BODIES": holding(both)[b"BODIES"],
        b"UID SEARCH UNDELETED UID 6": b"* SEARCH 6\r\n" + DONE,
    }
    found = read(script, [5, 6, 7])
    assert [(letter.key, letter.data) for letter in found] == [(5, ONE), (6, TWO), (7, ONE)]


def test_nothing_is_searched_behind_the_greatest_uid_there_can_be() -> None:
    """RFC 9051, 9: a number has 32 bits; a server would call a greater one an error."""
    script = {b"UID SEARCH": b"%T BAD\r\n"}
    with imap(script) as server, channel.connect(server.settings()) as box:
        assert box.search(first=GREATEST + 1) == Keys()


def test_a_next_uid_that_cannot_be_is_taken_from_the_last_message() -> None:
    """Who believes it would never see a new message."""
    script = {
        b"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4294967295] x\r\n"
        + DONE,
        b"UID FETCH *": b"* 1 FETCH (UID 8)\r\n" + DONE,
    }
    with imap(script) as server, channel.connect(server.settings()) as box:
        assert box.state.uidnext == 9
