"""Outgoing header fields and bodies: whatever the values hold, readers read what was meant."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.mail import compose, dates
from mailgate.mail.header import scan

CHARACTERS = 'ab :;=?_<>@",\\()\r\n\t\0\x0b\x0c\x1b\x7f\x85é\u200b\u202e\u2028\u2029\ud800😀'
ODD = st.lists(st.sampled_from([*CHARACTERS, "=?", "?="]), max_size=300).map("".join)
QUICK = settings(max_examples=150, deadline=None)


@QUICK
@given(st.lists(ODD, min_size=1, max_size=4))
def test_no_value_makes_another_field_or_line(values: list[str]) -> None:
    asked = [("X-First", "1"), *((f"X-{number}", value) for number, value in enumerate(values))]
    block = compose.header(asked)
    assert block.endswith(b"\n\n")
    assert b"\n\n" not in block[:-2]
    kept = [name for name, value in asked if value]
    assert [name for name, _ in scan(block).fields] == [name.lower() for name in kept]
    assert list(message_from_bytes(block).keys()) == kept
    assert all(line[:1] in (b" ", b"X") and line.strip() for line in block[:-2].split(b"\n"))


@pytest.mark.parametrize(
    "value",
    [
        "a" * 200,
        "word " * 100 + "end",
        "two  spaces  " * 30 + "end",
        " ".join(["x:"] * 60),
        '"' + "a" + " " * 60 + 'b"@' + "c" * 100 + ".org",
    ],
)
def test_unfolding_gives_the_value_back(value: str) -> None:
    block = compose.header([("Subject", value)])
    assert block[:-2].decode().replace("\n ", " ") == f"Subject: {value}"


def test_fields_are_folded_where_they_can_be() -> None:
    block = compose.header([("Subject", "word " * 100 + "end")])
    assert max(map(len, block.split(b"\n"))) <= compose.MAX_LINE


@QUICK
@given(ODD)
def test_a_subject_is_read_as_it_was_meant(text: str) -> None:
    text = text[: 2000 // 4]
    block = compose.header([("Subject", "Re: " + compose.unstructured(text))])
    assert max(map(len, block.split(b"\n"))) <= 998
    read = make_header(decode_header(str(message_from_bytes(block)["subject"])))
    meant = compose.clean(text)
    assert "".join(str(read).split()) == "".join(f"Re:{meant}".split())


@pytest.mark.parametrize("unit", ["é", "😀", "a", "=?utf-8?q?a?= "])
def test_words_of_any_length_stay_within_lines_and_characters_whole(unit: str) -> None:
    block = compose.header([("Subject", compose.unstructured(unit * (1900 // len(unit))))])
    assert max(map(len, block.split(b"\n"))) <= 78
    read = str(make_header(decode_header(str(message_from_bytes(block)["subject"]))))
    assert read.strip() == (unit * (1900 // len(unit))).strip()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", "info@x.org"),
        (" \n ", "info@x.org"),
        ("Chairs Ltd", "Chairs Ltd <info@x.org>"),
        ("Chairs, Ltd.", '"Chairs, Ltd." <info@x.org>'),
        ('The "Chair"', '"The \\"Chair\\"" <info@x.org>'),
        ("a\\", '"a\\\\" <info@x.org>'),
        ("eve@y.org", '"eve@y.org" <info@x.org>'),
        ("Größe", "=?utf-8?b?R3LDtsOfZQ==?= <info@x.org>"),
    ],
)
def test_a_name_is_quoted_or_encoded_as_it_needs(name: str, written: str) -> None:
    assert compose.mailbox(name, "info@x.org") == written


@QUICK
@given(ODD)
def test_no_name_changes_the_address(name: str) -> None:
    block = compose.header([("From", compose.mailbox(name, "info@x.org"))])
    assert max(map(len, block.split(b"\n"))) <= 998
    assert parseaddr(str(message_from_bytes(block)["from"]))[1] == "info@x.org"


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("chairs", "Re: chairs"),
        ("Re: chairs", "Re: chairs"),
        ("RE: re:Re:  chairs", "Re: chairs"),
        ("re:", "Re:"),
        ("", "Re:"),
        ("  ", "Re:"),
        ("Regarding", "Re: Regarding"),
        ("Aw: chairs", "Re: Aw: chairs"),
    ],
)
def test_an_answer_has_one_re(subject: str, answer: str) -> None:
    assert compose.reply_subject(subject) == answer


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Re: RE: chairs", "Re: chairs"),
        ("Re: chairs", "Re: chairs"),
        ("chairs", "chairs"),
        ("Reply: chairs", "Reply: chairs"),
        ("", ""),
    ],
)
def test_a_subject_keeps_one_re_at_most(subject: str, shown: str) -> None:
    assert compose.one_reply_mark(subject) == shown


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (1_795_366_800, "Sun, 22 Nov 2026 17:00:00 +0000"),
        (0, "Thu, 01 Jan 1970 00:00:00 +0000"),
        (951_825_599, "Tue, 29 Feb 2000 11:59:59 +0000"),
    ],
)
def test_dates_are_those_of_rfc_5322(at: int, written: str) -> None:
    assert compose.date(at) == written
    assert dates.read(written) is not None


def test_ids_are_of_the_domain_and_never_alike() -> None:
    ids = {compose.message_id("notice", "x.org") for _ in range(100)}
    assert len(ids) == 100
    assert all(i.startswith("<notice.") and i.endswith("@x.org>") and len(i) < 64 for i in ids)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello.\n", "7bit"),
        ("Hello,\r\nAnn.\rBye", "7bit"),
        ("a" * 990, "7bit"),
        ("a" * 991, "quoted-printable"),
        ("Grüße\n", "quoted-printable"),
        ("NUL \0\n", "quoted-printable"),
        ("😀" * 1000, "quoted-printable"),
        (".\nFrom here\n--\n=\n", "7bit"),
        ("é \n \t\nend", "quoted-printable"),
    ],
)
def test_a_text_comes_back_as_it_was(text: str, encoding: str) -> None:
    fields, data = compose.text_part(text)
    assert dict(fields)["Content-Transfer-Encoding"] == encoding
    assert b"\r" not in data
    assert b"\0" not in data
    assert max(map(len, data.split(b"\n"))) <= 998
    letter = message_from_bytes(compose.header(fields) + data)
    payload = letter.get_payload(decode=True)
    assert isinstance(payload, bytes)
    charset = letter.get_content_charset()
    assert charset is not None
    meant = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    assert payload.decode(charset) == meant
