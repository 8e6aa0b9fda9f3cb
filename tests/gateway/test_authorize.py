"""A person agrees: by a device code that is waited for, or by a code that is pasted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from channels.answers import Answer, deny, raw, say
from channels.authorization_server import AuthorizationServer, client_of
from gateway.mailboxes import USER, Person, server_of

from mailgate.channels.forms import RefusedError
from mailgate.entities.grant import Grant
from mailgate.errors import MailgateError
from mailgate.gateway import authorize as module
from mailgate.gateway.authorize import authorize


@pytest.fixture
def provider() -> Iterator[AuthorizationServer]:
    """A provider whose device codes are asked for every 5 seconds, as RFC 8628 has it."""
    with AuthorizationServer(interval=5) as server:
        yield server


class Time:
    """Time that goes on only where somebody waits; ``at`` is what happens at a second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []
        self.at: list[tuple[float, Callable[[], None]]] = []
        monkeypatch.setattr(module, "monotonic", lambda: self.now)

    def pause(self, seconds: float) -> None:
        """Wait."""
        self.pauses.append(seconds)
        self.now += seconds
        for second, action in self.at:
            if self.now - seconds < 1000 + second <= self.now:
                action()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """A clock of the test's."""
    return Time(monkeypatch)


def by_device(provider: AuthorizationServer, time: Time, person: Person | None = None) -> Grant:
    """Authorize by device code."""
    client = client_of(provider)
    return authorize(server_of(), client, person or Person(), pause=time.pause)


def test_a_device_code_is_shown_and_waited_for(provider: AuthorizationServer, time: Time) -> None:
    time.at.append((17, lambda: provider.approve(USER)))
    person = Person()
    grant = by_device(provider, time, person)
    assert time.pauses == [5, 5, 5, 5]
    assert provider.url("enter") in person.read[0]
    assert provider.devices[0].user_code in person.read[0]
    assert provider.devices[0].code not in person.read[0]
    assert "15 minutes" in person.read[0]
    assert grant.user == USER
    assert provider.respond("/introspect", {"token": grant.tokens.access_token})["active"]


def test_who_asks_too_often_asks_five_seconds_later_from_then_on(
    provider: AuthorizationServer, time: Time
) -> None:
    """RFC 8628 section 3.5."""
    device = provider.respond(
        "/device", {"client_id": "test-client", "scope": "mail offline_access"}
    )
    provider.answers.extend(
        [say(200, device), deny("slow_down"), deny("authorization_pending"), deny("slow_down")]
    )
    time.at.append((40, lambda: provider.approve(USER)))
    by_device(provider, time)
    assert time.pauses == [5, 10, 10, 15]


TROUBLE = [
    raw(b""),
    raw(b"garbage\r\n\r\n"),
    say(502, b"<html>Bad gateway</html>", "text/html"),
    deny("temporarily_unavailable", status=503),
]


@pytest.mark.parametrize("trouble", TROUBLE, ids=["cut", "garbage", "html", "unavailable"])
def test_a_provider_in_trouble_is_asked_more_and_more_rarely(
    provider: AuthorizationServer, time: Time, trouble: Answer
) -> None:
    device = provider.respond(
        "/device", {"client_id": "test-client", "scope": "mail offline_access"}
    )
    provider.answers.extend([say(200, device), *[trouble] * 5])
    provider.approve(USER)
    by_device(provider, time)
    assert time.pauses == [5, 10, 20, 40, 60, 60]


def test_a_code_that_nobody_enters_ends_in_time(provider: AuthorizationServer, time: Time) -> None:
    with pytest.raises(MailgateError, match="nobody entered the code in time"):
        by_device(provider, time)
    assert sum(time.pauses) < 900


def test_a_code_that_lives_for_ever_is_waited_for_an_hour(
    provider: AuthorizationServer, time: Time
) -> None:
    device = provider.respond(
        "/device", {"client_id": "test-client", "scope": "mail offline_access"}
    )
    provider.answers.append(say(200, device | {"expires_in": 10**9, "interval": 60}))
    with pytest.raises(MailgateError, match="in time"):
        by_device(provider, time)
    assert sum(time.pauses) < 3600


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("access_denied", "denied in the browser"),
        ("expired_token", "in time"),
        ("invalid_grant", "localhost refused: invalid_grant"),
        ("unsupported_grant_type", "localhost refused: unsupported_grant_type"),
    ],
)
def test_a_final_no_ends_the_waiting(
    provider: AuthorizationServer, time: Time, code: str, words: str
) -> None:
    device = provider.respond(
        "/device", {"client_id": "test-client", "scope": "mail offline_access"}
    )
    provider.answers.extend([say(200, device), deny("authorization_pending"), deny(code)])
    with pytest.raises(MailgateError, match=words) as error:
        by_device(provider, time)
    assert len(time.pauses) == 2
    assert str(device["device_code"]) not in str(error.value)


def test_a_code_is_pasted_where_that_is_wanted_or_needed(provider: AuthorizationServer) -> None:
    client = client_of(provider)
    for by_code, known in ((True, client), (False, replace(client, device_url=None))):
        person = Person(lambda address: provider.agree(address, USER) + "\n")
        grant = authorize(server_of(), known, person, by_code=by_code)
        assert provider.respond("/introspect", {"token": grant.tokens.access_token})["active"]
        assert provider.devices == []


def test_every_request_has_a_state_and_verifier_of_its_own(provider: AuthorizationServer) -> None:
    first, second = Person(lambda _: "x"), Person(lambda _: "x")
    for person in (first, second):
        with pytest.raises(RefusedError):
            authorize(server_of(), client_of(provider), person, by_code=True)
    assert first.read != second.read
    verifiers = [fields["code_verifier"] for _, fields in provider.requests]
    assert len(set(verifiers)) == 2
    assert all(43 <= len(verifier) <= 128 for verifier in verifiers)  # RFC 7636 section 4.1
    assert verifiers[0] not in first.read[0]


def test_the_answer_to_an_earlier_request_is_refused(provider: AuthorizationServer) -> None:
    address = ""

    def remember(found: str) -> str:
        nonlocal address
        address = provider.agree(found, USER)
        return "wrong"

    with pytest.raises(RefusedError, match="invalid_grant"):
        authorize(server_of(), client_of(provider), Person(remember), by_code=True)
    with pytest.raises(MailgateError, match="another request"):
        authorize(server_of(), client_of(provider), Person(lambda _: address), by_code=True)
