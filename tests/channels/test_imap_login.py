"""Logging in at an IMAP server: no password leaves before the server is known to be right."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from typing import Literal

import pytest
from channels.scripted import SECRET, Script, Talk, imap

from mailgate.channels import imap as channel
from mailgate.channels.mailbox import LoginError, MailboxError
from mailgate.errors import ConfigurationError, TemporaryError

CAPABLE = b"* CAPABILITY IMAP4rev1 %s\r\n%%T OK done\r\n"


def test_plain_goes_with_the_command_where_the_server_takes_it() -> None:
    """RFC 4959, RFC 4616."""
    with imap() as server:
        channel.connect(server.settings()).close()
    (line,) = (line for line in server.commands() if line.startswith(b"AUTH"))
    assert b64decode(line.split()[2]) == f"\0ann\0{SECRET}".encode()


def test_plain_waits_to_be_asked_where_the_server_wants_it() -> None:
    """RFC 9051, 6.2.2."""

    def ask(talk: Talk, tag: bytes) -> None:
        talk.send(b"+ \r\n")
        assert b64decode(talk.line()) == f"\0ann\0{SECRET}".encode()
        talk.send(tag + b" OK in\r\n")

    script: Script = {b"CAPABILITY": CAPABLE % b"AUTH=PLAIN", b"AUTHENTICATE PLAIN": ask}
    with imap(script) as server:
        channel.connect(server.settings()).close()
    assert b"AUTHENTICATE PLAIN" in server.commands()


def test_login_is_the_last_resort() -> None:
    """Quotes and backslashes do not end the string."""
    with imap({b"CAPABILITY": CAPABLE % b""}) as server:
        secret = 'a"b\\'
        channel.connect(replace(server.settings(), secret=lambda: secret)).close()
    assert b'LOGIN "ann" "a\\"b\\\\"' in server.commands()


def test_a_password_that_is_not_ascii_goes_as_a_literal() -> None:
    """Quoted strings have 7 bits."""
    said = []

    def ask(talk: Talk, tag: bytes) -> None:
        for _ in range(2):
            talk.send(b"+ go on\r\n")
            said.append(talk.line())
        talk.send(tag + b" OK in\r\n")

    with imap({b"CAPABILITY": CAPABLE % b"", b"LOGIN": ask}) as server:
        channel.connect(replace(server.settings(), secret=lambda: "größe")).close()
    assert said == [b"ann {7}", "größe".encode()]


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_refused_token_ends_with_the_mechanisms_last_word(
    mechanism: Literal["xoauth2", "oauthbearer"],
) -> None:
    """RFC 7628, 3.2.3: the client answers the challenge; what it says reaches people."""
    answers = []
    why = b64encode(json.dumps({"status": "401", "schemes": "bearer"}).encode())

    def refuse(talk: Talk, tag: bytes) -> None:
        talk.send(b"+ " + why + b"\r\n")
        answers.append(talk.line())
        talk.send(tag + b" NO [AUTHENTICATIONFAILED] refused\r\n")

    capable = CAPABLE % b"SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER"
    with (
        imap({b"CAPABILITY": capable, b"AUTHENTICATE": refuse}) as server,
        pytest.raises(LoginError, match="401") as caught,
    ):
        channel.connect(server.settings(mechanism=mechanism))
    assert answers == [b"" if mechanism == "xoauth2" else b"AQ=="]
    assert SECRET not in str(caught.value)


def test_a_mechanism_that_is_not_offered_is_a_clear_error() -> None:
    """And nothing is sent in its place."""
    with imap() as server, pytest.raises(ConfigurationError, match=r"XOAUTH2, only PLAIN"):
        channel.connect(server.settings(mechanism="xoauth2"))
    assert not server.heard_secret()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"%T NO [AUTHENTICATIONFAILED] wrong\r\n", LoginError),
        (b"%T NO wrong\r\n", LoginError),
        (b"%T BAD what\r\n", LoginError),
        (b"%T NO [UNAVAILABLE] LDAP is down\r\n", MailboxError),
        (b"%T NO [INUSE] somebody is in\r\n", MailboxError),
        (b"* BYE too many connections\r\n", MailboxError),
        (b"+ YWJj\r\n+ YWJj\r\n", MailboxError),
        (b"", MailboxError),
    ],
)
def test_a_refusal_is_the_administrators_business_unless_it_may_pass(
    answer: bytes, error: type[Exception]
) -> None:
    """RFC 5530 tells them apart."""
    with imap({b"AUTHENTICATE": answer}) as server:
        settings = server.settings(timeout=0.5)
        with pytest.raises(TemporaryError) as caught:
            channel.connect(settings)
    assert type(caught.value) is error


def test_a_server_that_repeats_the_password_does_not_bring_it_into_a_message() -> None:
    """In no form in which it was sent."""
    coded = b64encode(f"\0ann\0{SECRET}".encode())
    said = b"%T NO you said " + SECRET.encode() + b" that is " + coded + b"\r\n"
    with imap({b"AUTHENTICATE": said}) as server, pytest.raises(LoginError) as caught:
        channel.connect(server.settings())
    assert str(caught.value).endswith("NO you said *** that is ***")


def test_control_characters_of_a_server_do_not_reach_people() -> None:
    """And of a long text only the beginning."""
    said = b"%T NO \x1b[2Jgone\x07\xff" + b"x" * 5000 + b"\r\n"
    with imap({b"AUTHENTICATE": said}) as server, pytest.raises(LoginError) as caught:
        channel.connect(server.settings())
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("secret", ["", "a\r\nb", "a\0"])
def test_a_password_that_cannot_be_sent_is_refused_here(secret: str) -> None:
    """A line end in it would begin another command."""
    with imap() as server, pytest.raises(ConfigurationError) as caught:
        channel.connect(replace(server.settings(), secret=lambda: secret))
    assert repr(secret)[1:-1] not in str(caught.value) or not secret
    assert not any(line.startswith(b"AUTH") for line in server.commands())


def test_no_password_goes_where_the_server_takes_none() -> None:
    """RFC 9051, 6.2.3: LOGINDISABLED."""
    with (
        imap({b"CAPABILITY": CAPABLE % b"LOGINDISABLED STARTTLS"}) as server,
        pytest.raises(ConfigurationError, match="no password without TLS"),
    ):
        channel.connect(server.settings())
    assert not server.heard_secret()


def test_capabilities_come_with_the_log_in_or_are_asked_for() -> None:
    """They may be others than before."""
    with imap({b"AUTHENTICATE": b"%T OK [CAPABILITY IMAP4rev1 MOVE] in\r\n"}) as server:
        channel.connect(server.settings()).close()
    assert server.commands().count(b"CAPABILITY") == 1
    with imap() as server:
        channel.connect(server.settings()).close()
    assert server.commands().count(b"CAPABILITY") == 2


def test_a_server_that_knows_its_client_needs_no_password() -> None:
    """RFC 9051, 7.1.4: PREAUTH, in plain text only where that was asked for by name."""
    with imap(greeting=b"* PREAUTH ready\r\n") as server:
        channel.connect(server.settings()).close()
    assert not server.heard_secret()
