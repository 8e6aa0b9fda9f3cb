"""Hostile header fields by the thousand: each is decided, soon and in little memory."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway.decider import RECIPIENTS, furnish
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mailgate

SECONDS = 0.5
MEGABYTES = 100
TESTS = Path(__file__).resolve().parents[1]
SOURCE = Path(mailgate.__file__).parent.parent


class Decider:
    """The other process."""

    def __init__(self, path: str) -> None:
        words = [sys.executable, str(TESTS / "gateway" / "decider.py"), path]
        environ = {**os.environ, "PYTHONPATH": f"{SOURCE}:{TESTS}"}
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ
        )
        self.letters = 0

    def ask(self, raw: bytes, sender: str = "ann@x.org") -> dict[str, Any]:
        """Have a message decided; nothing may go wrong, nor last, nor grow."""
        who = sender.encode("utf-8", "surrogateescape")
        source, answers = self._process.stdin, self._process.stdout
        assert source is not None
        assert answers is not None
        source.write(struct.pack(">II", len(raw), len(who)) + who + raw)
        source.flush()
        said: dict[str, Any] = json.loads(answers.readline())
        assert not said["wrong"], said["wrong"]
        assert len(said["outcomes"]) == len(RECIPIENTS)
        assert said["seconds"] < SECONDS
        assert said["memory"] < MEGABYTES
        self.letters = said["letters"]
        return said

    def end(self) -> None:
        """End the process."""
        self._process.communicate()


@pytest.fixture(scope="module")
def deciders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Decider, Decider]]:
    """Two processes that decide for all tests here, so that what leaks is seen.

    One asks for no proof of authors and so writes many letters, the other one does.
    """
    open_, strict = tmp_path_factory.mktemp("open"), tmp_path_factory.mktemp("strict")
    found = Decider(furnish(open_)), Decider(furnish(strict, "mx.example.com"))
    yield found
    for decider in found:
        decider.end()


def header(*fields: bytes) -> bytes:
    """Return a message with these fields below those of any letter."""
    lines = [b"From: ann@x.org", b"To: info@example.com", b"Subject: chairs", b"Message-ID: <1@x>"]
    return b"\n".join([*lines, *fields, b"", b"hello", b""])


def instead(name: bytes, value: bytes) -> bytes:
    """Return a message with that value in one of its fields."""
    fields = {b"From": b"ann@x.org", b"To": b"x@x.org", b"Subject": b"chairs"}
    fields |= {b"Message-ID": b"<1@x>", name: value}
    return b"".join(key + b": " + found + b"\n" for key, found in fields.items()) + b"\nhello\n"


GREEDY = {
    "no header": b"hello",
    "nothing": b"",
    "many fields": b"X: y\n" * 200_000 + b"\nhello\n",
    "many lines in a field": b"Subject: a\n" + b" b\n" * 400_000 + b"\nhello\n",
    "one long line": b"Subject: " + b"a" * 5_000_000 + b"\n\nhello\n",
    "a line without an end": b"a" * 5_000_000,
    "a colon line without an end": b"From: " + b"(" * 5_000_000,
    "nested comments": instead(b"To", b"(" * 1000 + b"a@b" + b")" * 1000),
    "unclosed comments": instead(b"From", b"(" * 60_000),
    "unclosed quotes": instead(b"From", b'"' * 60_001),
    "backslashes": instead(b"From", b"\\" * 60_000),
    "unclosed groups": instead(b"To", b"a:" * 30_000),
    "many addresses": instead(b"To", b"a@b.org, " * 7000),
    "many names in a domain": instead(b"From", b"a@" + b"b." * 30_000),
    "many at signs": instead(b"From", b"@" * 60_000),
    "many fields of addresses": b"From: a@b\n" + b"Cc: a@b, c@d, e@f\n" * 900 + b"\nhello\n",
    "a broken id": instead(b"Message-ID", b"<<<<<<"),
    "many ids": header(b"References: " + b"<a@b> " * 10_000),
    "ids without an end": header(b"References: " + b"<" * 60_000),
    "ids in comments": header(b"In-Reply-To: " + b"(<a@b>" * 10_000),
    "a long id": instead(b"Message-ID", b"<" + b"a" * 60_000 + b"@b>"),
    "an id of emoji": instead(b"Message-ID", "<{}@b>".format("😀" * 248).encode()),
    "an id of controls": instead(b"Message-ID", b"<a\x01\x1b\x7f@b\x00>"),
    "many encoded words": instead(b"Subject", b"=?utf-8?q?a?= " * 4000),
    "unclosed encoded words": instead(b"Subject", b"=?utf-8?q?" * 6000),
    "question marks": instead(b"Subject", b"=?" * 30_000),
    "odd charsets": instead(b"Subject", b"=?hex?q?00?= =?zlib?b?eJw=?= =?idna?q?xn--?= =?x?q?a?="),
    "surrogates": instead(b"Subject", b"=?utf-7?q?+2AA-?= =?utf-16?b?2AA=?= \xed\xa0\x80"),
    "odd domains": instead(b"From", "a@ß．example。com, b@xn--, c@xn--a.😀".encode()),
    "many results": header(b"Authentication-Results: mx.example.com; " + b"dkim=pass; " * 5000),
    "comments in results": header(b"Authentication-Results: mx.example.com; " + b"(" * 60_000),
    "fields of results": b"From: a@b\n" + b"Authentication-Results: mx.example.com;spf=x\n" * 990,
    "many hops": b"Received: from a by b\n" * 900 + b"From: a@b\n\nhello\n",
    "parameters": header(b"Content-Type: multipart/report; " + b"a=b; " * 12_000),
    "a report that never says what": header(b"Content-Type: multipart/report; report-type" * 500),
    "an automatic field": header(b"Auto-Submitted: " + b"(" * 60_000),
    "a large body": header() + b"x" * 3_000_000,
    "a body of line ends": header() + b"\n" * 3_000_000,
    "an encoded alias": instead(b"Subject", b"=?utf-8?q?=0D=0ABcc:_eve=40y.org?="),
}


@pytest.mark.parametrize("name", GREEDY)
def test_what_is_known_to_break_others_is_decided(
    deciders: tuple[Decider, Decider], name: str
) -> None:
    for decider in deciders:
        decider.ask(GREEDY[name])
        decider.ask(GREEDY[name], "")


def test_letters_go_out_meanwhile(deciders: tuple[Decider, Decider]) -> None:
    """So what the other process checks of them is worth something."""
    before = deciders[0].letters
    said = deciders[0].ask(instead(b"Message-ID", b"<letters@x>"))
    assert said["outcomes"] == ["created", "refused", "ignored", "refused", "report", "rejected"]
    assert said["letters"] == before + 4


BLANK = [" ", "\t", "\n ", "\0", "é", "(", ")", '"', "\\", ";", ","]
ADDRESSES = [
    *("ann", "@", "x.org", "<", ">", ":", ".", "..", "[", "]", "+", "a" * 300, "\r", "xn--a"),
    *("ß", "\u202e", "\u200b", "＠", "。", "=?utf-8?q?a?=", "info@example.com", "[127.0.0.1]"),
    *("mailer-daemon", "undisclosed-recipients:;", "bounce+x@example.com"),
]
IDS = ["<", ">", "@", "a", "1@x", "<open@x>", "b" * 99]
RESULTS = [
    *("mx.example.com", "evil.org", "=", "dkim", "spf", "dmarc", "pass", "fail", "@", "/", "1"),
    *("header.d", "header.i", "smtp.mailfrom", "x.org"),
]
AUTOMATIC = ["auto-replied", "auto-generated", "no", "bulk", "list", "All", "=", "x"]
RECEIVED = ["from", "by", "for", "<a@b>", "Sun, 22 Nov", "[::1]"]


def made_of(parts: list[str]) -> st.SearchStrategy[bytes]:
    """Return values of such parts, or of anything."""
    likely = st.lists(st.sampled_from(parts + BLANK), max_size=30).map("".join)
    text = st.one_of(likely, likely, st.text(max_size=60))
    return st.one_of(text.map(lambda t: t.encode("utf-8", "replace")), st.binary(max_size=60))


VALUES = {
    **dict.fromkeys(["From", "To", "Cc", "Sender", "Return-Path", "Delivered-To"], ADDRESSES),
    **dict.fromkeys(["Message-ID", "In-Reply-To", "References", "X-Mailgate-Message-ID"], IDS),
    **dict.fromkeys(["Auto-Submitted", "Precedence", "X-Auto-Response-Suppress"], AUTOMATIC),
    **dict.fromkeys(["Subject", "Date", "Content-Type", "X-Spam-Flag"], ADDRESSES + AUTOMATIC),
    "Authentication-Results": RESULTS,
    "Received": RECEIVED,
}
FIELD = st.one_of(
    *(
        st.tuples(st.just(name.encode()), made_of(parts)).map(b": ".join)
        for name, parts in VALUES.items()
    )
)
MESSAGE = st.tuples(st.lists(FIELD, max_size=8).map(b"\n".join), st.binary(max_size=40)).map(
    b"\n\n".join
)
SENDER = st.one_of(st.just("ann@x.org"), made_of(ADDRESSES).map(lambda b: b.decode("latin-1")))


@settings(
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(MESSAGE, SENDER, st.booleans())
def test_any_fields_are_decided(
    deciders: tuple[Decider, Decider], raw: bytes, sender: str, strict: bool
) -> None:
    deciders[strict].ask(raw, sender)
