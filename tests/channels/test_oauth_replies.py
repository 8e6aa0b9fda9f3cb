"""What of a provider's tokens and device codes is believed, mended or refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from channels.answers import say
from channels.authorization_server import AuthorizationServer, client_of

from mailgate.channels.forms import ReplyError
from mailgate.channels.oauth import Session

NOW = 1_800_000_000


@pytest.fixture
def provider() -> Iterator[AuthorizationServer]:
    """A provider whose answers the test says."""
    with AuthorizationServer() as server:
        yield server


@pytest.fixture
def session(provider: AuthorizationServer) -> Session:
    """What the client can ask."""
    return Session(client_of(provider), None)


DEVICE = {
    "device_code": "dc",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://example.com/device",
    "expires_in": 1800,
    "interval": 5,
}


@pytest.mark.parametrize(
    ("change", "attribute", "value"),
    [
        ({}, "seconds", 1800),
        ({"interval": None}, "interval", 5),  # RFC 8628 section 3.2
        ({"interval": "7"}, "interval", 7),
        ({"interval": -1}, "interval", 5),
        ({"interval": 10**9}, "interval", 60),
        ({"interval": True}, "interval", 5),
        ({"expires_in": None}, "seconds", 900),
        ({"expires_in": "NaN"}, "seconds", 900),
        (
            {"verification_uri": None, "verification_url": "https://www.google.com/device"},
            "url",
            "https://www.google.com/device",
        ),
    ],
)
def test_what_a_device_reply_lacks_or_overdoes_is_mended(
    provider: AuthorizationServer,
    session: Session,
    change: dict[str, object],
    attribute: str,
    value: object,
) -> None:
    provider.answers.append(say(200, DEVICE | change))
    assert getattr(session.device(), attribute) == value


@pytest.mark.parametrize(
    "change",
    [
        {"device_code": ""},
        {"device_code": 5},
        {"device_code": "a b"},
        {"device_code": "x" * 20_000},
        {"user_code": None},
        {"user_code": "x" * 600},
        {"user_code": "\x1b[31mAB"},
        {"user_code": ["A"]},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "https://x/\n\nenter your password"},
        {"verification_uri": ""},
        {"verification_uri": {"a": 1}},
    ],
)
def test_a_device_reply_that_cannot_be_shown_is_refused(
    provider: AuthorizationServer, session: Session, change: dict[str, object]
) -> None:
    provider.answers.append(say(200, DEVICE | change))
    with pytest.raises(ReplyError, match=r"^localhost gave no \w+ that can be "):
        session.device()


REPLY = {"access_token": "at", "token_type": "Bearer", "expires_in": 600, "refresh_token": "rt"}


@pytest.mark.parametrize(
    ("change", "access_end", "refresh_end"),
    [
        ({}, NOW + 600, None),
        ({"expires_in": None}, NOW + 3600, None),
        ({"expires_in": "3599"}, NOW + 3599, None),
        ({"expires_in": 3599.7}, NOW + 3599, None),
        ({"expires_in": -5}, NOW + 3600, None),
        ({"expires_in": 1e400}, NOW + 3600, None),
        ({"expires_in": []}, NOW + 3600, None),
        ({"expires_in": 10**30}, NOW + 10 * 366 * 86400, None),
        ({"token_type": "bearer"}, NOW + 600, None),
        ({"refresh_token_expires_in": 604799}, NOW + 600, NOW + 604799),  # Google, testing
        ({"refresh_expires_in": 1800}, NOW + 600, NOW + 1800),  # Keycloak
        ({"refresh_expires_in": 0}, NOW + 600, None),  # Keycloak, offline: no end
    ],
)
def test_lifetimes_are_read_as_they_come(
    provider: AuthorizationServer,
    session: Session,
    change: dict[str, Any],
    access_end: int,
    refresh_end: int | None,
) -> None:
    provider.answers.append(say(200, REPLY | change))
    tokens = session.refreshed("old", NOW)
    assert (tokens.access_end, tokens.refresh_end) == (access_end, refresh_end)
    assert (tokens.access_token, tokens.refresh_token) == ("at", "rt")


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "a\r\nb"},
        {"access_token": "a\x01b"},
        {"access_token": "x" * 20_000},
        {"refresh_token": "a\nb"},
        {"refresh_token": {"a": 1}},
        {"token_type": "mac"},
        {"token_type": 1},
    ],
)
def test_tokens_that_cannot_be_used_are_refused_and_not_shown(
    provider: AuthorizationServer, session: Session, change: dict[str, object]
) -> None:
    provider.answers.append(say(200, REPLY | change))
    with pytest.raises(ReplyError) as error:
        session.refreshed("old-refresh-token", NOW)
    text = str(error.value)
    assert text.startswith("localhost gave ")
    assert len(text) < 100
    assert "old-refresh-token" not in text
