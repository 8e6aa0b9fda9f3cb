"""Logging in at a POP3 server: no password leaves before the server is known to be right."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from channels.scripted import SECRET, Script, Talk, pop3
from system.certificates import Certificates

from mailgate.channels import pop3 as channel
from mailgate.channels.mailbox import LoginError, MailboxError
from mailgate.errors import ConfigurationError, TemporaryError


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({b"PASS": b"-ERR wrong\r\n"}, LoginError),
        ({b"USER": b"-ERR nobody\r\n"}, LoginError),
        ({b"PASS": b"-ERR [AUTH] wrong\r\n"}, LoginError),
        ({b"PASS": b"-ERR [IN-USE] locked\r\n"}, MailboxError),
        ({b"PASS": b"-ERR [LOGIN-DELAY] wait\r\n"}, MailboxError),
        ({b"PASS": b"-ERR [SYS/TEMP] LDAP is down\r\n"}, MailboxError),
        ({b"CAPA": b"+OK\r\nTOP\r\n.\r\n"}, ConfigurationError),
    ],
)
def test_a_refusal_is_the_administrators_business_unless_it_may_pass(
    changes: Script, error: type[Exception]
) -> None:
    """RFC 2449 and RFC 3206 tell them apart."""
    with pop3(changes) as server, pytest.raises(TemporaryError) as caught:
        channel.connect(server.settings(after="delete"))
    assert type(caught.value) is error


def test_a_server_that_repeats_the_password_does_not_bring_it_into_a_message() -> None:
    """Nor anything else that was sent."""
    said = b"-ERR not " + SECRET.encode() + b"\r\n"
    with pop3({b"PASS": said}) as server, pytest.raises(LoginError, match=r"not \*\*\*$"):
        channel.connect(server.settings(after="delete"))


def test_a_refused_token_is_answered_as_its_mechanism_demands() -> None:
    """RFC 7628, 3.2.3, over RFC 5034."""
    answers = []

    def refuse(talk: Talk, tag: bytes) -> None:
        talk.send(b"+ \r\n")
        answers.append(b64decode(talk.line()))
        talk.send(b"+ " + b64encode(b'{"status":"401"}') + b"\r\n")
        answers.append(talk.line())
        talk.send(b"-ERR [AUTH] no\r\n")

    capable = b"+OK\r\nSASL PLAIN XOAUTH2\r\n.\r\n"
    with (
        pop3({b"CAPA": capable, b"AUTH XOAUTH2": refuse}) as server,
        pytest.raises(LoginError, match="401"),
    ):
        channel.connect(server.settings(after="delete", mechanism="xoauth2"))
    assert answers == [f"user=ann\1auth=Bearer {SECRET}\1\1".encode(), b""]


def test_a_mechanism_that_is_not_offered_is_a_clear_error() -> None:
    """And nothing is sent in its place."""
    with pop3() as server, pytest.raises(ConfigurationError, match="XOAUTH2"):
        channel.connect(server.settings(after="delete", mechanism="xoauth2"))
    assert server.seen == [b"CAPA"]


@pytest.mark.parametrize("answer", [b"-ERR no\r\n", b"+OK go\r\n+OK early\r\n"])
def test_without_starttls_no_password_is_sent(answer: bytes) -> None:
    """Whether it was stripped on the way, or more than its answer was put there."""
    with (
        pop3({b"STLS": answer}) as server,
        pytest.raises(TemporaryError, match=r"not trusted|no password"),
    ):
        channel.connect(server.settings(after="delete", security="starttls"))
    assert server.seen[:1] == [b"STLS"]
    assert b"USER ann" not in server.seen


def test_a_server_that_speaks_unasked_before_starttls_is_refused() -> None:
    """What was injected in plain text must not count under TLS."""
    with (
        pop3(greeting=b"+OK\r\n+OK early\r\n") as server,
        pytest.raises(MailboxError, match="no password"),
    ):
        channel.connect(server.settings(after="delete", security="starttls"))
    assert server.seen == []


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("which", ["own", "expired", "wrong_name"])
def test_a_certificate_that_is_not_right_gets_no_password(
    certificates: Certificates, which: str
) -> None:
    """One line says so."""
    context = certificates.server(getattr(certificates, which))
    with pop3(tls=context) as server, pytest.raises(ConfigurationError, match="no password"):
        channel.connect(server.settings(after="delete", security="tls"))
    assert server.seen == []


@pytest.mark.parametrize("greeting", [b"-ERR busy\r\n", b"* OK IMAP\r\n", b"\r\n"])
def test_what_does_not_greet_as_pop3_does_is_left_alone(greeting: bytes) -> None:
    """With a line that says so."""
    with pop3(greeting=greeting) as server, pytest.raises(MailboxError):
        channel.connect(server.settings(after="delete"))
    assert server.seen == []


def test_the_secret_is_asked_for_only_when_the_server_is_known_to_be_right() -> None:
    """A password command is not even run before."""

    def never() -> str:
        raise AssertionError

    with pop3({b"STLS": b"-ERR no\r\n"}) as server, pytest.raises(ConfigurationError):
        channel.connect(replace(server.settings(after="delete", security="starttls"), secret=never))
