"""Whether a message was cut off, by Postfix's count of its queue file."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.channels.size import Size


def size(*chunks: bytes) -> int:
    """Return the size of a message that comes in these chunks."""
    counter = Size()
    for chunk in chunks:
        counter.feed(chunk)
    return counter.finish()


def postfix_size(lines: list[bytes]) -> int:
    """Return what Postfix declares, by its rule: pieces of 2048, a longer head above 127."""
    total = 0
    for line in lines:
        rest = line
        while True:
            piece, rest = rest[:2048], rest[2048:]
            total += len(piece) + (3 if len(piece) > 127 else 2)
            if len(piece) < 2048:
                break
    return total


@pytest.mark.parametrize(
    ("length", "declared"),
    [
        (0, 2),
        (1, 3),
        (127, 129),
        (128, 131),
        (2047, 2050),
        (2048, 2053),
        (2175, 2180),
        (2176, 2182),
    ],
)
def test_a_line_takes_its_bytes_and_the_heads_of_its_pieces(length: int, declared: int) -> None:
    assert size(b"x" * length + b"\n") == declared == postfix_size([b"x" * length])


@given(st.lists(st.integers(0, 5000), max_size=20), st.lists(st.integers(0, 9000), max_size=6))
def test_pieces_of_the_pipe_never_matter(lengths: list[int], cuts: list[int]) -> None:
    lines = [b"x" * length for length in lengths]
    message = b"".join(line + b"\n" for line in lines)
    edges = [0, *sorted(cuts), len(message)]
    chunks = [message[a:b] for a, b in pairwise(edges)]
    assert size(*chunks) == postfix_size(lines)


@given(st.lists(st.sampled_from([1, 3, 12, 40]), min_size=1, max_size=60))
def test_what_pipe_puts_before_a_message_does_not_count(steps: list[int]) -> None:
    prepended = b"Return-Path: <a@b>\nX-Original-To: c@d\nDelivered-To: e@f\n"
    message = b"Received: by x\nDelivered-To: old@x\n\ntext\n"
    whole = prepended + message
    chunks, at = [], 0
    for step in steps:
        chunks.append(whole[at : at + step])
        at += step
    chunks.append(whole[at:])
    assert size(*chunks) == size(message) == postfix_size(message.split(b"\n")[:-1])


def test_what_is_missing_makes_it_smaller() -> None:
    message = b"From: a@b\n\n" + b"text\n" * 100
    for end in range(0, len(message), 7):
        assert size(message[:end]) < size(message)


def test_the_line_of_an_mbox_and_carriage_returns_only_make_it_larger() -> None:
    """A message is deferred only where less came than was declared."""
    message = b"From: a@b\n\ntext\n"
    declared = postfix_size(message.split(b"\n")[:-1])
    assert size(b"From a@b now\n" + message + b"\n") >= declared
    assert size(message.replace(b"\n", b"\r\n")) >= declared


def test_an_empty_message_has_no_size() -> None:
    assert size() == size(b"") == 0


def test_thirty_megabytes_without_a_line_end_take_linear_time() -> None:
    started = process_time()
    assert size(*(b"x" * 65536 for _ in range(480))) > 30_000_000
    assert process_time() - started < 2
