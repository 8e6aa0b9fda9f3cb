"""What the gateway writes to senders by itself, whatever it is an answer to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail.letters import body, check, subject

from mailgate.mail.envelope import Envelope
from mailgate.mail.header import Header, scan
from mailgate.mail.incoming import Incoming
from mailgate.mail.message_id import made
from mailgate.mail.notice import Letter, acknowledgement, notice, standard_text
from mailgate.mail.original import Reader

NOW = 1_795_366_800
KINDS = ("catchall", "loop", "no-route", "policy", "retired")
VALUES = {
    "address": "info@example.com",
    "contact": "office@example.com",
    "company": "Chairs, Ltd.",
    "successor": "new@example.com",
}


def write(original: Header, *, to: str = "ann@x.org", answered: str = "<1@x.org>") -> Letter:
    """Return the notice that answers a header."""
    text = standard_text("policy", VALUES)
    return notice(text, original, answered, to=to, bounce="bounce@example.com", at=NOW)


def answer(original: Header, text: str = "Thank you.\n", company: str = "Chairs") -> Letter:
    """Return the acknowledgement that answers a header."""
    return acknowledgement(
        text,
        original,
        "<1@x.org>",
        to="ann@x.org",
        address="info@example.com",
        company=company,
        reply_to="info@example.com",
        at=NOW,
    )


def test_a_notice_is_what_rfc_3834_asks_for() -> None:
    original = scan(b"From: Ann <ann@x.org>\nSubject: chairs\nMessage-ID: <1@x.org>\n\n")
    letter = write(original)
    read = check(letter.data, "ann@x.org")
    assert read["from"] == "MAILER-DAEMON <bounce@example.com>"
    assert subject(read) == letter.subject == "Re: chairs"
    assert read["date"] == "Sun, 22 Nov 2026 17:00:00 +0000"
    assert read["in-reply-to"] == read["references"] == "<1@x.org>"
    assert read["auto-submitted"] == "auto-replied"
    assert read["x-auto-response-suppress"] == "All"
    assert read["message-id"] == read["x-mailgate-message-id"] == letter.message_id
    assert re.fullmatch(r"<notice\.[0-9a-f]{40}@example\.com>", letter.message_id)
    assert read["reply-to"] is None


def test_an_id_that_its_sender_never_saw_is_not_named() -> None:
    original = scan(b"From: Ann <ann@x.org>\nSubject: chairs\n\n")
    read = check(write(original, answered=made(b"content")).data, "ann@x.org")
    assert read["in-reply-to"] is None
    assert read["references"] is None


def test_it_quotes_the_header_and_only_that() -> None:
    block = b"From: Ann <ann@x.org>\nTo: info@example.com\nDate: today\nSubject: chairs\n"
    block += b"Message-ID: <1@x.org>\nX-Secret: s\nCc: carl@x.org\n\nbuy this\n"
    text = body(check(write(scan(block)).data, "ann@x.org"))
    assert text.splitlines()[-6:] == [
        "",
        "> From: Ann <ann@x.org>",
        "> To: info@example.com",
        "> Date: today",
        "> Subject: chairs",
        "> Message-ID: <1@x.org>",
    ]


def test_an_acknowledgement_is_from_the_alias_and_answered_there() -> None:
    letter = answer(scan(b"Subject: Re: chairs\n\n"), company="Chairs, Ltd.")
    read = check(letter.data, "ann@x.org")
    assert read["from"] == '"Chairs, Ltd." <info@example.com>'
    assert read["reply-to"] == "info@example.com"
    assert read["auto-submitted"] == "auto-replied"
    assert subject(read) == "Re: chairs"
    assert body(read) == "Thank you.\n"
    assert letter.message_id.startswith("<ack.")


def test_an_acknowledgement_of_a_nameless_company_has_its_address() -> None:
    read = check(answer(scan(b"Subject: x\n\n"), company="").data, "ann@x.org")
    assert read["from"] == "info@example.com"


@pytest.mark.parametrize("text", ["Grüße\n{address} %s\n", "a" * 5000, ".\n\nFrom me\n", "a\r\nb"])
def test_an_aliass_own_words_arrive_as_they_are(text: str) -> None:
    read = check(answer(scan(b"Subject: x\n\n"), text).data, "ann@x.org")
    assert body(read) == text.replace("\r\n", "\n").rstrip("\n") + "\n"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_text_that_says_where_to_turn(kind: str) -> None:
    text = standard_text(kind, VALUES, ("info@example.com: there is no such address here",))
    assert "info@example.com" in text
    assert ("new@example.com" if kind == "retired" else "office@example.com") in text
    assert "{" not in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_only_values(kind: str) -> None:
    """A recipient may look like a place of the text, or hold a line break."""
    odd = "{contact}\r\nBcc: x@y.org\u202e"
    text = standard_text(kind, VALUES | {"address": odd}, (odd,))
    assert "{contact}  Bcc: x@y.org " in text


@pytest.mark.parametrize("to", ['"a b"@x.org', '"a>, <eve@y.org"@x.org', '"a  b"@x.org'])
def test_a_quoted_local_part_is_one_recipient(to: str) -> None:
    check(write(scan(b"Subject: x\n\n"), to=to).data, to)


@pytest.mark.parametrize(
    ("answered", "named"),
    [
        ("<a@b>", True),
        ("<" + "a" * 250 + ">", True),
        ("<größe@b>", True),
        ("<" + "\U0001f600" * 250 + ">", False),
        ("<a\u202eb@c>", False),
        ("<a\x07b@c>", False),
    ],
)
def test_an_id_that_cannot_be_written_is_left_out(answered: str, *, named: bool) -> None:
    letter = write(scan(b"Subject: x\n\n"), answered=answered)
    check(letter.data, "ann@x.org")
    fields = scan(letter.data)
    assert fields.text("in-reply-to") == fields.text("references") == (answered if named else "")


HOSTILE = [
    b"chairs\r\nBcc: eve@y.org",
    b"=?utf-8?q?chairs=0D=0ABcc=3A_eve=40y.org?=",
    b"=?utf-8?b?Y2hhaXJzDQoNCkJjYzogZXZlQHkub3Jn?=",
    b"=?utf-8?q?=0ABcc=3A?= eve@y.org",
    b"=?utf-16?b?AA0ACgBCAGMAYwA6?=",
    b"=?utf-7?q?+AA0ACg-Bcc:?=",
    b"NUL \0 ESC \x1b[31m BEL \x07 VT \x0b FF \x0c FS \x1c DEL \x7f",
    b"=?utf-8?q?NUL_=00_ESC_=1B?=",
    "bidi \u202e\u2066 separators \u2028\u2029\x85 zero\u200bwidth".encode(),
    b"8-bit \xff\xfe\x80 \xc3\x28",
    b"=?utf-8?q?=F0=9F=98=80?=" * 200,
    b"x" * 65536,
    b"\xf0\x9f\x98\x80" * 16384,
    b"a " * 32768,
    b"a" * 400 + b"  " * 10000 + b"b",
    b"=?" * 30000,
    b"re:" * 20000,
    b"",
    b"   ",
    b"?= =?utf-8?q?",
    b"=?utf-8?b?" + b"QUJD" * 10000 + b"?=",
    b"{address} {0} %s %(x)s \\n",
    b'\\"<>()[],;:@',
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_a_sender_writes_makes_a_field_a_line_or_a_recipient(value: bytes) -> None:
    names = (b"From", b"To", b"Subject", b"Message-ID", b"Date", b"References", b"Content-Type")
    original = through(b"".join(name + b": " + value + b"\n" for name in names) + b"\nhello\n")
    for letter in (
        write(original.header, answered=original.message_id),
        answer(original.header),
    ):
        read = check(letter.data, "ann@x.org")
        assert len(body(read)) < 10_000
        assert "\0" not in letter.subject
        letter.subject.encode()


def through(raw: bytes) -> Incoming:
    """Read a message as it comes in."""
    reader = Reader(10**7)
    reader.feed(raw)
    return Incoming(reader.finish(), Envelope("pipe", "ann@x.org", ("info@example.com",)))


VALUE = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
    st.lists(st.sampled_from([*HOSTILE[:10], b"=?utf-8?q?", b"?=", b"<", b">", b"@", b","])).map(
        b"".join
    ),
)


@settings(max_examples=150, deadline=None)
@given(VALUE, VALUE, VALUE)
def test_nor_does_anything_else(first: bytes, second: bytes, third: bytes) -> None:
    raw = b"From: " + first + b"\nSubject: " + second + b"\nMessage-ID: " + third + b"\n\nx\n"
    original = through(raw)
    letter = write(original.header, answered=original.message_id)
    check(letter.data, "ann@x.org")
    check(answer(original.header).data, "ann@x.org")
