"""Parameters: RFC 2045, the examples of RFC 2231, and what mailers write instead."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.params import Field

FILENAMES = [
    (b"attachment; filename=plain.txt", "plain.txt"),
    (b'attachment; filename="two words.txt"', "two words.txt"),
    (b"attachment; filename=two words.txt; size=3", "two words.txt"),
    (b'attachment; filename="a;b.txt"', "a;b.txt"),
    (b'attachment; filename="say \\"hi\\".txt"', 'say "hi".txt'),
    (b'attachment; filename="C:\\temp\\a.txt"', "C:\\temp\\a.txt"),
    (b'attachment; filename="open.txt; size=3', "open.txt"),
    (b"attachment; FileName = x.txt", "x.txt"),
    (b'attachment; filename="=?utf-8?Q?caf=C3=A9.txt?="', "café.txt"),
    (b"attachment; filename==?utf-8?Q?caf=C3=A9.txt?=", "café.txt"),
    (b'attachment; filename="caf\xc3\xa9.txt"', "café.txt"),
    (b'attachment; filename="caf\xe9.txt"', "café.txt"),
    (b"attachment; filename*=utf-8''caf%C3%A9.txt", "café.txt"),
    (b"attachment; filename*=utf-8''caf%C3%A9.txt; filename=cafe.txt", "café.txt"),
    (b"attachment; filename*=ISO-8859-1'de'caf%E9.txt", "café.txt"),
    (b"attachment; filename*=caf%C3%A9.txt", "café.txt"),
    (b"attachment; filename*0=a; filename*1=b.txt", "ab.txt"),
    (b"attachment; filename*1=b.txt; filename*0=a", "ab.txt"),
    (b"attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9; filename*2=.txt", "café.txt"),
    (b"attachment; filename*=utf-8''100%.txt", "100%.txt"),
    (b"attachment; filename*=no-such''caf%C3%A9", "café"),
    (b"attachment; filename*", ""),
    (b"attachment; filename=", ""),
    (b"attachment;;;; ;filename=a", "a"),
    (b"attachment", ""),
    (b"", ""),
]


@pytest.mark.parametrize(("raw", "name"), FILENAMES)
def test_a_file_name_is_read_however_it_is_written(raw: bytes, name: str) -> None:
    assert Field(raw).text("filename") == name


def test_the_title_of_rfc_2231_section_4_1_is_put_together() -> None:
    field = Field(
        b"application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; "
        b'title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2="isn\'t it!"'
    )
    assert field.value == "application/x-stuff"
    assert field.text("title") == "This is even more ***fun*** isn't it!"


def test_a_token_is_the_bytes_as_they_are() -> None:
    assert Field(b'multipart/mixed; boundary="=_a b"').token("boundary") == "=_a b"
    assert Field(b"multipart/mixed; boundary*0=a; boundary*1=b").token("boundary") == "ab"
    assert Field(b'Text/Plain (really); charset="UTF-8"').value == "text/plain"


def test_at_most_a_hundred_parameters_are_read() -> None:
    field = Field(b"a/b" + b"".join(b"; p%d=1" % n for n in range(5000)))
    assert field.too_many
    assert field.token("p99") == "1"
    assert field.token("p100") == ""


@pytest.mark.parametrize("piece", [b'"', b"\\", b'\\"', b";", b"=", b"a=", b'a="', b"'", b"%"])
def test_sixty_four_kilobytes_of_junk_take_little_time(piece: bytes) -> None:
    start = time.process_time()
    for front in (b"", b"a/b; name=", b'a/b; name="', b"a/b; name*=utf-8''"):
        Field(front + piece * (65536 // len(piece))).text("name")
    assert time.process_time() - start < 0.5


@given(st.binary(max_size=300), st.sampled_from([b"", b"a/b;", b"a/b; name*0*=", b'a; name="']))
def test_any_bytes_are_a_field(raw: bytes, front: bytes) -> None:
    field = Field(front + raw)
    field.text("name").encode()
    field.token("name")
    assert "\0" not in field.text("name")
