"""How many records an author, or an alias, may start within the window."""

from __future__ import annotations

import pytest
from routing.build import (
    DOMAIN,
    HELP,
    INFO,
    LEAD,
    OTHER,
    TICKET,
    alias,
    facts,
    message,
    recipient,
    record,
    threaded,
)

from mailgate.entities.defaults import DEFAULTS
from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts, Fallback, Openings, Parameters
from mailgate.routing.plan import Plan, plan
from mailgate.routing.router import openings, route

FALLBACK = Fallback("model=lead", LEAD, "lead")
Counts = dict[int, tuple[int, int]]


def view(
    by_author: Counts | None = None,
    by_alias: Counts | None = None,
    *,
    author: int = 20,
    of_alias: int = 0,
    allowed: bool = False,
    **options: object,
) -> Facts:
    """Return facts with these openings (started, held) and thresholds."""
    sales = alias(3, "sales")
    found = facts(INFO, HELP, sales, **options)  # type: ignore[arg-type]  # as declared
    thresholds = {
        "mail.gateway.loop.threshold": str(author),
        "mail.gateway.alias.threshold": str(of_alias),
    }
    found.parameters = Parameters(DEFAULTS | thresholds)
    found.openings = Openings(by_author or {}, by_alias or {})
    found.author_allowed = allowed
    return found


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        ((0, 0), "created"),
        ((19, 0), "created"),
        ((20, 0), "held"),
        ((20, 19), "held"),
        ((20, 20), "rejected"),
        ((25, 40), "rejected"),
        ((19, 40), "created"),
    ],
)
def test_an_author_starts_so_many_as_many_are_held_and_then_no_more(
    counts: tuple[int, int], outcome: str
) -> None:
    verdict = route(message(), recipient(), view({LEAD: counts}))
    assert (verdict.outcome, verdict.rule) == (outcome, "alias")
    assert verdict.status == ("5.7.1" if outcome == "rejected" else "2.0.0")
    assert verdict.notice == ("loop" if outcome == "held" else None)
    assert (verdict.held is not None) is (outcome == "held")
    assert verdict.held is None or verdict.held[0] == "loop"
    assert bool(verdict.key) is (outcome != "rejected")


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [((2, 0), "created"), ((3, 0), "held"), ((3, 2), "held"), ((3, 3), "rejected")],
)
def test_so_does_an_alias_whoever_writes(counts: tuple[int, int], outcome: str) -> None:
    for allowed in (False, True):
        seen = view(by_alias={1: counts}, of_alias=3, allowed=allowed)
        assert route(message(), recipient(), seen).outcome == outcome


def test_models_and_aliases_are_counted_apart() -> None:
    seen = view({TICKET: (20, 20)}, {2: (9, 9)}, of_alias=3)
    assert route(message(), recipient("info@example.com"), seen).outcome == "created"
    assert route(message(), recipient("help@example.com"), seen).outcome == "rejected"


@pytest.mark.parametrize("options", [{"allowed": True}, {"author": 0}])
def test_the_allow_list_and_threshold_0_turn_an_authors_limit_off(
    options: dict[str, int],
) -> None:
    seen = view({LEAD: (500, 500)}, **options)  # type: ignore[arg-type]  # as declared
    assert route(message(), recipient(), seen).outcome == "created"


def test_a_reply_is_never_limited() -> None:
    full = {"by_author": {LEAD: (99, 99)}, "by_alias": {1: (99, 99)}, "of_alias": 1}
    seen = view(known={"<old@x>": (threaded(5),)}, records=(record(5),), **full)  # type: ignore[arg-type]  # as declared
    answer = message("In-Reply-To: <old@x>\n")
    assert route(answer, recipient(), seen).outcome == "replied"
    feeding = view({LEAD: (99, 99)}, records=(record(5),))
    feeding.directory.aliases = (alias(1, "info", record=5),)
    assert route(message(), recipient(), feeding).outcome == "replied"


def test_a_record_that_takes_the_place_of_one_that_is_gone_is() -> None:
    seen = view({LEAD: (20, 0)}, known={"<old@x>": (threaded(5),)})
    verdict = route(message("In-Reply-To: <old@x>\n"), recipient(), seen)
    assert (verdict.outcome, verdict.rule, verdict.held and verdict.held[0]) == (
        "held",
        "reply",
        "loop",
    )


def test_fallback_records_count_too() -> None:
    seen = view({LEAD: (20, 0)}, fallback=FALLBACK)
    verdict = route(message(), recipient("any@example.com"), seen)
    assert (verdict.outcome, verdict.rule, verdict.key) == ("held", "fallback", "model=lead")


def decide(letter: Incoming, seen: Facts, *addresses: str) -> Plan:
    """Judge a message for these recipients."""
    return plan(letter, tuple(recipient(address) for address in addresses), seen)


def test_a_limit_judges_a_message_as_a_whole() -> None:
    """What it starts at one recipient does not count at the next, so no order decides."""
    decided = decide(message(), view(author=1), "info@example.com", "sales@example.com", "help")
    assert [v.outcome for _, v in decided.judged] == ["created", "created", "created"]
    full = view({LEAD: (1, 0)}, author=1)
    decided = decide(message(), full, "info@example.com", "sales@example.com", "help")
    assert [openings(v) for _, v in decided.judged] == [
        [(LEAD, 1, True)],
        [(LEAD, 3, True)],
        [(TICKET, 2, False)],
    ]


def test_each_alias_of_one_address_that_a_limit_holds_is_counted() -> None:
    seen = view({LEAD: (1, 0)}, author=1)
    seen.directory.aliases = tuple(
        alias(number, "info", domain=domain, detection=True)
        for number, domain in ((1, DOMAIN), (5, OTHER))
    )
    (verdict,) = (v for _, v in decide(message(), seen, "info@elsewhere.org").judged)
    assert openings(verdict) == [(LEAD, 1, True), (LEAD, 5, True)]


def test_over_the_bound_a_channel_that_cannot_reject_holds_for_the_limit() -> None:
    best = decide(message(refusable=False), view({LEAD: (20, 20)}), "info@example.com").best
    assert best.held is not None
    assert (best.held[0], openings(best)) == ("loop", [])


def test_a_limit_stops_no_other_route() -> None:
    seen = view({LEAD: (20, 20)})
    decided = decide(message(), seen, "info@example.com", "help@example.com", "bounce@example.com")
    assert [v.outcome for _, v in decided.judged] == ["rejected", "created", "report"]
    assert decided.exit_code == 0


def test_all_rejected_by_the_limit_is_no_permission() -> None:
    assert decide(message(), view({LEAD: (20, 20)}), "info@example.com").exit_code == 77


@pytest.mark.parametrize("address", ["info@example.com", "nobody@example.com", "a b"])
def test_where_nothing_can_be_rejected_what_is_held_instead_is_known_by_its_recipient(
    address: str,
) -> None:
    """So a mailbox that shows it again adds nothing."""
    letter = message(refusable=False)
    best = decide(letter, view({LEAD: (20, 20)}), address).best
    assert (best.outcome, best.message_id, best.key) == ("held", "<new@x.org>", address)
