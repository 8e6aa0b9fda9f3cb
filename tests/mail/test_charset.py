"""Charsets: the names of mail, and text from bytes of doubtful kind."""

from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail import charset

NAMES = [
    ("UTF-8", "utf_8"),
    (' "utf8"', "utf_8"),
    ("utf8mb4", "utf_8"),
    ("ISO-8859-1", "cp1252"),
    ("iso8859-15", "iso8859_15"),
    ("ISO_8859-2:1987", "iso8859_2"),
    ("csISO2022JP", "iso2022_jp"),
    ("windows-874", "cp874"),
    ("iso-8859-8-i", "cp1255"),
    ("x-mac-roman", "mac_roman"),
    ("cp-850", "cp850"),
    ("GB2312", "gb18030"),
    ("ks_c_5601-1987", "cp949"),
    ("Shift_JIS", "cp932"),
]


@pytest.mark.parametrize(("name", "python"), NAMES)
def test_a_name_of_mail_means_a_codec_of_python(name: str, python: str) -> None:
    assert charset.codec(name) == python


@pytest.mark.parametrize("name", ["", "hex", "zlib", "idna", "undefined", "rot13", "x" * 9999])
def test_no_other_name_reaches_a_codec(name: str) -> None:
    assert charset.codec(name) is None


def test_every_codec_of_the_table_exists() -> None:
    for name in set("|".join(charset._BY_NAME.values()).split("|")) - {"ms"}:
        assert codecs.lookup(name)


DECLARED = [
    ("€", b"\x80", "iso-8859-1"),
    ("镕", "镕".encode("gbk"), "gb2312"),
    ("똠", "똠".encode("cp949"), "ks_c_5601-1987"),
    ("①", b"\x1b$B-!\x1b(B", "iso-2022-jp"),
    ("ｱ", b"\x1b(I1\x1b(B", "iso-2022-jp"),
    ("шалом", "шалом".encode("koi8_r"), "KOI8-R"),
    ("Grüße", "Grüße".encode("utf_16_be"), "utf-16"),
    ("Grüße", "Grüße".encode("utf-16"), "utf-16"),
    ("a", b"\xef\xbb\xbfa", "utf-8"),
]


@pytest.mark.parametrize(("text", "data", "name"), DECLARED)
def test_a_declared_charset_stands_for_its_superset(text: str, data: bytes, name: str) -> None:
    assert charset.decode(data, name) == (text, None)


def test_a_declaration_that_does_not_fit_is_a_defect() -> None:
    assert charset.decode("Grüße".encode(), "us-ascii") == ("Grüße", "charset-wrong:us-ascii")
    assert charset.decode(b"caf\xe9", "utf-8") == ("café", "charset-wrong:utf-8")
    assert charset.decode(b"sch\xc3\xb6n\xff", "utf-8") == ("schön�", "charset-wrong:utf-8")
    assert charset.decode(b"abc", "no-such") == ("abc", "charset-unknown:no-such")
    assert charset.decode("ß".encode(), "shift_jis")[0] == "ß"


GUESSED = [
    ("Grüße aus Köln", "cp1252"),
    ("Здравствуйте, это письмо написано по-русски", "cp1251"),
    ("Здравствуйте, это письмо написано по-русски", "koi8_r"),
    ("שלום לכולם, זה מכתב בעברית", "cp1255"),
    ("これは日本語のメールです。よろしくお願いします", "cp932"),
    ("これは日本語のメールです。よろしくお願いします", "euc_jp"),
    ("これは日本語のメールです。", "iso2022_jp"),
    ("这是一封中文邮件，请查收附件", "gb18030"),
    ("這是一封中文郵件，請查收附件。謝謝您的來信", "cp950"),
    ("안녕하세요 이것은 한국어 메일입니다", "cp949"),
    ("любой текст 日本語", "utf_8"),
    ("plain", "ascii"),
]


@pytest.mark.parametrize(("text", "python"), GUESSED)
def test_undeclared_text_is_recognised(text: str, python: str) -> None:
    assert charset.decode(text.encode(python), None) == (text, None)


def test_what_nothing_recognises_is_cp1252_with_replacement() -> None:
    assert charset.decode(b"a \x81 b", None) == ("a � b", None)


def test_utf_7_cannot_bring_in_half_characters() -> None:
    assert charset.strict(b"+2AA-", "utf-7") in ("�", None)


names = st.one_of(st.none(), st.text(max_size=20), st.sampled_from(sorted(charset._BY_NAME)))


@given(st.binary(max_size=400), names)
def test_any_bytes_in_any_charset_give_text_that_a_database_takes(
    data: bytes, name: str | None
) -> None:
    text, defect = charset.decode(data, name)
    text.encode("utf-8")
    assert "\0" not in text
    assert defect is None or defect.isascii()


@pytest.mark.parametrize("piece", [b"\x1b$B", b"\xff", b"\x82\xa0", b"\xa4\xa2", b"~{", b"\x1b"])
@pytest.mark.parametrize("name", [None, "iso-2022-jp", "utf-8", "hz", "gb2312", "utf-7"])
def test_a_megabyte_decodes_in_little_time(piece: bytes, name: str | None) -> None:
    start = time.process_time()
    charset.decode(piece * (1_000_000 // len(piece)), name)
    assert time.process_time() - start < 1.5
