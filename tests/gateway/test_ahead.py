"""Batches that are read in a process of their own: the same as here, and safe without it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway.fetching import Fetching
from gateway.house import House, letter
from gateway.twin import Broken
from hypothesis import given
from hypothesis import strategies as st

from mailgate.channels.mailbox import ABSENT, Letter, MailboxError
from mailgate.gateway import ahead as ahead_module
from mailgate.gateway import ready
from mailgate.gateway.ahead import Ahead, read_here
from mailgate.gateway.ready import Ready, read
from mailgate.gateway.transit import dump, load
from mailgate.mail.envelope import Envelope
from mailgate.mail.header import Header
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import Original, Reader

LIMIT = 100_000
NOBODY = Envelope("imap", model="lead", server="box", refusable=False)
MESSAGES = [
    letter(f"{number}@x.org", author=f"a{number}@x.org", subject=f"Mail {number}")
    for number in range(9)
]


def described(value: object) -> object:
    """Return all that a value of ours holds, but the head of the body, which nobody asks for."""
    if isinstance(value, (Ready, Incoming, Original, Header)):
        names = [name for name in type(value).__slots__ if name not in ("body", "envelope")]
        return {name: described(getattr(value, name)) for name in names}
    if type(value).__name__ == "Bytes":
        return [getattr(value, name) for name in ("digest", "pieces", "size")]
    return value


def batches(*sizes: int) -> Iterator[list[Letter]]:
    """Yield the messages in batches of these sizes."""
    at = 0
    for size in sizes:
        yield [Letter(key, len(MESSAGES[key]), MESSAGES[key]) for key in range(at, at + size)]
        at += size


def helper(ahead: Ahead) -> int:
    """Return the number of the process that reads."""
    assert ahead._helper is not None
    return ahead._helper.pid


def subjects(group: list[Ready]) -> list[str | None]:
    """Return the subject of each message, None where it is not read."""
    return [each.message.subject if each.message else None for each in group]


@pytest.mark.parametrize("call", ["fork", "pipe"])
def test_where_no_process_can_be_had_its_parent_reads(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse() -> None:
        raise BlockingIOError("no more of them")

    monkeypatch.setattr(os, call, refuse)
    with Ahead() as ahead:
        (batch,) = ahead.read(batches(2), NOBODY, LIMIT)
    assert subjects(batch.group) == ["Mail 0", "Mail 1"]


@given(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                b"From: Ann <ann@x.org>\r\n",
                b"To: info@example.com, b@x\r\n\t, c@x\r\n",
                b"To: bare\r\n",
                b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n",
                b"Subject: \xe9\r\n",
                b"Message-ID: <1@x>\r\n",
                b"References: <2@x> <3@x>\r\n",
                b"Return-Path: <>\r\n",
                b"Auto-Submitted: auto-replied\r\n",
                b"Content-Type: multipart/report; report-type=delivery-status\r\n",
                b"X-Mailgate-Message-ID: <4@x>\r\n",
                b"Received: by x\r\n",
                b"\r\n",
                b"Text.\r\n",
            ]
        )
    ).map(b"".join)
)
def test_a_message_is_the_same_on_the_other_side(data: bytes) -> None:
    whole = read(7, (data,), NOBODY, 200)
    assert described(load(dump(whole), 7, NOBODY)) == described(whole)


def test_batches_come_in_order_and_whole_as_if_they_were_read_here() -> None:
    with Ahead() as ahead:
        found = list(ahead.read(batches(2, 3, 4), NOBODY, LIMIT))
    assert [[each.key for each in batch.letters] for batch in found] == [
        [0, 1],
        [2, 3, 4],
        [5, 6, 7, 8],
    ]
    for batch in found:
        here = read_here(batch.letters, NOBODY, LIMIT)
        assert [described(each) for each in batch.group] == [described(e) for e in here.group]
        assert all(each.envelope is NOBODY for each in batch.group)
        assert batch.broken is None


def test_the_next_batch_is_loaded_before_the_last_one_is_handed_out() -> None:
    """So the other process works while its parent takes."""
    loaded: list[int] = []

    def loading() -> Iterator[list[Letter]]:
        for number, batch in enumerate(batches(3, 3, 3)):
            loaded.append(number)
            yield batch

    with Ahead() as ahead:
        handed = [list(loaded) for _ in ahead.read(loading(), NOBODY, LIMIT)]
    assert handed == [[0, 1], [0, 1, 2], [0, 1, 2]]


def test_what_came_before_an_error_is_handed_out_before_it_is_raised() -> None:
    def breaking() -> Iterator[list[Letter]]:
        yield from batches(2, 2)
        raise MailboxError("the connection broke", 4)

    with Ahead() as ahead:
        source = ahead.read(breaking(), NOBODY, LIMIT)
        first, last = next(source), next(source)
        with pytest.raises(MailboxError) as caught:
            next(source)
    assert caught.value.key == 4
    assert (subjects(first.group), first.broken) == (["Mail 0", "Mail 1"], None)
    assert (subjects(last.group), last.broken) == (["Mail 2", "Mail 3"], caught.value)


def test_a_fault_of_ours_in_the_source_does_not_take_with_it_what_came_before() -> None:
    def failing() -> Iterator[list[Letter]]:
        yield from batches(2)
        raise ValueError("a fault of ours")

    with Ahead() as ahead:
        source = ahead.read(failing(), NOBODY, LIMIT)
        assert subjects(next(source).group) == ["Mail 0", "Mail 1"]
        with pytest.raises(ValueError, match="of ours"):
            next(source)


def test_a_batch_without_data_and_one_that_is_empty_pass() -> None:
    absent = [Letter(1, 10, None, ABSENT)]
    with Ahead() as ahead:
        found = list(ahead.read([absent, []], NOBODY, LIMIT))
    assert [(list(batch.letters), batch.group) for batch in found] == [(absent, []), ([], [])]


def test_a_batch_that_is_large_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead_module, "MOST", 10)
    with Ahead() as ahead:
        monkeypatch.setattr(ahead, "ask", None)
        (batch,) = ahead.read(batches(2), NOBODY, LIMIT)
    assert subjects(batch.group) == ["Mail 0", "Mail 1"]


def test_where_the_process_is_gone_its_parent_reads() -> None:
    """Whenever it goes: before it is asked, or before it has answered."""
    with Ahead() as ahead:
        found = []
        for number, batch in enumerate(ahead.read(batches(2, 3, 4), NOBODY, LIMIT)):
            if number == 0:
                os.kill(helper(ahead), signal.SIGKILL)
            found += subjects(batch.group)
    assert found == [f"Mail {number}" for number in range(9)]


def test_a_message_that_kills_its_reader_or_makes_it_hang_is_in_nobodys_way(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parent has a bound on the time of its own, and sets aside what reaches it."""
    fetching = Fetching(house, tmp_path)
    store = fetching.server()
    for data in MESSAGES:
        store.add(data)
    parent = os.getpid()

    class Deadly(Reader):
        def finish(self) -> Any:
            if os.getpid() != parent and self.header.first("subject") == b"Mail 4":
                os.kill(os.getpid(), signal.SIGKILL)
            return super().finish()

    monkeypatch.setattr(ready, "Reader", Deadly)
    assert fetching.fetch(store) == {"read": 9, "created": 9}
    assert store.unseen() == []


