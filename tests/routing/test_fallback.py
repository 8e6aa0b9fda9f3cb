"""The rules fallback and no-route: where nobody else takes a message."""

from __future__ import annotations

import pytest
from routing.build import DSN, LEAD, facts, message, recipient, taken

from mailgate.errors import ConfigurationError
from mailgate.routing.facts import Fallback
from mailgate.routing.router import route

FALLBACK = Fallback("model=lead", LEAD, "lead")
MISSING = Fallback("model=nope", None, "nope")


def test_the_fallback_takes_what_no_alias_takes() -> None:
    verdict = route(message(), recipient("any@elsewhere.org"), facts(fallback=FALLBACK))
    assert (verdict.outcome, verdict.rule) == ("created", "fallback")
    assert verdict.key == "model=lead"
    (target,) = verdict.targets
    assert (target.model, target.alias, target.record) == (LEAD, None, None)


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("info@example.com", "alias"),
        ("catchall@example.com", "catchall"),
        ("bounce@example.com", "report"),
    ],
)
def test_the_fallback_takes_nothing_from_others(address: str, rule: str) -> None:
    assert route(message(), recipient(address), facts(fallback=FALLBACK)).rule == rule


def test_the_fallback_is_one_recipient_whoever_was_named() -> None:
    letter = message()
    known = {"<new@x.org>": (taken(letter, "model=lead", alias=None),)}
    view = facts(fallback=FALLBACK, known=known)
    assert route(letter, recipient("any@example.com"), view).rule == "duplicate"
    other = facts(fallback=Fallback("model=ticket", 2, "ticket"), known=known)
    assert route(letter, recipient("any@example.com"), other).rule == "fallback"


def test_a_missing_fallback_model_is_an_error_only_where_it_is_needed() -> None:
    view = facts(fallback=MISSING)
    assert route(message(), recipient("info@example.com"), view).rule == "alias"
    assert route(message(DSN), recipient("any@example.com"), view).rule == "report"
    with pytest.raises(ConfigurationError):
        route(message(), recipient("any@example.com"), view)


@pytest.mark.parametrize("text", ["a b", "@d", "info@", "a\x1bb@example.com"])
@pytest.mark.parametrize("fallback", [None, FALLBACK])
def test_what_cannot_be_an_address_is_rejected(text: str, fallback: Fallback | None) -> None:
    verdict = route(message(), recipient(text), facts(fallback=fallback))
    assert (verdict.outcome, verdict.rule, verdict.status) == ("rejected", "no-route", "5.1.3")


def test_what_nobody_takes_is_rejected() -> None:
    verdict = route(message(), recipient("nobody@example.com"), facts())
    assert (verdict.outcome, verdict.rule, verdict.status) == ("rejected", "no-route", "5.1.1")
    assert verdict.reason == "nobody@example.com: no such address here"
    assert verdict.key == ""
