"""A message as the rules see it: author, sender, recipients, references, subject, identity."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.address import normalise
from mailgate.mail.envelope import Envelope
from mailgate.mail.header import MAX_TEXT
from mailgate.mail.incoming import Incoming, header_recipients, reused_id
from mailgate.mail.original import Reader

FIELDS = st.sampled_from(
    [
        b"From", b"Sender", b"To", b"Cc", b"Date", b"Subject", b"Message-ID", b"In-Reply-To",
        b"References", b"Return-Path", b"Content-Type", b"Auto-Submitted", b"Precedence",
        b"List-Id", b"X-Auto-Response-Suppress", b"Delivered-To", b"X-Mailgate-Message-ID",
    ]
)  # fmt: skip
VALUES = st.lists(
    st.sampled_from(
        [
            b"<", b">", b"(", b'"', b"\\", b"a@b.org", b"<a@b>", b",", b";", b" ",
            b"=?utf-8?q?=00?=",
            b"=?utf-7?q?+2AA-?=", b"=?x?b?/?=", b"\xff", b"\0", b"multipart/report", b"message/d",
            b"report-type=", b"charset=", b"auto-replied", b"\xe2\x80\xae", b"\xed\xa0\x80",
        ]
    )
    | st.binary(max_size=4),
    max_size=12,
).map(lambda parts: b"".join(parts).replace(b"\n", b"").replace(b"\r", b""))  # fmt: skip
HEADERS = st.lists(st.tuples(FIELDS, VALUES), max_size=12)


def incoming(header: str | bytes, body: bytes = b"", sender: str | None = None) -> Incoming:
    """Return a message with that header, as it comes with no recipients in the envelope."""
    raw = header.encode() if isinstance(header, str) else header
    reader = Reader(10**9)
    reader.feed(raw.rstrip(b"\n") + b"\n\n" + body)
    return Incoming(reader.finish(), Envelope("pipe", sender))


@pytest.mark.parametrize(
    ("header", "sender", "author"),
    [
        ("From: Ann <Ann@X.org>, bob@x.org", None, "ann@x.org"),
        ("From: nobody, bob@x.org", None, "bob@x.org"),
        ("From: broken\nSender: sec@x.org", None, "sec@x.org"),
        ("Sender: sec@x.org\nReturn-Path: <ret@x.org>", None, "sec@x.org"),
        ("Return-Path: <ret@x.org>", None, "ret@x.org"),
        ("Return-Path: <ret@x.org>", "env@x.org", "env@x.org"),
        ("Subject: none", "", None),
        ("Subject: none", None, None),
    ],
)
def test_the_author_is_from_else_sender_else_the_envelope(
    header: str, sender: str | None, author: str | None
) -> None:
    assert incoming(header, sender=sender).author == author


@pytest.mark.parametrize(
    ("header", "given_sender", "sender"),
    [
        ("Return-Path: <ret@x.org>", "env@x.org", "env@x.org"),
        ("Return-Path: <Ret@X.org>\nReturn-Path: <two@x.org>", None, "ret@x.org"),
        ("Return-Path: <ret@x.org>", "", ""),
        ("Return-Path: <>", None, ""),
        ("Return-Path:", None, ""),
        ("From: a@x.org", None, None),
    ],
)
def test_the_sender_is_the_channels_else_return_path_else_unknown(
    header: str, given_sender: str | None, sender: str | None
) -> None:
    message = incoming(header, sender=given_sender)
    assert message.sender == sender
    assert message.null_sender == (sender == "")


def test_recipients_without_an_envelope_come_from_eight_fields_in_order() -> None:
    message = incoming(
        "Resent-Cc: h@x\nResent-To: g@x\nCc: f@x, E <e@x>\nTo: e@x\nX-Envelope-To: d@x\n"
        "Envelope-To: c@x\nX-Original-To: b@x\nDelivered-To: a@x\nBcc: no@x\nReply-To: no@x"
    )
    assert [address for address, _ in header_recipients(message.header)] == [
        f"{letter}@x" for letter in "abcdefgh"
    ]
    assert dict(header_recipients(message.header))["e@x"] == "to"


def test_to_and_cc_of_all_fields_are_addressed() -> None:
    message = incoming("To: a@x\nTo: b@x\nCc: C <c@x>\nBcc: d@x")
    assert message.addressed == {"a@x", "b@x", "c@x"}


def test_references_are_what_it_answers_then_the_newest_first() -> None:
    message = incoming("In-Reply-To: <r@x>\nReferences: <1@x> <2@x> <r@x> <3@x>")
    assert message.references == ("<r@x>", "<3@x>", "<2@x>", "<1@x>")


def test_a_message_does_not_answer_itself() -> None:
    message = incoming("Message-ID: <me@x>\nIn-Reply-To: <me@x>\nReferences: <1@x> <me@x>")
    assert message.references == ("<1@x>",)


def test_without_an_id_the_content_makes_one_whatever_the_way_it_came() -> None:
    first = incoming("Received: from a\nFrom: a@x\nSubject: s", b"text\n")
    again = incoming("Received: from b\nReceived: from a\nFrom: a@x\nSubject: s", b"text\n")
    other = incoming("From: a@x\nSubject: s", b"other\n")
    assert first.message_id == again.message_id != other.message_id
    assert incoming("Message-ID: <>\nFrom: a@x").message_id.startswith("<")
    assert incoming("Message-ID: <>\nFrom: a@x").message_id != "<>"


def test_author_date_and_subject_tell_messages_of_one_id_apart() -> None:
    base = "Message-ID: <1@x>\nFrom: a@x\nDate: today\nSubject: s"
    message = incoming(base)
    assert message.identity == incoming(base, b"list footer").identity
    assert message.identity == incoming(base.replace("From: a@x", "From: Ann <A@x>")).identity
    for old, new in (("a@x", "b@x"), ("today", "now"), ("Subject: s", "Subject: t")):
        other = incoming(base.replace(old, new))
        assert other.identity != message.identity
        assert reused_id(other) != reused_id(message)


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("Subject: plain", "plain"),
        ("Subject: =?utf-8?q?gr=C3=BCn?=", "grün"),
        ("Subject: grün", "grün"),
        (b"Subject: gr\xfcn", "grün"),
        ("Subject: two\n lines", "two lines"),
        ("Subject: a\x1b[31mb", "a\N{REPLACEMENT CHARACTER}[31mb"),
        ("Subject:", ""),
        ("From: a@x", ""),
        ("Subject: " + "x" * 5000, "x" * MAX_TEXT),
    ],
)
def test_the_subject_is_one_line_of_text(header: str | bytes, subject: str) -> None:
    assert incoming(header).subject == subject


@given(HEADERS, st.none() | st.sampled_from(["", "a@x.org"]))
def test_no_header_breaks_it_and_all_it_says_can_be_stored(
    fields: list[tuple[bytes, bytes]], sender: str | None
) -> None:
    header = b"".join(name + b": " + value + b"\n" for name, value in fields)
    message = incoming(header, b"could not be delivered", sender)
    for text in (message.message_id, message.subject, message.kind, *message.references):
        text.encode()
        assert "\0" not in text
        assert "\n" not in text
    for address in (message.author, message.sender, *message.addressed):
        assert not address or normalise(address) == address
    assert reused_id(message) != message.message_id


@pytest.mark.parametrize("field", ["To", "From", "Subject", "References", "Content-Type", "Date"])
@pytest.mark.parametrize("unit", ["<", "(", '"', ",", "=?", "=?utf-8?q?", "a@b ", ":", ";", "é"])
def test_a_hundred_kilobytes_of_anything_take_little_time(field: str, unit: str) -> None:
    started = process_time()
    incoming(f"{field}: " + unit * (100_000 // len(unit)))
    assert process_time() - started < 2
