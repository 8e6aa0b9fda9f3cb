"""The rule blocked: mail of authors on the block list is ignored."""

from __future__ import annotations

import pytest
from routing.build import DSN, facts, message, recipient, record, threaded

from mailgate.routing.facts import Facts
from mailgate.routing.plan import plan
from mailgate.routing.router import route


def blocking(seen: Facts) -> Facts:
    """Return the facts with the author on the block list."""
    seen.author_blocked = True
    return seen


@pytest.mark.parametrize(
    "address",
    ["info@example.com", "catchall@example.com", "bounce@example.com", "nobody@example.com"],
)
@pytest.mark.parametrize("extra", ["", DSN])
def test_nothing_of_a_blocked_author_is_wanted_nor_answered(address: str, extra: str) -> None:
    decided = plan(message(extra), (recipient(address),), blocking(facts()))
    assert (decided.best.outcome, decided.best.rule) == ("ignored", "blocked")
    assert "ann@x.org" in decided.best.reason
    assert (decided.keep, decided.exit_code, decided.wishes) == (True, 0, ())


def test_nor_are_answers() -> None:
    seen = facts(known={"<old@x>": (threaded(5),)}, records=(record(5, follows=True),))
    answer = message("In-Reply-To: <old@x>\n")
    assert route(answer, recipient(), blocking(seen)).rule == "blocked"


def test_what_was_ignored_may_come_again() -> None:
    """Once the author is off the list, the same message is welcome."""
    assert route(message(), recipient(), blocking(facts())).key == ""


def test_an_author_on_no_list_goes_on() -> None:
    assert route(message(), recipient(), facts()).rule == "alias"
