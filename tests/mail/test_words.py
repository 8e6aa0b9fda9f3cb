"""Encoded words: RFC 2047 section 8, and what mailers make of it."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail import words

RFC_2047_SECTION_8 = [
    (b"(=?ISO-8859-1?Q?a?=)", "(a)"),
    (b"(=?ISO-8859-1?Q?a?= b)", "(a b)"),
    (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
    (b"(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
    (b"(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
    (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
    (b"=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
    (b"=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld Jørn Simonsen"),
    (
        b"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= "
        b"=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
        "If you can read this you understand the example.",
    ),
    (b"=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=", "םולש ןב ילטפנ"),
]


@pytest.mark.parametrize(("value", "text"), RFC_2047_SECTION_8)
def test_the_examples_of_the_rfc_decode(value: bytes, text: str) -> None:
    assert words.decode(value) == text


MAILERS = [
    (b"plain", "plain"),
    (b"", ""),
    (b"Re:=?utf-8?q?caf=C3=A9?=s", "Re:cafés"),
    (b'"=?utf-8?Q?M=C3=BCller?=" <m@example.com>', '"Müller" <m@example.com>'),
    (b"=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?=", "café"),
    (b"=?utf-8?B?Y2Fmww==?=\t=?UTF-8?B?qQ==?=", "café"),
    (b"=?utf-8?B?Y2Fmww==?= =?utf-8?Q?=A9?=", "café"),
    (b"=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
    (b"=?utf-8?Q?with space inside?=", "with space inside"),
    (b"=?utf-8?B?w6Q?=", "ä"),
    (b"=?us-ascii?Q?=E2=82=AC_5?=", "€ 5"),
    (b"=?iso-8859-1?Q?=80_5?=", "€ 5"),
    (b"=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
    (b"=?gb2312?B?1tDOxA==?=", "中文"),
    (b"=?no-such-charset?Q?caf=C3=A9?=", "café"),
    (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    (b"=?utf-8?Q?open", "=?utf-8?Q?open"),
    (b"=?=?utf-8?Q?a?=", "=?a"),
    (b"=??Q?a?=", "=??Q?a?="),
    (b"a  =?utf-8?Q?b?=  c", "a  b  c"),
    (b"caf\xc3\xa9", "café"),
    (b"caf\xe9", "café"),
]


@pytest.mark.parametrize(("value", "text"), MAILERS)
def test_words_decode_wherever_mailers_put_them(value: bytes, text: str) -> None:
    assert words.decode(value) == text


def test_raw_bytes_that_are_not_utf_8_are_in_the_charset_of_the_text() -> None:
    assert words.decode(b"\xef\xf0\xe8\xe2\xe5\xf2", "windows-1251") == "привет"
    assert words.decode("привет".encode(), "windows-1251") == "привет"
    assert words.decode(b"\x80", "iso-8859-1") == "€"


def test_controls_are_shown_as_the_replacement_character() -> None:
    assert words.decode(b"a\0b\x1bc\td") == "a�b�c d"
    assert words.decode(b"=?utf-8?Q?a=0D=0ABcc:_x=C2=9B?=") == "a��Bcc: x�"


def test_a_damaged_word_loses_only_what_is_damaged() -> None:
    assert words.decode(b"=?utf-8?Q?sch=C3=B6n_with_one_bad_=FF_byte?=") == (
        "schön with one bad � byte"
    )


def test_a_word_that_claims_utf_8_and_has_none_is_read_as_cp1252() -> None:
    assert words.decode(b"=?utf-8?Q?caf=E9?=") == "café"


def test_at_most_200_words_are_decoded() -> None:
    text = words.decode(b" ".join([b"=?utf-8?Q?a?="] * 300))
    assert text.startswith("a" * 200)
    assert text.count("=?utf-8?Q?a?=") == 100


@pytest.mark.parametrize("piece", [b"=?", b"=?x?q?", b"=?x?q?=?=", b"?=", b"=?utf-8?B?", b"=?a?="])
def test_sixty_four_kilobytes_of_almost_words_take_little_time(piece: bytes) -> None:
    start = time.process_time()
    words.decode(piece * (65536 // len(piece)) + b"?=")
    assert time.process_time() - start < 0.5


@given(st.binary(), st.one_of(st.none(), st.text()))
def test_any_bytes_give_clean_text(value: bytes, charset: str | None) -> None:
    text = words.decode(value, charset)
    assert text == words.clean(text)
    text.encode("utf-8")


@given(
    st.lists(
        st.sampled_from([b"=?utf-8?", b"utf-7?", b"Q?", b"B?", b"?=", b" ", b"=ED=A0=80", b"+2AA-"])
    )
)
def test_any_row_of_word_pieces_gives_clean_text(pieces: list[bytes]) -> None:
    text = words.decode(b"".join(pieces))
    assert text == words.clean(text)
    text.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60))
def test_what_is_encoded_comes_back(text: str) -> None:
    quoted = "".join(f"={byte:02X}" for byte in text.encode()).encode()
    assert words.decode(b"=?utf-8?Q?" + quoted + b"?=") == text


def test_plain_words_need_no_other_module_of_the_library() -> None:
    program = (
        "import sys, binascii; known = set(sys.modules)\n"
        "from mailgate.mail import words\n"
        "words.decode(b'=?utf-8?Q?a?= \\xe9 =?iso-8859-1?B?4g==?=')\n"
        "print(sorted(set(sys.modules) - known - {'mailgate', 'mailgate.mail'}))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    new = set(run.stdout.decode().strip("[]\n").replace("'", "").split(", "))
    assert new <= {"__future__", "encodings.cp1252", "mailgate.mail.words"}
