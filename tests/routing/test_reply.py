"""The rule reply: an answer finds its conversation wherever it arrives."""

from __future__ import annotations

import pytest
from routing.build import (
    DOMAIN,
    HELP,
    INFO,
    LEAD,
    TICKET,
    alias,
    facts,
    message,
    recipient,
    record,
    threaded,
)

from mailgate.routing.facts import Known
from mailgate.routing.router import route
from mailgate.routing.verdict import Verdict

ANSWER = "In-Reply-To: <old@x>\n"


def target(verdict: Verdict) -> int | None:
    """Return the record that a verdict adds to."""
    (found,) = verdict.targets
    return found.record


@pytest.mark.parametrize(
    "address",
    [
        "info@example.com",
        "catchall@example.com",
        "all@example.net",
        "catchall+x@old.example",
        "retired@example.com",
        "typo@example.com",
        "typo@old.example",
        "typo",
    ],
)
def test_an_answer_is_added_whatever_our_address(address: str) -> None:
    view = facts(
        known={"<old@x>": (threaded(5),)},
        records=(record(5),),
        retired={"retired@example.com": "alias"},
    )
    verdict = route(message(ANSWER), recipient(address), view)
    assert (verdict.outcome, verdict.rule, target(verdict)) == ("replied", "reply", 5)


def test_a_wrong_local_part_is_let_pass_only_where_nobody_could_ask_before() -> None:
    view = facts(known={"<old@x>": (threaded(5),)}, records=(record(5),))
    checked = message(ANSWER, checked=True)
    assert route(checked, recipient("typo@example.com"), view).rule == "no-route"
    assert route(checked, recipient("info@example.com"), view).rule == "reply"


def test_a_foreign_address_takes_no_answers() -> None:
    view = facts(known={"<old@x>": (threaded(5),)}, records=(record(5),))
    assert route(message(ANSWER), recipient("info@elsewhere.org"), view).rule == "no-route"


@pytest.mark.parametrize(
    ("extra", "number"),
    [
        ("In-Reply-To: <one@x>\nReferences: <two@x>\n", 1),
        ("References: <one@x> <two@x>\n", 2),
        ("References: <two@x> <one@x>\n", 1),
        ("In-Reply-To: <unknown@x>\nReferences: <one@x>\n", 1),
        ("In-Reply-To: <unknown@x> <two@x>\nReferences: <one@x>\n", 2),
        ("References: <one@\n x>\n", 1),
        ("In-Reply-To: one@x (said Ann)\n", 1),
    ],
)
def test_the_likeliest_reference_decides(extra: str, number: int) -> None:
    view = facts(
        known={"<one@x>": (threaded(1),), "<two@x>": (threaded(2),)},
        records=(record(1), record(2)),
    )
    assert target(route(message(extra), recipient(), view)) == number


def test_only_the_newest_32_references_are_looked_at() -> None:
    view = facts(known={"<old@x>": (threaded(5),)}, records=(record(5),))
    filler = " ".join(f"<{number}@y>" for number in range(32))
    assert route(message(f"References: <old@x> {filler}\n"), recipient(), view).rule == "alias"
    assert route(message(f"References: {filler} <old@x>\n"), recipient(), view).rule == "reply"


def test_for_an_alias_a_record_of_its_model_goes_first() -> None:
    view = facts(
        known={"<old@x>": (threaded(1, LEAD, 1),), "<help@x>": (threaded(2, TICKET, 2),)},
        records=(record(1, LEAD), record(2, TICKET, 2)),
    )
    both = message("In-Reply-To: <old@x>\nReferences: <help@x>\n")
    assert target(route(both, recipient("info@example.com"), view)) == 1
    assert target(route(both, recipient("help@example.com"), view)) == 2
    assert target(route(both, recipient("catchall@example.com"), view)) == 1


