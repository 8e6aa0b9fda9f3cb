"""Logins by token: the texts of RFC 7628 and of the providers' documentation."""

from __future__ import annotations

from base64 import b64decode
from typing import Literal

import pytest

from mailgate.channels.mailbox import Settings
from mailgate.channels.sasl import Login
from mailgate.errors import MailgateError


def login(mechanism: Literal["xoauth2", "oauthbearer"], user: str, token: str) -> Login:
    """Return a login to the mailbox of RFC 7628 section 4.1."""
    return Login(Settings("server.example.com", 143, user, lambda: token, mechanism=mechanism))


@pytest.mark.parametrize(
    ("user", "token", "encoded"),
    [
        (  # Google, "OAuth 2.0 mechanism": initial client response
            "someuser@example.com",
            "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg",
            b"dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52"
            b"YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==",
        ),
        (  # Microsoft, "Authenticate an IMAP, POP or SMTP connection using OAuth"
            "test@contoso.onmicrosoft.com",
            "EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA",
            b"dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9QmVhcmVyIEV3QkFBbDNCQUFVRkZwVUFv"
            b"N0ozVmUwYmpMQldaV0NjbFJDM0VvQUEBAQ==",
        ),
    ],
)
def test_xoauth2_is_as_the_providers_document_it(user: str, token: str, encoded: bytes) -> None:
    assert login("xoauth2", user, token).first() == encoded


def test_oauthbearer_is_as_in_rfc_7628_section_4_1() -> None:
    token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
    assert login("oauthbearer", "user@example.com", token).first() == (
        b"bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcm"
        b"VyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
    )


def test_a_comma_or_equals_sign_in_a_name_is_written_as_rfc_5801_says() -> None:
    text = b64decode(login("oauthbearer", "a,b=c@example.com", "t").first())
    assert text.startswith(b"n,a=a=2Cb=3Dc@example.com,\x01host=")


def test_names_that_are_not_ascii_are_utf_8() -> None:
    text = b64decode(login("xoauth2", "grüße@example.com", "t").first())
    assert text == "user=grüße@example.com\x01auth=Bearer t\x01\x01".encode()


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
@pytest.mark.parametrize(
    ("user", "token"),
    [
        ("", "t"),
        ("a\x01auth=Bearer x", "t"),
        ("a\r\nb", "t"),
        ("a", ""),
        ("a", "to\x01ken"),
        ("a", "to\r\nken"),
    ],
)
def test_neither_name_nor_token_smuggles_in_another_field(
    mechanism: Literal["xoauth2", "oauthbearer"], user: str, token: str
) -> None:
    with pytest.raises(MailgateError) as error:
        login(mechanism, user, token)
    assert "ken" not in str(error.value)


def test_a_refusal_is_answered_so_that_the_server_ends_the_login() -> None:
    """RFC 7628 section 3.2.3 has a single control-A; the providers' form an empty line."""
    assert login("oauthbearer", "a", "t").second() == b"AQ=="
    assert login("xoauth2", "a", "t").second() == b""


@pytest.mark.parametrize(
    ("wanted", "offered", "taken"),
    [
        ("xoauth2", [b"PLAIN", b"XOAUTH2", b"OAUTHBEARER"], b"user="),
        ("oauthbearer", [b"PLAIN", b"XOAUTH2", b"OAUTHBEARER"], b"n,a="),
        ("xoauth2", [b"OAUTHBEARER"], b"n,a="),
        ("oauthbearer", [b"XOAUTH2"], b"user="),
        ("xoauth2", [b"PLAIN"], b"user="),
        ("xoauth2", [], b"user="),
    ],
)
def test_of_the_two_ways_to_send_a_token_the_one_is_taken_that_is_offered(
    wanted: Literal["xoauth2", "oauthbearer"], offered: list[bytes], taken: bytes
) -> None:
    chosen = login(wanted, "a", "t")
    chosen.choose(offered)
    assert b64decode(chosen.first()).startswith(taken)
