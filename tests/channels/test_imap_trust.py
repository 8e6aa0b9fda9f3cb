"""Which IMAP servers are trusted: certificates, STARTTLS, and what listens on wrong ports."""

from __future__ import annotations

from dataclasses import replace

import pytest
from channels.scripted import Answer, Talk, imap
from system.certificates import Certificates

from mailgate.channels import imap as channel
from mailgate.channels.mailbox import MailboxError, Security
from mailgate.errors import ConfigurationError, TemporaryError


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
    assert not server.heard_secret()


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