@pytest.mark.parametrize(
    ("recipients", "fields", "rule"),
    [
        (("help@example.com",), "", "alias"),
        (None, "To: help@example.com\n", "alias"),
        (None, "Delivered-To: help@example.com\n", "alias"),
        (None, "Cc: help@example.com\n", "reply"),
        (None, "X-Original-To: help@example.com\n", "reply"),
    ],
)
def test_a_forward_to_an_alias_of_another_model_is_new_mail(
    recipients: tuple[str, ...] | None, fields: str, rule: str
) -> None:
    """Without an envelope only where the alias is meant; merely in Cc it is passed over."""
    view = facts(known={"<old@x>": (threaded(1, LEAD),)}, records=(record(1, LEAD),))
    forward = message(ANSWER + fields, recipients=recipients)
    assert route(forward, recipient("help@example.com"), view).rule == rule


@pytest.mark.parametrize(("local_part", "number"), [("info", 3), ("help", 4), ("catchall", 7)])
def test_of_several_records_by_one_id_the_aliass_own_goes_first_else_the_newest(
    local_part: str, number: int
) -> None:
    sales = alias(2, "help", LEAD)
    rows = (threaded(3, LEAD, 1), threaded(4, LEAD, 2), threaded(7, LEAD, 9))
    view = facts(INFO, sales, known={"<old@x>": rows}, records=(record(3), record(4), record(7)))
    verdict = route(message(ANSWER), recipient(f"{local_part}@example.com"), view)
    assert target(verdict) == number


@pytest.mark.parametrize(
    ("follows", "addressed", "stranger"),
    [(False, False, True), (True, False, False), (False, True, False)],
)
def test_a_stranger_is_neither_follower_nor_addressed(
    follows: bool, addressed: bool, stranger: bool
) -> None:
    view = facts(
        known={"<old@x>": (threaded(5),)},
        records=(record(5, follows=follows, addressed=addressed),),
    )
    (found,) = route(message(ANSWER), recipient(), view).targets
    assert found.stranger is stranger


@pytest.mark.parametrize("address", ["info@example.com", "catchall@example.com"])
def test_where_the_record_is_gone_a_new_one_takes_its_place(address: str) -> None:
    view = facts(known={"<old@x>": (threaded(5, LEAD, 1),)})
    verdict = route(message(ANSWER), recipient(address), view)
    assert (verdict.outcome, verdict.rule) == ("created", "reply")
    (found,) = verdict.targets
    assert (found.record, found.model, found.alias) == (None, LEAD, 1)
    assert found.alias_address == "info@example.com"
    assert found.replaces == ("<old@x>",)
    assert found.domain == DOMAIN.id


def test_a_forward_goes_before_a_record_that_is_gone() -> None:
    view = facts(known={"<old@x>": (threaded(5, LEAD, 1),)})
    assert route(message(ANSWER), recipient("help@example.com"), view).rule == "alias"


def test_a_record_that_exists_goes_before_one_that_is_gone() -> None:
    """The one that took the place of the other is named by the same id."""
    rows = (threaded(5), threaded(9))
    view = facts(known={"<old@x>": rows}, records=(record(9),))
    assert target(route(message(ANSWER), recipient(), view)) == 9


def test_a_gone_record_of_a_gone_model_is_no_conversation() -> None:
    view = facts(known={"<old@x>": (threaded(5, 99, 7),)})
    assert route(message(ANSWER), recipient("catchall@example.com"), view).rule == "catchall"


def test_what_was_held_is_no_conversation() -> None:
    held = Known("info@example.com", 0, None, 1)
    assert route(message(ANSWER), recipient(), facts(known={"<old@x>": (held,)})).rule == "alias"


def test_a_refusing_alias_refuses_answers_too() -> None:
    closed = alias(1, "info", policy="internal")
    view = facts(closed, HELP, known={"<old@x>": (threaded(5),)}, records=(record(5),))
    verdict = route(message(ANSWER), recipient(), view)
    assert (verdict.outcome, verdict.rule) == ("refused", "reply")
    assert route(message(ANSWER), recipient("catchall@example.com"), view).rule == "reply"


