"""Letters on the wire: line ends, dots, and how much there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.channels import wire
from mailgate.channels.wire import END, Content, crlf, lf, stuffed

PIECES = st.lists(st.lists(st.sampled_from([b"\r", b"\n", b".", b"a"]), max_size=6).map(b"".join))


def lines(data: bytes) -> list[bytes]:
    """Return the lines of a text in which CRLF, CR and LF end one alike."""
    found = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return found[:-1] if not found[-1] else found


@given(PIECES)
def test_lines_are_the_same_however_they_are_cut(pieces: list[bytes]) -> None:
    expected = lines(b"".join(pieces))
    assert b"".join(crlf(pieces)) == b"".join(line + b"\r\n" for line in expected)
    assert b"".join(lf(pieces)) == b"".join(line + b"\n" for line in expected)


@given(PIECES)
def test_no_piece_parts_cr_from_lf(pieces: list[bytes]) -> None:
    assert not any(piece.endswith(b"\r") or piece.startswith(b"\n") for piece in crlf(pieces))


@given(PIECES)
def test_what_a_server_unstuffs_is_what_was_there(pieces: list[bytes]) -> None:
    """RFC 5321 section 4.5.2."""
    sent = b"".join(Content(lambda: pieces).pieces())
    assert sent.endswith(END)
    received = sent.removesuffix(END).split(b"\r\n")[:-1]
    assert b"." not in received
    assert [line.removeprefix(b".") for line in received] == lines(b"".join(pieces))


@given(PIECES)
def test_a_large_letter_is_sent_like_a_small_one(pieces: list[bytes]) -> None:
    small = Content(lambda: pieces)
    limit, wire.SMALL = wire.SMALL, 0
    try:
        large = Content(lambda: pieces)
    finally:
        wire.SMALL = limit
    assert b"".join(large.pieces()) == b"".join(small.pieces())
    assert (large.size, large.eight_bit) == (small.size, small.eight_bit)


@given(PIECES)
def test_the_size_is_that_of_the_letter_without_doubled_dots(pieces: list[bytes]) -> None:
    """RFC 1870 section 3."""
    assert Content(lambda: pieces).size == sum(len(line) + 2 for line in lines(b"".join(pieces)))


def test_eight_bit_text_and_utf_8_in_the_header_are_told() -> None:
    def told(data: bytes) -> tuple[bool, bool]:
        content = Content(lambda: [data])
        return content.eight_bit, content.utf8

    assert told(b"Subject: x\n\ny\n") == (False, False)
    assert told("Subject: x\n\nö\n".encode()) == (True, False)
    assert told("Subject: ö\n\ny\n".encode()) == (True, True)
    assert told("Subject: ö\n\ny\n".encode("latin-1")) == (True, False)
    assert told("Subject: ö".encode()) == (True, True)


def test_a_large_letter_is_not_kept_in_memory() -> None:
    """Of 64 MiB that are made while they are read, a few pieces are there at a time."""
    import tracemalloc

    piece = b"x" * 65534 + b"\r\n"
    content = Content(lambda: (piece for _ in range(1024)))
    tracemalloc.start()
    total = sum(len(sent) for sent in content.pieces())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == content.size + len(END) == 1024 * 65536 + len(END)
    assert peak < 1_000_000


def test_dots_are_doubled_where_a_line_begins_in_another_piece() -> None:
    assert b"".join(stuffed([b"a\r\n", b".b\r\n", b"..\r\n"])) == b"a\r\n..b\r\n...\r\n"


@pytest.mark.parametrize(
    "end", ["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r\n", "\r\n.\r\n", "\n.\r"]
)
def test_no_letter_ends_before_its_end(end: str) -> None:
    """However a server reads lone CR and LF, it sees one letter (SMTP smuggling)."""
    text = f"Subject: x\r\n\r\nbody{end}MAIL FROM:<a@x.org>\r\nRCPT TO:<b@x.org>\r\nDATA\r\nevil"
    sent = b"".join(Content(lambda: [text.encode()]).pieces())
    assert sent.count(b"\r") == sent.count(b"\n") == sent.count(b"\r\n")
    assert sent.count(b"\r\n.\r\n") == 1
