"""The tokens of a mailbox are renewed in time, by one process at once, and never lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest
from channels.answers import Answer, deny, raw, redirect, say, silence
from channels.authorization_server import SECRET, AuthorizationServer
from gateway.mailboxes import PROVIDER, USER, authorized, server_of

from mailgate.clock import iso
from mailgate.errors import ConfigurationError, DatabaseError, MailgateError
from mailgate.gateway.tokens import access_token, grant_state
from mailgate.store import grants

SERVER = server_of()


@pytest.fixture
def provider() -> Iterator[AuthorizationServer]:
    """A provider that ends a grant when a refresh token is used again."""
    with AuthorizationServer() as server:
        yield server


@pytest.fixture
def place(tmp_path: Path) -> str:
    """The folder of secrets."""
    return str(tmp_path / "secrets")


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock stand still, so that no test falls on the turn of a second."""
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-22T17:00:00Z")


@pytest.fixture
def now(provider: AuthorizationServer, place: str) -> int:
    """The second at which the mailbox was authorized."""
    return authorized(provider, place).granted


def token(place: str, now: int, rejected: str | None = None) -> str:
    """Return the access token of the server."""
    return access_token(place, SERVER, PROVIDER, now, rejected)


def error(place: str, provider: AuthorizationServer, now: int) -> MailgateError:
    """Return the error in place of a token; no secret is in it."""
    with pytest.raises(MailgateError) as caught:
        token(place, now)
    assert not any(secret in str(caught.value) for secret in provider.issued())
    return caught.value


def test_a_token_is_used_while_it_is_good(
    provider: AuthorizationServer, place: str, now: int
) -> None:
    asked = len(provider.requests)
    assert token(place, now) == token(place, now + 3299)
    assert len(provider.requests) == asked


def test_a_token_is_renewed_before_its_end_and_the_refresh_token_with_it(
    provider: AuthorizationServer, place: str, now: int
) -> None:
    seen = {token(place, now + hour * 3600) for hour in range(5)}
    assert len(seen) == 5
    assert provider.reused == 0
    assert [fields["grant_type"] for _, fields in provider.requests[1:]] == ["refresh_token"] * 4
    kept = grants.get(place, SERVER.id)
    assert kept is not None
    assert (kept.granted, kept.refreshed) == (now, now + 4 * 3600)


def test_a_token_that_the_mailbox_refused_is_replaced(
    provider: AuthorizationServer, place: str, now: int
) -> None:
    first = token(place, now)
    second = token(place, now, rejected=first)
    assert second != first
    assert token(place, now, rejected=first) == second


PROCESS = """
import sys
sys.path[:0] = {path!r}
from gateway.mailboxes import PROVIDER, server_of
from mailgate.gateway.tokens import access_token
sys.stdin.read()
print(access_token({place!r}, server_of(), PROVIDER, {now}))
"""


def test_of_processes_that_renew_at_once_one_does_and_all_have_its_token(
    provider: AuthorizationServer, place: str, now: int
) -> None:
    """A provider that ends the grant when an old refresh token comes again does not."""
    script = PROCESS.format(path=sys.path, place=place, now=now + 4000)
    command = [sys.executable, "-c", script]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(6)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    printed = [process.communicate(timeout=60) for process in running]
    assert len({out for out, _ in printed}) == 1, printed
    assert [fields["grant_type"] for _, fields in provider.requests[1:]] == ["refresh_token"]
    assert provider.reused == 0
    kept = grants.get(place, SERVER.id)
    assert kept is not None
    assert printed[0][0].strip() == kept.tokens.access_token


def test_a_process_that_is_killed_while_it_renews_stops_nobody(
    provider: AuthorizationServer, place: str, now: int
) -> None:
    provider.answers.append(silence(3))
    asked = len(provider.requests)
    script = PROCESS.format(path=sys.path, place=place, now=now + 4000)
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.DEVNULL) as process:
        while len(provider.requests) == asked:
            sleep(0.02)
        process.kill()
    assert token(place, now + 4000)


def test_a_refresh_token_is_not_spent_where_the_next_could_not_be_kept(
    provider: AuthorizationServer, place: str, now: int
) -> None:
    Path(place, "server-7.grant.new").mkdir()
    asked = len(provider.requests)
    assert isinstance(error(place, provider, now + 4000), DatabaseError)
    assert len(provider.requests) == asked
    Path(place, "server-7.grant.new").rmdir()
    assert token(place, now + 4000)


@pytest.mark.parametrize("code", ["invalid_grant", "interaction_required", "consent_required"])
def test_a_grant_that_the_provider_ended_is_asked_for_once(
    provider: AuthorizationServer, place: str, now: int, code: str
) -> None:
    provider.answers.append(deny(code, "AADSTS50173: The user changed the password."))
    asked = len(provider.requests)
    for _ in range(3):
        found = error(place, provider, now + 4000)
        assert isinstance(found, ConfigurationError)
        assert "AADSTS50173: The user changed the password." in str(found)
        assert str(found).endswith("run mailgate server authorize support")
    assert len(provider.requests) == asked + 1
    assert grant_state(place, SERVER, PROVIDER, now + 4000).state == "dead"
    authorized(provider, place)
    assert grant_state(place, SERVER, PROVIDER, now).state == "ok"
    assert token(place, now)


