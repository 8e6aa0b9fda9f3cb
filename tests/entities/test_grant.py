"""How long a grant lasts, as far as can be said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailgate.clock import iso
from mailgate.entities.grant import LOOPBACK, Client, Forecast, Grant, Tokens, forecast

NOW = 1_800_000_000
DAY = 86400
USER = "support@example.com"


def grant(provider: str = "gmail", **changes: object) -> Grant:
    """Return a grant of now; a change is one of the grant's or of its tokens."""
    client = Client(provider, "id", "/s", "https://x/t", None, None, "mail", LOOPBACK)
    names = ("access_token", "access_end", "refresh_token", "refresh_end")
    given = {key: changes.pop(key) for key in names if key in changes}
    known = {"access_token": "AT", "access_end": NOW + 3600}
    known |= {"refresh_token": "RT", "refresh_end": None}
    tokens = Tokens(**(known | given))  # type: ignore[arg-type]
    return replace(Grant(USER, client, tokens, NOW, NOW), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kept", "after", "state", "end"),
    [
        (grant("other"), 3000 * DAY, "ok", None),
        (grant("gmail"), 0, "ok", 180 * DAY),
        (grant("gmail"), 165 * DAY, "ok", 180 * DAY),
        (grant("gmail"), 166 * DAY, "expiring", 180 * DAY),
        (grant("gmail"), 180 * DAY, "dead", 180 * DAY),
        (grant("outlook"), 75 * DAY, "ok", 90 * DAY),
        (grant("Outlook"), 76 * DAY, "expiring", 90 * DAY),
        # A provider that says the end, as Google does for a project in testing.
        (grant("gmail", refresh_end=NOW + 7 * DAY), 0, "expiring", 7 * DAY),
        (grant("gmail", refresh_end=NOW + 7 * DAY), 7 * DAY, "dead", 7 * DAY),
        (grant("gmail", refresh_end=NOW + 365 * DAY), 0, "ok", 180 * DAY),
        (grant("other", refresh_end=NOW + 60 * DAY), 45 * DAY, "ok", 60 * DAY),
        (grant("other", refresh_end=NOW + 60 * DAY), 46 * DAY, "expiring", 60 * DAY),
        # An end that moves on with every refresh is near only where nothing refreshes.
        (grant("other", refresh_end=NOW + 1800, slides=True), 0, "ok", 1800),
        (grant("other", refresh_end=NOW + 1800, slides=True), 900, "expiring", 1800),
        (grant("other", refresh_end=NOW + 60 * DAY, slides=True), 45 * DAY, "ok", 60 * DAY),
        (grant("other", refresh_end=NOW + 60 * DAY, slides=True), 46 * DAY, "expiring", 60 * DAY),
        # Without a refresh token nothing can be renewed.
        (grant("gmail", refresh_token=None), 0, "expiring", 3600),
        (grant("gmail", refresh_token=None), 3600, "dead", 3600),
        (grant("gmail", refused="invalid_grant"), 0, "dead", None),
    ],
)
def test_a_grant_is_about_to_die_two_weeks_before(
    kept: Grant, after: int, state: str, end: int | None
) -> None:
    found = forecast(kept, USER, kept.client.provider, NOW + after)
    assert (found.state, found.end) == (state, None if end is None else iso(NOW + end))
    assert found.detail
    assert "\n" not in found.detail


@pytest.mark.parametrize(
    ("user", "provider"), [("other@example.com", "gmail"), (USER, "outlook"), (USER, None)]
)
def test_a_grant_for_another_mailbox_is_none(user: str, provider: str | None) -> None:
    assert forecast(grant(), user, provider, NOW).state == "missing"
    assert forecast(None, user, provider, NOW) == Forecast("missing", None, "not authorized yet")


@pytest.mark.parametrize(
    ("lifetime", "after", "fresh"),
    [
        (3600, 0, True),
        (3600, 3299, True),
        (3600, 3300, False),
        (3600, 4000, False),
        (60, 29, True),  # a short one is used for the half of its time
        (60, 30, False),
        (1, 0, True),
        (1, 1, False),
    ],
)
def test_an_access_token_is_renewed_some_minutes_before_its_end(
    lifetime: int, after: int, fresh: bool
) -> None:
    assert grant(access_end=NOW + lifetime).is_fresh(NOW + after) is fresh


def test_no_secret_is_in_what_python_shows_of_a_grant() -> None:
    shown = repr(grant(access_token="at-secret", refresh_token="rt-secret"))
    assert "secret=" not in shown
    assert "at-secret" not in shown
    assert "rt-secret" not in shown