def test_followers_of_the_record_may_answer_through_a_followers_alias() -> None:
    closed = alias(1, "info", policy="followers")
    known = {"<old@x>": (threaded(5),)}
    follower = facts(closed, known=known, records=(record(5, follows=True),))
    stranger = facts(closed, known=known, records=(record(5),))
    assert route(message(ANSWER), recipient(), follower).outcome == "replied"
    assert route(message(ANSWER), recipient(), stranger).outcome == "refused"


def test_what_cannot_be_an_address_takes_no_answers() -> None:
    view = facts(known={"<old@x>": (threaded(5),)}, records=(record(5),))
    assert route(message(ANSWER), recipient("a b"), view).status == "5.1.3"


TOKEN = "catchall+token@example.com"


def sent(record: int = 5, model: int = LEAD, alias: int | None = 1) -> Known:
    """Return that our mail about a record carries a token."""
    return Known("", record, model, alias, outgoing=True)


@pytest.mark.parametrize("address", [TOKEN, "info+token@example.com", "was+token@example.com"])
def test_a_token_names_the_record_where_no_reference_does(address: str) -> None:
    view = facts(
        known={"token": (sent(),)},
        tokens={address: "token"},
        records=(record(5),),
        retired={"was@example.com": "alias"},
    )
    for extra in ("", "In-Reply-To: <unknown@x>\n"):
        verdict = route(message(extra), recipient(address), view)
        assert (verdict.outcome, verdict.rule, target(verdict)) == ("replied", "reply", 5)
        assert "the reply token of record 5" in verdict.reason


def test_a_token_counts_for_its_own_recipient_only() -> None:
    view = facts(known={"token": (sent(),)}, tokens={TOKEN: "token"}, records=(record(5),))
    assert route(message(), recipient("info@example.com"), view).rule == "alias"
    assert route(message("In-Reply-To: token\n"), recipient(), view).rule == "alias"
    assert route(message("In-Reply-To: <token>\n"), recipient(), view).rule == "alias"


def test_ids_go_before_the_token_but_for_an_aliass_model() -> None:
    known = {"<old@x>": (threaded(1, LEAD),), "token": (sent(2, TICKET, 2),)}
    tokens = dict.fromkeys((TOKEN, "info+token@example.com"), "token")
    tokens["help+token@example.com"] = "token"
    view = facts(known=known, tokens=tokens, records=(record(1, LEAD), record(2, TICKET, 2)))
    found = [target(route(message(ANSWER), recipient(address), view)) for address in tokens]
    assert found == [1, 1, 2]


def test_a_token_of_another_model_makes_a_forward_and_a_policy_refuses_it() -> None:
    address = "help+token@example.com"
    known = {"token": (sent(),)}
    view = facts(known=known, tokens={address: "token"}, records=(record(5),))
    assert route(message(), recipient(address), view).rule == "alias"
    address = "info+token@example.com"
    closed = alias(1, "info", policy="internal")
    view = facts(closed, known=known, tokens={address: "token"}, records=(record(5),))
    verdict = route(message(), recipient(address), view)
    assert (verdict.outcome, verdict.rule) == ("refused", "reply")


def test_a_token_of_a_record_that_is_gone_revives_it_and_names_the_new_one_then() -> None:
    gone = facts(known={"token": (sent(),)}, tokens={TOKEN: "token"})
    verdict = route(message(), recipient(TOKEN), gone)
    (found,) = verdict.targets
    assert (verdict.outcome, found.model, found.replaces) == ("created", LEAD, ("token",))
    successor = Known("", 9, LEAD, 1)
    view = facts(
        known={"token": (sent(), successor)}, tokens={TOKEN: "token"}, records=(record(9),)
    )
    assert target(route(message(), recipient(TOKEN), view)) == 9


def test_a_token_of_which_nothing_is_known_is_no_match() -> None:
    view = facts(tokens={TOKEN: "token"})
    assert route(message(), recipient(TOKEN), view).rule == "catchall"
