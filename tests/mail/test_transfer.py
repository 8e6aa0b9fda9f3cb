"""Transfer encodings: RFC 2045 section 6, and what arrives instead."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail import transfer, uuencode

CASES = [
    (b"as it is", "7bit", b"as it is", None),
    (b"as it is", " 8BIT ", b"as it is", None),
    (b"caf=C3=A9 =\r\nau lait", "Quoted-Printable", b"caf\xc3\xa9 au lait", None),
    (b"=ZZ stays", "quoted-printable", b"=ZZ stays", None),
    (b"aGVs\r\nbG8=\r\n", "base64", b"hello", None),
    (b"aGVsbG8", "base64", b"hello", "base64-truncated"),
    (b"aGVsbG8gd29yb", "base64", b"hello wor", "base64-truncated"),
    (b"aGVsbG8=\naGVsbG8=\n", "base64", b"hellohello", None),
    (b"aGVsbG8=\n-- \nlist footer\n", "base64", b"hello", "base64-trailing-text"),
    (
        b"This is plain text, really.",
        "base64",
        b"This is plain text, really.",
        "transfer-encoding-wrong",
    ),
    (b"text", "rot13", b"text", "transfer-encoding-unknown"),
    (b"begin 644 a\n%:&5L;&\\ \n`\nend\n", "x-uuencode", b"hello", None),
    (b"no block", "x-uuencode", b"no block", "transfer-encoding-wrong"),
]


@pytest.mark.parametrize(("data", "encoding", "result", "defect"), CASES)
def test_a_body_decodes_as_far_as_it_goes(
    data: bytes, encoding: str, result: bytes, defect: str | None
) -> None:
    assert transfer.decode(data, encoding) == (result, defect)


@given(st.binary(max_size=300))
def test_base64_comes_back(data: bytes) -> None:
    assert transfer.decode(base64.encodebytes(data), "base64") == (data, None)


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "?"]))
def test_any_body_decodes_to_something(data: bytes, encoding: str) -> None:
    assert isinstance(transfer.decode(data, encoding)[0], bytes)


def test_uuencoded_files_leave_the_text() -> None:
    text = b"before\nbegin 644 a b.txt\n%:&5L;&\\ \n`\nend\nafter\n"
    assert uuencode.split(text) == (b"before\nafter\n", [(b"a b.txt", b"hello")])


def test_a_sentence_that_begins_with_begin_stays() -> None:
    text = b"begin 644 things\nand finish none of them, I say to you\n"
    assert uuencode.split(text) == (text, [])