def test_what_was_read_before_the_connection_broke_is_taken_and_marked_by_the_next_run(
    house: House, tmp_path: Path
) -> None:
    fetching = Fetching(house, tmp_path)
    store = fetching.server()
    for number in range(12):
        store.add(letter(f"{number}@x.org", author=f"a{number}@x.org"))
    store.broken = Broken(connection=frozenset({12}))
    first = fetching.fetch(store)
    assert (first["created"], first["error"]) == (10, "twin: the connection broke")
    store.broken = Broken()
    assert fetching.fetch(store) == {"read": 2, "created": 2}
    assert store.loaded == [11, 12]
    assert store.unseen() == []


def test_no_process_is_left_behind() -> None:
    with Ahead() as ahead:
        process = helper(ahead)
        next(ahead.read(batches(2, 2), NOBODY, LIMIT))
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_without_the_faster_library_messages_are_compressed_by_zlib() -> None:
    """It is not there for every processor; what is kept can be read in either case."""
    program = (
        "import sys, zlib; sys.modules['isal'] = None\n"
        "from mailgate.gateway.ready import read\n"
        "from mailgate.mail.envelope import Envelope\n"
        "found = read(1, (b'Subject: x\\n\\ny',), Envelope(''), 99)\n"
        "print(zlib.decompress(b''.join(found.data.pieces)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"b'Subject: x\\n\\ny'\n"
    here = read(1, (b"Subject: x\n\ny",), NOBODY, 99)
    assert zlib.decompress(b"".join(here.data.pieces)) == b"Subject: x\n\ny"
