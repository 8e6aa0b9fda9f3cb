"""OAuth 2 as a client speaks it, against a server of its own and against hostile replies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from channels.answers import deny
from channels.authorization_server import AuthorizationServer, client_of

from mailgate.channels.forms import RefusedError
from mailgate.channels.oauth import (
    Device,
    Session,
    authorization_url,
    code_challenge,
    pasted_code,
)
from mailgate.entities.grant import PRESETS, Client
from mailgate.errors import MailgateError

NOW = 1_800_000_000
USER = "support@example.com"


@pytest.fixture
def provider() -> Iterator[AuthorizationServer]:
    """A provider."""
    with AuthorizationServer() as server:
        yield server


@pytest.fixture
def session(provider: AuthorizationServer) -> Session:
    """What the client can ask."""
    return Session(client_of(provider), None)


def test_a_device_code_becomes_tokens_when_the_person_agrees(
    provider: AuthorizationServer, session: Session
) -> None:
    device = session.device()
    assert device.url == provider.url("enter")
    assert session.device_tokens(device, NOW) is None
    provider.approve(USER)
    tokens = session.device_tokens(device, NOW)
    assert tokens is not None
    assert tokens.access_end == NOW + 3600
    assert tokens.refresh_end is None
    assert provider.respond("/introspect", {"token": tokens.access_token})["username"] == USER


def test_a_code_becomes_tokens_only_with_its_verifier(
    provider: AuthorizationServer, session: Session
) -> None:
    for verifier, right in (("v" * 43, True), ("w" * 43, False)):
        address = authorization_url(session.client, USER, "state", "v" * 43)
        code = pasted_code(provider.agree(address, USER), "state")
        if right:
            assert session.code_tokens(code, verifier, NOW).refresh_token
        else:
            with pytest.raises(RefusedError, match="invalid_grant"):
                session.code_tokens(code, verifier, NOW)


def test_a_refresh_token_stays_where_the_provider_gives_no_new_one(
    provider: AuthorizationServer, session: Session
) -> None:
    device = session.device()
    provider.approve(USER)
    first = session.device_tokens(device, NOW)
    assert first is not None
    assert first.refresh_token is not None
    provider.rotates = False
    second = session.refreshed(first.refresh_token, NOW)
    assert second.refresh_token == first.refresh_token
    provider.rotates = True
    assert session.refreshed(first.refresh_token, NOW).refresh_token != first.refresh_token


def test_the_secret_of_a_client_goes_with_every_form(provider: AuthorizationServer) -> None:
    provider.secret = "hush"
    session = Session(client_of(provider), "hush")
    session.device_tokens(session.device(), NOW)
    assert [fields["client_secret"] for _, fields in provider.requests] == ["hush", "hush"]
    with pytest.raises(RefusedError, match="invalid_client") as error:
        Session(client_of(provider), "other secret").device()
    assert "other secret" not in str(error.value)


def test_the_challenge_of_pkce_is_as_in_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_address_where_one_agrees_keeps_the_query_of_the_endpoint() -> None:
    """RFC 6749 section 3.1: so Google is told that the access is for a program alone."""
    preset = PRESETS["gmail"]
    client = Client(
        provider="gmail",
        id="id&=#",
        secret_file=None,
        token_url=preset.token_url,
        device_url=None,
        authorization_url=preset.authorization_url,
        scope=preset.scopes["imap"],
        redirect_uri=preset.redirect_uri,
    )
    parts = urlsplit(authorization_url(client, "a+b@example.com", "s", "v" * 43))
    assert parts.netloc == "accounts.google.com"
    assert parse_qs(parts.query) == {
        "access_type": ["offline"],
        "prompt": ["consent"],
        "response_type": ["code"],
        "client_id": ["id&=#"],
        "redirect_uri": [preset.redirect_uri],
        "scope": ["https://mail.google.com/"],
        "state": ["s"],
        "code_challenge": [code_challenge("v" * 43)],
        "code_challenge_method": ["S256"],
        "login_hint": ["a+b@example.com"],
    }


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:48217?state=abc&code=4%2F0Ab%3D",
        "  http://127.0.0.1:48217/?code=4%2F0Ab%3D&scope=x&state=abc&session_state=1#\n",
        "http://127.0.0.1:48217?state=abc&co\nde=4%2F0Ab%3D",
        "4/0Ab=",
        "4/0Ab=\r\n",
    ],
)
def test_a_code_is_found_in_what_people_paste(text: str) -> None:
    assert pasted_code(text, "abc") == "4/0Ab="


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no code"),
        ("\n", "no code"),
        ("http://127.0.0.1:48217/", "no code"),
        ("http://127.0.0.1:48217?state=abc", "no code"),
        ("http://127.0.0.1:48217?state=abc&code=a&code=b", "no code"),
        ("http://127.0.0.1:48217?code=a", "another request"),
        ("http://127.0.0.1:48217?code=a&state=other", "another request"),
        ("http://127.0.0.1:48217?state=abc&error=access_denied", "said no: 'access_denied'"),
        ("http://127.0.0.1:48217?state=abc&error=%1b[2J", r"said no: '\\x1b\[2J'"),
        ("http://127.0.0.1:48217?" + "&".join(["a=b"] * 500), "another request"),
        ("http://[?a=b", "another request"),
        ("x" * 20_000, "no code"),
        ("cödé", "no code"),
        ("a\x1b[2J", "no code"),
    ],
)
def test_what_has_no_code_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(MailgateError, match=words) as error:
        pasted_code(text, "abc")
    assert "\n" not in str(error.value)


def test_what_a_provider_says_no_to_has_its_code(
    provider: AuthorizationServer, session: Session
) -> None:
    for code in ("slow_down", "access_denied", "expired_token"):
        provider.answers.append(deny(code))
        with pytest.raises(RefusedError) as error:
            session.device_tokens(Device("dc", "A", "https://x", 1, 1), NOW)
        assert error.value.code == code


def test_endpoints_that_are_not_known_are_named(session: Session) -> None:
    bare = Session(replace(session.client, device_url=None, authorization_url=None), None)
    with pytest.raises(MailgateError, match="device codes of test"):
        bare.device()
    with pytest.raises(MailgateError, match="agree at test"):
        authorization_url(bare.client, USER, "s", "v")


def test_no_secret_is_in_what_python_shows_of_tokens(session: Session) -> None:
    provider_said = Device("the-device-code", "A", "https://x", 1, 1)
    assert "the-device-code" not in repr(provider_said)
    assert "hush" not in repr(Session(session.client, "hush"))
