"""Logging in at an IMAP server: no password leaves before the server is known to be right."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from typing import Literal

import pytest
from channels.scripted import SECRET, Answer, Script, Talk, imap
from system.certificates import Certificates

from mailgate.channels import imap as channel
from mailgate.channels.mailbox import LoginError, MailboxError, Security
from mailgate.errors import ConfigurationError, TemporaryError

CAPABLE = b"* CAPABILITY IMAP4rev1 %s\r\n%%T OK done\r\n"


def seen_secret(lines: list[bytes]) -> bool:
    """Return whether the password came in, in any of its forms."""
    plain = b64encode(f"\0ann\0{SECRET}".encode())
    return any(SECRET.encode() in line or plain in line for line in lines)


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
    assert not seen_secret(server.seen)


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
    assert not seen_secret(server.seen)


@pytest.mark.parametrize(
    "answer", [b"%T NO no\r\n", b"%T BAD unknown command\r\n", b"%T OK go\r\nx OK early\r\n"]
)
def test_without_starttls_no_password_is_sent(answer: Answer) -> None:
    """Whether it was stripped on the way, or more than its answer was put there."""
    with (
        imap({b"STARTTLS": answer}) as server,
        pytest.raises(TemporaryError),
    ):
        channel.connect(server.settings(security="starttls"))
    assert [line for line in server.commands() if line] == [b"STARTTLS"]


@pytest.mark.parametrize(
    "greeting",
    [
        b"* PREAUTH welcome\r\n",
        b"* OK hi\r\n* CAPABILITY AUTH=PLAIN\r\n",
        b"* OK hi\r\na1 OK go\r\n",
    ],
)
def test_a_server_that_speaks_unasked_before_starttls_is_refused(greeting: bytes) -> None:
    """What was injected in plain text must not count under TLS (CVE-2011-0411 and its kin)."""
    with imap(greeting=greeting) as server, pytest.raises(MailboxError, match="no password"):
        channel.connect(server.settings(security="starttls"))
    assert server.seen == []


@pytest.mark.usefixtures("trusted")
def test_what_was_said_before_tls_is_forgotten(certificates: Certificates) -> None:
    """The capabilities of the greeting are nobody's."""

    def start(talk: Talk, tag: bytes) -> None:
        talk.send(tag + b" OK begin\r\n")
        talk.start_tls(certificates.server(certificates.good))

    greeting = b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=EVIL LOGINDISABLED] hi\r\n"
    with imap({b"STARTTLS": start}, greeting) as server:
        channel.connect(server.settings(security="starttls")).close()
    assert [line.split()[0] for line in server.commands()][:3] == [
        b"STARTTLS",
        b"CAPABILITY",
        b"AUTHENTICATE",
    ]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("which", "text"),
    [
        ("own", "signed by itself"),
        ("expired", "expired"),
        ("wrong_name", "for another name"),
    ],
)
def test_a_certificate_that_is_not_right_gets_no_password(
    certificates: Certificates, security: Security, which: str, text: str
) -> None:
    """One line says what is wrong; it is for the administrator."""
    context = certificates.server(getattr(certificates, which))

    def start(talk: Talk, tag: bytes) -> None:
        talk.send(tag + b" OK begin\r\n")
        talk.start_tls(context)

    at_once = context if security == "tls" else None
    with (
        imap({b"STARTTLS": start}, tls=at_once) as server,
        pytest.raises(ConfigurationError, match=text) as caught,
    ):
        channel.connect(server.settings(security=security))
    assert str(caught.value).endswith("(no password was sent)")
    assert "\n" not in str(caught.value)
    assert not seen_secret(server.seen)


def test_an_authority_that_the_system_does_not_know_is_not_trusted(
    certificates: Certificates,
) -> None:
    """Without the tests' authority among those of the system."""
    with (
        imap(tls=certificates.server(certificates.good)) as server,
        pytest.raises(ConfigurationError, match="does not trust"),
    ):
        channel.connect(server.settings(security="tls"))
    assert server.seen == []


@pytest.mark.usefixtures("trusted")
def test_a_port_without_tls_is_named() -> None:
    """The usual mistake: the port of STARTTLS."""
    with imap() as server, pytest.raises(MailboxError, match="does not speak TLS on this port"):
        channel.connect(server.settings(security="tls"))


def test_the_secret_is_asked_for_only_when_the_server_is_known_to_be_right() -> None:
    """A password command is not even run before."""

    def never() -> str:
        raise AssertionError

    with imap({b"STARTTLS": b"%T NO no\r\n"}) as server, pytest.raises(ConfigurationError):
        channel.connect(replace(server.settings(security="starttls"), secret=never))


@pytest.mark.parametrize(
    "greeting",
    [b"* BYE busy\r\n", b"220 mail.example.com ESMTP\r\n", b"+OK POP3\r\n", b"\r\n", b"* NO\r\n"],
)
def test_what_does_not_greet_as_imap_does_is_left_alone(greeting: bytes) -> None:
    """With a line that says so."""
    with imap(greeting=greeting) as server, pytest.raises(MailboxError):
        channel.connect(server.settings())
    assert server.seen == []


def test_a_port_on_which_nobody_listens_is_an_error_of_one_line() -> None:
    """It may be there the next time."""
    with imap() as server:
        settings = server.settings()
    with pytest.raises(MailboxError, match="connection failed: Connection refused"):
        channel.connect(settings)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 70 + ".test", "x..y", ""])
def test_a_host_that_has_no_address_is_an_error_of_one_line(host: str) -> None:
    """Whatever is wrong with its name."""
    with imap() as server, pytest.raises(MailboxError) as caught:
        channel.connect(replace(server.settings(), host=host))
    assert "\n" not in str(caught.value)


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
    assert not seen_secret(server.seen)
