"""The rules about a message as a whole: empty, oversize, loop."""

from __future__ import annotations

import pytest
from routing.build import facts, message, recipient

from mailgate.routing.router import route
from mailgate.routing.verdict import Verdict


@pytest.mark.parametrize("body", ["", "\n", "no colon in this line\n", "\n\nFrom: too late\n"])
def test_what_has_no_header_field_is_refused_for_good(body: str) -> None:
    verdict = route(message(header="", body=body), recipient(), facts())
    assert (verdict.outcome, verdict.rule, verdict.status) == ("rejected", "empty", "5.6.0")


def test_one_field_is_enough() -> None:
    assert route(message(header="X-Hello: you\n", body=""), recipient(), facts()).rule == "alias"


@pytest.mark.parametrize(("limit", "rule"), [(1000, "alias"), (60, "oversize"), (20, "oversize")])
def test_more_bytes_than_the_parameter_says_are_refused_for_good(limit: int, rule: str) -> None:
    letter = message(limit=limit)
    verdict = route(letter, recipient(), facts(max_bytes=limit))
    assert verdict.rule == rule
    assert rule == "alias" or (verdict.outcome, verdict.status) == ("rejected", "5.3.4")


def test_a_message_of_exactly_the_limit_is_taken() -> None:
    size = message().original.size
    assert route(message(limit=size), recipient(), facts(max_bytes=size)).rule == "alias"
    assert route(message(limit=size - 1), recipient(), facts(max_bytes=size - 1)).rule == "oversize"


def test_the_limit_in_force_when_it_is_judged_counts() -> None:
    """A parameter may change while a message is read."""
    assert route(message(), recipient(), facts(max_bytes=50)).rule == "oversize"


@pytest.mark.parametrize(
    ("hops", "rule"), [(0, "alias"), (50, "alias"), (51, "loop"), (400, "loop")]
)
def test_more_than_fifty_received_fields_are_a_loop(hops: int, rule: str) -> None:
    verdict = route(message("Received: from a by b\n" * hops), recipient(), facts())
    assert verdict.rule == rule
    assert rule == "alias" or (verdict.outcome, verdict.status) == ("rejected", "5.4.6")


def test_nothing_is_remembered_of_what_is_refused() -> None:
    verdict: Verdict = route(message("Received: x\n" * 60), recipient(), facts())
    assert verdict.key == ""
    assert verdict.targets == ()
