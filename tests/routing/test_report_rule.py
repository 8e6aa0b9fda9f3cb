"""The rule report: mail about mail never starts or continues a record."""

from __future__ import annotations

import pytest
from routing.build import (
    ARF,
    BOUNCED,
    DSN,
    LETTER,
    facts,
    message,
    recipient,
    record,
    taken,
    threaded,
)

from mailgate.routing.facts import Known
from mailgate.routing.router import route


@pytest.mark.parametrize(
    "address",
    ["bounce@example.com", "bounce+token@example.com", "bounce@old.example", "errors@example.net"],
)
def test_everything_at_a_bounce_address_is_a_report(address: str) -> None:
    verdict = route(message(), recipient(address), facts())
    assert (verdict.outcome, verdict.rule) == ("report", "report")
    assert verdict.key == recipient(address).address
    assert verdict.targets == ()


@pytest.mark.parametrize("address", ["info@example.com", "catchall@example.com", "no@example.com"])
def test_a_delivery_status_is_a_report_wherever_it_arrives(address: str) -> None:
    assert route(message(DSN), recipient(address), facts()).outcome == "report"


def test_a_bounce_by_its_form_is_a_report_wherever_it_arrives() -> None:
    letter = message(body=BOUNCED, sender="")
    assert route(letter, recipient(), facts()).outcome == "report"


def test_a_report_about_a_record_does_not_continue_it() -> None:
    view = facts(known={"<old@x>": (threaded(5),)}, records=(record(5),))
    verdict = route(message(DSN + "References: <old@x>\n"), recipient(), view)
    assert verdict.outcome == "report"


def test_feedback_about_nothing_we_sent_is_ordinary_mail_to_an_alias() -> None:
    """An abuse desk wants to see it."""
    assert route(message(ARF), recipient("info@example.com"), facts()).outcome == "created"
    assert route(message(ARF), recipient("catchall@example.com"), facts()).outcome == "report"
    sent = {"<sent@example.com>": (Known("", 5, 1, 1, outgoing=True),)}
    ours = message(ARF + "References: <sent@example.com>\n")
    assert route(ours, recipient("info@example.com"), facts(known=sent)).outcome == "report"


@pytest.mark.parametrize(
    ("kind", "rule"), [("bounce", "report"), ("catchall", "retired"), ("alias", "retired")]
)
def test_a_retired_bounce_address_still_takes_whatever_one_takes(kind: str, rule: str) -> None:
    view = facts(retired={"was@example.com": kind})
    assert route(message(), recipient("was@example.com"), view).rule == rule
    assert route(message(), recipient("was+x@old.example"), view).rule == rule


def test_an_alias_at_a_retired_bounce_address_comes_first() -> None:
    view = facts(retired={"info@example.com": "bounce"})
    assert route(message(), recipient(), view).rule == "alias"


def test_the_same_report_again_is_a_duplicate() -> None:
    report = message(DSN)
    known = {"<new@x.org>": (taken(report, "bounce@example.com", record=0, alias=None),)}
    assert route(report, recipient("bounce@example.com"), facts(known=known)).rule == "duplicate"


def test_another_report_under_the_same_id_is_flagged() -> None:
    known = {"<new@x.org>": (taken(message(), "bounce@example.com", record=0, alias=None),)}
    other = message(header=LETTER.replace("chairs", "tables"))
    verdict = route(other, recipient("bounce@example.com"), facts(known=known))
    assert (verdict.outcome, verdict.flags) == ("report", ("reused-id",))