def test_no_secret_that_a_provider_repeats_is_kept_as_the_reason(
    provider: AuthorizationServer, place: str, now: int
) -> None:
    provider.end_grants()
    found = str(error(place, provider, now + 4000))
    assert "localhost refused: invalid_grant: the token … is not valid any more" in found
    assert "refresh-" not in grant_state(place, SERVER, PROVIDER, now).detail


TROUBLE = [
    raw(b""),
    raw(b"garbage"),
    say(500, b"<html>", "text/html"),
    say(200, {"token": 1}),
    say(200, {"access_token": "a\nb"}),
    redirect("http://localhost:9/"),
    deny("temporarily_unavailable", status=503),
    deny("invalid_client", status=401),
    deny("unauthorized_client"),
    deny("invalid_scope"),
]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_trouble_that_may_pass_ends_no_grant(
    provider: AuthorizationServer, place: str, now: int, trouble: Answer
) -> None:
    provider.answers.append(trouble)
    error(place, provider, now + 4000)
    assert token(place, now + 4000)


def test_a_client_that_is_refused_names_what_to_check(
    provider: AuthorizationServer, place: str, now: int, tmp_path: Path
) -> None:
    provider.secret = SECRET
    assert "check the client id" in str(error(place, provider, now + 4000))
    file = tmp_path / "client-secret"
    file.write_text("an old secret\n")
    file.chmod(0o600)
    kept = grants.get(place, SERVER.id)
    assert kept is not None
    changed = replace(kept, client=replace(kept.client, secret_file=str(file)))
    with grants.locked(place, SERVER.id):
        grants.put(place, SERVER.id, changed)
    found = str(error(place, provider, now + 4000))
    assert f"check the client id and {file}" in found
    assert "an old secret" not in found
    file.write_text(SECRET)
    assert token(place, now + 4000)


def test_a_secret_that_others_can_read_is_not_used(
    provider: AuthorizationServer, place: str, now: int, tmp_path: Path
) -> None:
    file = tmp_path / "client-secret"
    file.write_text(SECRET)
    file.chmod(0o644)
    kept = grants.get(place, SERVER.id)
    assert kept is not None
    with grants.locked(place, SERVER.id):
        grants.put(
            place, SERVER.id, replace(kept, client=replace(kept.client, secret_file=str(file)))
        )
    asked = len(provider.requests)
    assert isinstance(error(place, provider, now + 4000), ConfigurationError)
    assert len(provider.requests) == asked


def test_without_a_refresh_token_access_ends(
    provider: AuthorizationServer, place: str, now: int
) -> None:
    kept = grants.get(place, SERVER.id)
    assert kept is not None
    with grants.locked(place, SERVER.id):
        tokens = replace(kept.tokens, refresh_token=None)
        grants.put(place, SERVER.id, replace(kept, tokens=tokens))
    assert token(place, now)
    assert "gave no refresh token" in str(error(place, provider, now + 4000))
    assert grant_state(place, SERVER, PROVIDER, now).state == "expiring"


def test_a_server_without_a_grant_for_its_user_is_not_authorized(
    provider: AuthorizationServer, place: str, now: int
) -> None:
    with pytest.raises(ConfigurationError, match="other is not authorized: run mailgate server"):
        access_token(place, server_of("other", "other@example.com"), PROVIDER, now)
    with pytest.raises(ConfigurationError, match="support is not authorized"):
        access_token(place, SERVER, "gmail", now)
    grants.remove(place, SERVER.id)
    with pytest.raises(ConfigurationError, match="support is not authorized"):
        token(place, now)
    assert grant_state(place, SERVER, PROVIDER, now).state == "missing"


def test_a_grant_that_cannot_be_read_is_dead_not_an_error(place: str, now: int) -> None:
    Path(place, "server-7.grant").write_text("{")
    found = grant_state(place, SERVER, PROVIDER, now)
    assert found.state == "dead"
    assert "is no grant" in found.detail


def test_an_end_that_moves_on_with_every_refresh_is_told_from_one_that_stays(
    provider: AuthorizationServer, place: str
) -> None:
    provider.refresh_seconds = 10_000
    now = authorized(provider, place).granted
    assert grant_state(place, SERVER, PROVIDER, now).state == "expiring"
    token(place, now + 4000)
    assert grant_state(place, SERVER, PROVIDER, now + 4000).state == "ok"
    assert USER not in grant_state(place, SERVER, PROVIDER, now).detail
    provider.refresh_seconds = 10_000 - 4000
    token(place, now + 8000)
    found = grant_state(place, SERVER, PROVIDER, now + 8000)
    assert (found.state, found.end) == ("expiring", iso(now + 14_000))
