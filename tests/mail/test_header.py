"""The header scanner: fields from raw bytes, whatever the bytes are."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.header import (
    MAX_BLOCK,
    MAX_FIELDS,
    MAX_VALUE,
    Header,
    header_end,
    scan,
    to_text,
)

PIECES = [b"\r", b"\n", b"\r\n", b":", b" ", b"\t", b"A", b"Subject", b"\0", b"\xe9", b"From x"]
BLOCKS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=40).map(b"".join)


def body(head: bytes) -> bytes:
    """Return what the scanner takes for the body."""
    return head[scan(head).size :]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_kind_of_line_end_reads_alike(end: bytes) -> None:
    head = end.join(
        [b"From: a@b", b"Subject: one", b"\ttwo", b"   three", b"To: c@d", b"", b"text"]
    )
    header = scan(head)
    assert header.fields == [
        ("from", b"a@b"),
        ("subject", b"one two three"),
        ("to", b"c@d"),
    ]
    assert header.defects == ()
    assert body(head) == b"text"


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        (b"", []),
        (b"\n", []),
        (b"\r\n\r\ntext", []),
        (b"no colon here\nFrom: a@b\n\n", []),
        (b": no name\n\n", []),
        (b"A:\n\n", [("a", b"")]),
        (b"A: b", [("a", b"b")]),
        (b"A : b\n\n", [("a", b"b")]),
        (b"A\t: b\n\n", [("a", b"b")]),
        (b"A B: c\n\n", []),
        (b" folded first\nA: b\n\n", [("a", b"b")]),
        (b"A: b\n \t \n c\n\n", [("a", b"b c")]),
        (b"A: b:c\n\n", [("a", b"b:c")]),
        (b"A: 1\nA: 2\n\n", [("a", b"1"), ("a", b"2")]),
        (b"X-\xc3\xa9: b\n\n", []),
        (b"A: \xe9\xff\0\n\n", [("a", b"\xe9\xff\0")]),
    ],
)
def test_fields_are_what_rfc_5322_calls_fields(
    head: bytes, fields: list[tuple[str, bytes]]
) -> None:
    """Sections 2.2 and 4.5: white space before the colon is obsolete, not wrong."""
    assert scan(head).fields == fields


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_line_that_is_no_field_begins_the_body(end: bytes) -> None:
    head = end.join([b"A: b", b"C: d", b"dear all", b"E: f", b""])
    header = scan(head)
    assert [name for name, _ in header.fields] == ["a", "c"]
    assert header.defects == ("header-without-blank-line",)
    assert body(head) == end.join([b"dear all", b"E: f", b""])


def test_an_empty_line_of_another_kind_ends_the_header_too() -> None:
    assert scan(b"A: b\n\rTo: x@y\n\ntext").fields == [("a", b"b")]


def test_fields_are_found_by_name() -> None:
    header = Header([("a", b"1"), ("b", b"\xc3\xa9"), ("a", b"2")])
    assert header.first("a") == b"1"
    assert header.all("a") == [b"1", b"2"]
    assert header.first("x") is None
    assert header.all("x") == []
    assert header.text("b") == "é"
    assert header.text("x") == ""


def test_text_is_utf_8_else_cp1252_and_never_holds_nul() -> None:
    assert to_text("größe".encode()) == "größe"
    assert to_text(b"gr\xf6\xdfe \x80") == "größe €"
    assert to_text(b"a\0b") == "a�b"
    assert "\0" not in to_text(b"\xff\0\x81")


def test_a_field_of_a_megabyte_is_cut_and_named() -> None:
    head = b"Subject: " + b"x" * 100_000 + b"\nTo: a@b\n\n"
    header = scan(head)
    assert len(header.first("subject") or b"") == MAX_VALUE
    assert header.first("to") == b"a@b"
    assert header.defects == ("field-truncated:subject",)


def test_a_field_folded_ten_thousand_times_is_cut() -> None:
    header = scan(b"Subject: x\n" + b" 12345678\n" * 20_000 + b"To: a@b\n\n")
    assert len(header.first("subject") or b"") <= MAX_VALUE
    assert header.first("to") == b"a@b"


def test_a_header_without_end_is_cut_and_named() -> None:
    header = scan(b"A: b\n" + b"x" * (2 * MAX_BLOCK))
    assert header.first("a") == b"b"
    assert "header-truncated" in header.defects


def test_the_number_of_fields_is_bounded() -> None:
    header = scan(b"A: b\n" * (MAX_FIELDS + 5) + b"\ntext")
    assert len(header.fields) == MAX_FIELDS
    assert header.defects == ("too-many-fields",)
    assert body(b"A: b\n" * (MAX_FIELDS + 5) + b"\ntext") == b"text"


@given(BLOCKS)
def test_scanning_never_raises_and_finds_well_formed_fields(head: bytes) -> None:
    header = scan(head)
    assert 0 <= header.size <= len(head)
    for name, value in header.fields:
        assert name
        assert name == name.lower().strip()
        assert name.isascii()
        assert ":" not in name
        assert b"\n" not in value
        assert b"\r" not in value
        assert "\0" not in to_text(value)
        to_text(value).encode()


@given(st.lists(st.sampled_from([b"A: b", b" fold", b"", b"text", b"B : c", b"\t"]), max_size=12))
def test_lf_and_crlf_have_the_same_header_and_body(lines: list[bytes]) -> None:
    unix, internet = b"\n".join(lines), b"\r\n".join(lines)
    assert scan(unix).fields == scan(internet).fields
    assert body(unix) == body(internet).replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "unit", [b"\n", b"\r", b"\r\n", b":", b" ", b"A:\n", b" \n", b"\0", b"\xff", b"a", b"A: b\r "]
)
def test_scanning_takes_linear_time(unit: bytes) -> None:
    started = process_time()
    scan(b"Subject: x" + unit * (200_000 // len(unit)))
    scan(unit * (200_000 // len(unit)))
    assert process_time() - started < 2


def test_the_body_begins_after_the_first_blank_line() -> None:
    assert header_end(b"A: b\n\ntext\r\n\r\n") == (5, 6)
    assert header_end(b"A: b\r\n\r\ntext\n\n") == (6, 8)
    assert header_end(b"A: b") == (4, 4)


def test_doubled_carriage_returns_end_lines_like_single_ones() -> None:
    """A text mode applied twice makes CR CR LF of each line end."""
    raw = b"From: a@b\r\r\nSubject: x\r\r\n\r\r\nbody\r\r\n"
    header = scan(raw)
    assert header.fields == [("from", b"a@b"), ("subject", b"x")]
    assert raw[header.size :] == b"body\r\r\n"


def test_an_escaped_from_line_does_not_end_the_header() -> None:
    """Mail out of an mbox may bring it along."""
    header = scan(b">From ann@x.org Sun Nov 22 2026\nSubject: x\n\nbody")
    assert header.fields == [("subject", b"x")]
    assert header.defects == ("escaped-from-line",)
