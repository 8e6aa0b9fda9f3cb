"""The rule auto-reply: a machine's answer does not start a record."""

from __future__ import annotations

import pytest
from routing.build import INFO, LEAD, alias, facts, message, recipient, record, threaded

from mailgate.routing.facts import Fallback
from mailgate.routing.router import route

AUTO = "Auto-Submitted: auto-replied\n"
FALLBACK = Fallback("model=lead", LEAD, "lead")


@pytest.mark.parametrize("field", [AUTO, "X-Autoreply: yes\n", "Precedence: auto_reply\n"])
def test_an_automatic_reply_that_would_start_a_record_is_ignored(field: str) -> None:
    verdict = route(message(field), recipient(), facts())
    assert (verdict.outcome, verdict.rule) == ("ignored", "auto-reply")


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-generated\n",
        "Auto-Submitted: no\n",
        "List-Id: <l.example.com>\n",
        "Precedence: list\n",
        "Precedence: bulk\n",
    ],
)
def test_other_machines_and_lists_write_ordinary_mail(field: str) -> None:
    assert route(message(field), recipient(), facts()).outcome == "created"


def test_the_null_sender_alone_proves_nothing() -> None:
    assert route(message(sender=""), recipient(), facts()).outcome == "created"


def test_an_automatic_reply_continues_a_conversation() -> None:
    view = facts(known={"<old@x>": (threaded(5),)}, records=(record(5),))
    assert route(message(AUTO + "In-Reply-To: <old@x>\n"), recipient(), view).rule == "reply"


def test_an_automatic_reply_to_an_aliass_target_record_starts_nothing() -> None:
    feeding = alias(1, "info", record=5)
    verdict = route(message(AUTO), recipient(), facts(feeding, records=(record(5),)))
    assert (verdict.outcome, verdict.rule) == ("replied", "alias")


def test_the_fallback_does_not_take_automatic_replies_either() -> None:
    view = facts(INFO, fallback=FALLBACK)
    assert route(message(AUTO), recipient("any@example.com"), view).rule == "auto-reply"


def test_where_nobody_would_take_it_there_is_no_route() -> None:
    assert route(message(AUTO), recipient("any@example.com"), facts()).rule == "no-route"
