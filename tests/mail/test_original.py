"""The original bytes while they are read: hashed, compressed, counted, whatever their pieces."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from zlib import decompress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.original import BODY_HEAD, Original, Reader

LIMIT = 100 * 1024 * 1024
LETTER = b"From: a@b\nSubject: hello\n\nDear all,\n\nyes.\n"
MBOX = b"From a@b Sun Nov 22 17:00:00 2026\n"


def read(*chunks: bytes, limit: int = LIMIT) -> Original:
    """Read a message that comes in these chunks."""
    reader = Reader(limit)
    for chunk in chunks:
        if not reader.feed(chunk):
            break
    return reader.finish()


def kept(original: Original) -> bytes:
    """Return the bytes that would be stored."""
    return decompress(b"".join(original.pieces))


@pytest.mark.parametrize("message", [b"", b"\n", b"F", b"From", b"From:", LETTER, b"\0\xff\r\r\n"])
def test_bytes_are_kept_as_they_came(message: bytes) -> None:
    original = read(message)
    assert kept(original) == message
    assert original.size == len(message)
    assert original.complete


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_line_of_an_mbox_goes_and_the_blank_line_with_it(end: bytes) -> None:
    message = LETTER.replace(b"\n", end)
    original = read(MBOX.replace(b"\n", end) + message + end)
    assert kept(original) == message
    assert original.size == len(MBOX) + len(end) - 1 + len(message) + len(end)
    assert original.digest == read(message).digest


def test_without_the_line_of_an_mbox_the_last_blank_line_stays() -> None:
    assert kept(read(LETTER + b"\n")) == LETTER + b"\n"


def test_a_from_field_is_not_the_line_of_an_mbox() -> None:
    assert read(b"From: a@b\n\n").header.first("from") == b"a@b"


def test_nothing_but_the_line_of_an_mbox_is_no_message() -> None:
    assert read(MBOX).header.fields == []
    assert kept(read(b"From a@b without an end")) == b""


def test_line_ends_do_not_change_what_a_message_is() -> None:
    assert read(LETTER).content == read(LETTER.replace(b"\n", b"\r\n")).content
    assert read(LETTER).content == read(LETTER + b"\n\n").content
    assert read(LETTER).content == read(MBOX + LETTER + b"\n").content


@pytest.mark.parametrize(
    "trace",
    [
        b"Received: from x by y; date\n",
        b"Return-Path: <a@b>\n",
        b"Delivered-To: info@example.com\n",
        b"X-Original-To: info@example.com\n",
        b"Envelope-To: info@example.com\n",
        b"ARC-Seal: i=1\n",
        b"Authentication-Results: mx; spf=pass\n",
    ],
)
def test_trace_fields_do_not_change_what_a_message_is(trace: bytes) -> None:
    """A retry may come over another way and through another queue."""
    assert read(trace + LETTER).content == read(LETTER).content
    assert read(trace + LETTER).digest != read(LETTER).digest


@pytest.mark.parametrize("change", [b"Subject: hello!\n", b"yes!\n", b"X-New: field\n"])
def test_other_words_make_another_message(change: bytes) -> None:
    other = {
        b"S": LETTER.replace(b"Subject: hello\n", change),
        b"y": LETTER.replace(b"yes.\n", change),
    }
    changed = other.get(change[:1], change + LETTER)
    assert read(changed).content != read(LETTER).content


@given(
    st.lists(
        st.sampled_from([b"From ", b"From: a", b"A: b", b"\n", b"\r\n", b"\r", b"x", b"\n" * 50]),
        max_size=20,
    ).map(b"".join),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_pieces_never_matter(message: bytes, cuts: list[int]) -> None:
    whole = read(message)
    edges = [0, *sorted(cuts), len(message)]
    chunks = [message[a:b] for a, b in pairwise(edges)]
    pieced = read(*chunks)
    assert kept(pieced) == kept(whole)
    assert pieced.digest == whole.digest
    assert pieced.content == whole.content
    assert pieced.header.fields == whole.header.fields
    assert pieced.body == whole.body
    assert pieced.size == whole.size


def test_a_long_row_of_line_ends_is_the_same_in_pieces() -> None:
    message = LETTER + b"\n" * (3 * BODY_HEAD)
    chunks = [message[at : at + 1000] for at in range(0, len(message), 1000)]
    assert read(message).content == read(*chunks).content == read(LETTER).content


def test_reading_stops_at_the_limit_and_what_came_before_is_known() -> None:
    original = read(LETTER, b"x" * 100, b"never", limit=len(LETTER) + 50)
    assert not original.complete
    assert original.header.first("subject") == b"hello"
    assert len(kept(original)) == len(LETTER) + 50


def test_one_chunk_over_the_limit_is_still_read_up_to_it() -> None:
    original = read(LETTER + b"x" * 100, limit=60)
    assert not original.complete
    assert original.header.first("from") == b"a@b"


def test_the_limit_itself_is_allowed() -> None:
    assert read(LETTER, limit=len(LETTER)).complete
    assert not read(LETTER, limit=len(LETTER) - 1).complete


def test_only_the_beginning_of_the_body_is_at_hand() -> None:
    original = read(LETTER, b"x" * 300_000)
    assert len(original.body) == BODY_HEAD
    assert original.body.startswith(b"Dear all,")


def test_memory_stays_far_below_the_size_of_a_large_message() -> None:
    chunk = b"All work and no play makes Jack a dull boy.\n" * 5000
    tracemalloc.start()
    original = read(LETTER, *(chunk for _ in range(100)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert original.size > 20_000_000
    assert peak < original.size / 4
