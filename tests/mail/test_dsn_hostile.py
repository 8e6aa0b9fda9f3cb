"""Reports that were made to do harm: nothing raises, takes long or grows without bound."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.mail.dsn import read_report
from mailgate.mail.reports import others
from mailgate.mail.reports.values import MAX_IDS, MAX_REASON, MAX_SAID

SECONDS = 3.0
"""CPU for one report of any size."""
HEADER = b"From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\nReturn-Path: <>\n"
STATUS = (
    HEADER + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    b"--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
)
TOLD = HEADER + b"\nYour message could not be delivered to:\n\n"
_PATTERNS = (
    b"Your message could not be delivered to\nhere is your list of failed recipients\n"
    b"this message was created automatically by mail delivery software\n"
    b"A message that you sent could not be delivered\nYour message:\nnot yet been delivered\n"
)


def many(count: int, line: Callable[[int], bytes]) -> bytes:
    return b"".join(line(number) for number in range(count))


HOSTILE = {
    "recipients": lambda: (
        STATUS
        + many(12_000, lambda n: b"Final-Recipient: rfc822; u%d@x.example\nAction: failed\n\n" % n)
    ),
    "recipients in words": lambda: TOLD + many(10_000, lambda n: b"<u%d@x.example>:\nno\n\n" % n),
    "recipients in a field": lambda: (
        HEADER
        + b"X-Failed-Recipients: "
        + many(20_000, lambda n: b"u%d@x.example," % n)
        + b"\n\nfailed to deliver\n"
    ),
    "recipients in fields": lambda: (
        HEADER
        + many(5000, lambda n: b"X-Failed-Recipients: u%d@x.example\n" % n)
        + b"\nfailed to deliver\n"
    ),
    "at signs": lambda: TOLD + b"@" * 1_000_000,
    "one long line of addresses": lambda: TOLD + b"a@b.example " * 100_000,
    "domains in other scripts": lambda: TOLD + many(40_000, lambda n: f"é{n}@éé{n}.éé\n".encode()),
    "angle brackets": lambda: TOLD + (b"<" * 240 + b"\n") * 5000,
    "beginnings of all forms": lambda: (
        HEADER
        + b"\n"
        + (_PATTERNS + b"x" * 240 + b"\n" + b" " * 240 + b"\n" + b"a@" * 120 + b"\n") * 500
    ),
    "deep MIME": lambda: (
        HEADER
        + b"Content-Type: multipart/report; boundary=b0\n\n"
        + many(
            5000, lambda n: b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1)
        )
    ),
    "many parts": lambda: (
        HEADER
        + b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: message/rfc822\n\nMessage-ID: <a@b>\n\n" * 30_000
    ),
    "a long field": lambda: STATUS + b"Final-Recipient: rfc822; " + b"a" * 2_000_000,
    "a long folded field": lambda: STATUS + b"Final-Recipient: rfc822;\n" + b" aaa\n" * 300_000,
    "returned headers": lambda: (
        HEADER + b"\nfailed to deliver\n" + b"From: a\nTo: b\nMessage-ID: <a@b>\n\n" * 20_000
    ),
    "ids": lambda: HEADER + b"\nfailed\n" + many(50_000, lambda n: b"message-id <%d@b>\n" % n),
    "blank lines": lambda: HEADER + b"\n" * 2_000_000,
    "bare returns": lambda: HEADER + b"\n" + b"\r" * 2_000_000,
    "a page": lambda: (
        HEADER
        + b"Content-Type: text/html\n\n"
        + b"<div><p>could not be delivered to <a href=x>a@b.example</a>:" * 30_000
    ),
    "base64": lambda: HEADER + b"Content-Transfer-Encoding: base64\n\n" + b"QUFB\n" * 400_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_report_takes_long_or_grows_without_bound(name: str) -> None:
    message = HOSTILE[name]()
    start = time.process_time()
    report = read_report(message)
    assert time.process_time() - start < SECONDS
    assert len(report.said) <= MAX_SAID
    assert len(report.message_ids) <= MAX_IDS
    assert all(len(said.reason) <= MAX_REASON for said in report.said)


@pytest.mark.parametrize(
    ("name", "least"),
    [("recipients", MAX_SAID), ("recipients in words", 1000), ("recipients in a field", 1000)],
)
def test_of_too_many_recipients_the_first_ones_are_read(name: str, least: int) -> None:
    report = read_report(HOSTILE[name]())
    assert report.kind == "failure"
    assert len(report.said) >= least
    assert [said.recipient for said in report.said] == [
        f"u{number}@x.example" for number in range(len(report.said))
    ]


def test_every_recipient_of_a_report_about_thousands_is_read_and_what_it_returns() -> None:
    """The returned message stands behind all of them (RFC 3462)."""
    group = b"Final-Recipient: rfc822; u%d@x.example\nAction: failed\nStatus: 5.1.1\n"
    group += b"Diagnostic-Code: smtp; 550 5.1.1 <u%d@x.example>: no mailbox here by that name\n\n"
    listed = many(9999, lambda n: group % (n, n))
    report = read_report(
        STATUS + listed + b"--b\nContent-Type: message/rfc822\n\nMessage-ID: <a@b.example>\n\n"
    )
    assert len(report.said) == 9999
    assert report.message_ids == ("<a@b.example>",)
    assert report.said[-1].recipient == "u9998@x.example"


def test_reasons_that_are_said_once_for_thousands_are_read_once() -> None:
    listed = many(9999, lambda n: b"Final-Recipient: rfc822; u%d@x.example\n\n" % n)
    told = b"550 5.1.1 no such user here\n" + b"as the server says " * 500
    start = time.process_time()
    report = read_report(STATUS.replace(b"failed\n", told + b"\n") + listed)
    assert time.process_time() - start < SECONDS
    assert {said.status for said in report.said} == {"5.1.1"}


_PIECES = st.sampled_from(
    [
        b"\n", b"\n\n", b"\r\n", b"\r", b" ", b"\t", b":", b";", b"<", b">", b"@",
        b"--b\n", b"--b--\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
        b"Content-Type: message/delivery-status\n\n", b"Content-Type: message/rfc822\n\n",
        b"Content-Type: message/feedback-report\n\n", b"Content-Type: text/html\n\n",
        b"Content-Type: message/disposition-notification\n\n",
        b"Content-Transfer-Encoding: base64\n", b"From: MAILER-DAEMON@x.example\n",
        b"Subject: Undelivered Mail\n", b"X-Failed-Recipients: ", b"Return-Path: <>\n",
        b"Final-Recipient: rfc822;", b"Original-Recipient: ", b"Action: failed\n",
        b"Status: 5.1.1\n",
        b"Diagnostic-Code: smtp; 550 5.1.1 no\n", b"Feedback-Type: abuse\n", b"Disposition: ",
        b"Original-Rcpt-To: ", b"Message-ID: <a@b>\n", b"Received: from a\n",
        b"could not be delivered to:\n", b"u@x.example", b"<u@x.example>:", b"(expanded from: ",
        b"----- Original message -----\n", b">>> RCPT TO:<a@b.example>\n", b"<<< 550 no\n",
        b"550 5.1.1 <u@x.example>... no\n", b"\xff\xfe", "é".encode(), "\u2028".encode(),
        b"\0", b"=20\n",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.binary(max_size=20)), max_size=60).map(b"".join))
def test_whatever_comes_is_read_within_bounds_and_gives_clean_text(message: bytes) -> None:
    report = read_report(message)
    assert report.kind in ("failure", "delay", "success", "feedback", "disposition", "none")
    assert (report.kind == "none") <= (report.said == ())
    for said in report.said:
        assert said.action in ("failed", "delayed", "delivered", "relayed", "expanded", "")
        assert said.recipient == "" or "@" in said.recipient
        for text in (said.recipient, said.reason, said.status):
            assert text.isprintable()
            text.encode()
    for identifier in report.message_ids + report.references:
        assert identifier.startswith("<")
        assert identifier.endswith(">")
        identifier.encode()


def test_what_the_other_library_raises_stays_inside(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Its detectors fail at a missing sender and at 8-bit fields, and log that."""
    text = b"Your message could not be delivered to\n\nu@x.example\n"
    for header in (b"Subject: x\n\n", b"From: \xc4\xd6 <a@b>\n\n", b"From:\n\n", b"From: @\n\n"):
        temporary, permanent = others.failures(header + text)
        assert not temporary
        assert isinstance(permanent, list)
    with caplog.at_level(logging.CRITICAL):
        others.failures(b"\n\n" + text)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
