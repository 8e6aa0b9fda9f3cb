"""The rule alias: which aliases an address matches, and what they start."""

from __future__ import annotations

import pytest
from routing.build import (
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
    taken,
)

from mailgate.routing.directory import Directory, local_parts
from mailgate.routing.router import route


@pytest.mark.parametrize(
    "address",
    [
        "info@example.com",
        "INFO@Example.Com",
        "info",
        "info+detail@example.com",
        "info+a+b@example.com",
        "info@old.example",
    ],
)
def test_an_alias_takes_its_address_its_details_and_its_redirected_domains(address: str) -> None:
    verdict = route(message(), recipient(address), facts())
    assert (verdict.outcome, verdict.rule, verdict.status) == ("created", "alias", "2.0.0")
    (target,) = verdict.targets
    assert (target.record, target.model, target.alias) == (None, LEAD, INFO.id)
    assert verdict.key == recipient(address).address


@pytest.mark.parametrize(
    "address",
    [
        "info@example.net",
        "info@elsewhere.org",
        "inf@example.com",
        "infox@example.com",
        "+info@example.com",
    ],
)
def test_by_default_the_whole_address_must_match(address: str) -> None:
    assert route(message(), recipient(address), facts()).rule == "no-route"


def test_the_exact_name_goes_before_the_name_without_detail() -> None:
    exact = alias(3, "info+sales", TICKET)
    (target,) = route(message(), recipient("info+sales@example.com"), facts(INFO, exact)).targets
    assert target.alias == 3
    (target,) = route(message(), recipient("info+other@example.com"), facts(INFO, exact)).targets
    assert target.alias == INFO.id


@pytest.mark.parametrize(
    ("allowed", "address", "found"),
    [
        ((), "info@elsewhere.org", True),
        ((), "info+x@elsewhere.org", True),
        ((), "other@elsewhere.org", False),
        (("good.org",), "info@elsewhere.org", False),
        (("good.org",), "info@good.org", True),
        (("good.org",), "info@example.com", True),
        (("good.org",), "info@example.net", True),
        (("good.org",), "info@old.example", True),
        (("good.org",), "info@sub.good.org", False),
    ],
)
def test_local_part_detection_looks_at_the_domain_only_where_domains_are_listed(
    allowed: tuple[str, ...], address: str, *, found: bool
) -> None:
    view = facts(alias(1, "info", detection=True), allowed=allowed)
    verdict = route(message(), recipient(address), view)
    assert verdict.rule == ("alias" if found else "no-route")


def test_several_aliases_make_several_records() -> None:
    first = alias(1, "info", LEAD, detection=True)
    second = alias(2, "info", TICKET, domain=OTHER)
    verdict = route(message(), recipient("info@example.net"), facts(first, second))
    assert [target.alias for target in verdict.targets] == [1, 2]
    assert verdict.outcome == "created"


def test_of_several_aliases_one_that_has_it_does_not_keep_it_from_the_other() -> None:
    letter = message()
    first = alias(1, "info", LEAD, detection=True)
    second = alias(2, "info", TICKET, domain=OTHER)
    known = {"<new@x.org>": (taken(letter, "info@example.com", alias=1),)}
    verdict = route(letter, recipient("info@example.net"), facts(first, second, known=known))
    assert verdict.outcome == "created"
    assert [target.alias for target in verdict.targets] == [2]


def test_a_refusal_by_one_alias_does_not_stop_the_other() -> None:
    first = alias(1, "info", detection=True, policy="internal", on_refusal="reject")
    second = alias(2, "info", TICKET, domain=OTHER)
    verdict = route(message(), recipient("info@example.net"), facts(first, second))
    assert verdict.outcome == "created"
    assert [target.alias for target in verdict.targets] == [2]


def test_a_hold_by_one_alias_is_kept_beside_the_record_of_the_other() -> None:
    first = alias(1, "info", detection=True, fault="its model has no field x any more")
    second = alias(2, "info", TICKET, domain=OTHER)
    verdict = route(message(), recipient("info@example.net"), facts(first, second))
    assert verdict.outcome == "created"
    assert verdict.held is not None
    assert verdict.invalid == (1,)
    assert [target.alias for target in verdict.targets] == [2]


def test_a_hold_beside_a_refusal_is_remembered() -> None:
    """Else each retry would hold it once more."""
    first = alias(1, "info", detection=True, policy="internal")
    second = alias(2, "info", TICKET, domain=OTHER, fault="broken")
    verdict = route(message(), recipient("info@example.net"), facts(first, second))
    assert verdict.held is not None
    assert verdict.key == "info@example.net"


def test_a_new_record_has_the_aliass_name_values_and_followers() -> None:
    rich = alias(1, "info", values=(("team", "a"),), name="Lead", followers=("boss@example.com",))
    (target,) = route(message(), recipient(), facts(rich)).targets
    assert target.values == (("team", "a"),)
    assert target.name == "Lead"
    assert target.followers == ("boss@example.com",)
    assert target.alias_address == "info@example.com"
    assert target.domain == 1


def test_an_alias_with_a_target_record_feeds_it_and_nobody_is_a_stranger_there() -> None:
    feeding = alias(1, "info", record=5)
    verdict = route(message(), recipient(), facts(feeding, records=(record(5, TICKET),)))
    assert (verdict.outcome, verdict.rule) == ("replied", "alias")
    (target,) = verdict.targets
    assert (target.record, target.model, target.stranger) == (5, TICKET, False)


def test_mail_to_an_alias_whose_target_record_is_gone_is_held() -> None:
    verdict = route(message(), recipient(), facts(alias(1, "info", record=5)))
    assert (verdict.outcome, verdict.rule) == ("held", "alias")
    assert verdict.held is not None
    assert verdict.held[0] == "alias"
    assert verdict.invalid == (1,)
    assert verdict.key == "info@example.com"


def test_mail_to_an_alias_whose_defaults_no_longer_fit_is_held() -> None:
    verdict = route(message(), recipient(), facts(alias(1, "info", fault="no field x")))
    assert (verdict.outcome, verdict.rule, verdict.invalid) == ("held", "alias", (1,))


def test_the_same_message_is_in_a_target_record_once() -> None:
    letter = message()
    feeding = alias(2, "help", record=5)
    known = {"<new@x.org>": (taken(letter, "info@example.com", record=5),)}
    view = facts(INFO, feeding, known=known, records=(record(5),))
    assert route(letter, recipient("help@example.com"), view).outcome == "duplicate"


@pytest.mark.parametrize(
    ("local_part", "delimiter", "parts"),
    [
        ("info", "+", ("info",)),
        ("info+x", "+", ("info+x", "info")),
        ("info+x+y", "+", ("info+x+y", "info")),
        ("+x", "+", ("+x",)),
        ("++x", "+", ("++x", "+")),
        ("info+", "+", ("info+", "info")),
        ("info+x", "", ("info+x",)),
        ("info-x", "-", ("info-x", "info")),
    ],
)
def test_a_detail_stands_behind_the_first_delimiter(
    local_part: str, delimiter: str, parts: tuple[str, ...]
) -> None:
    assert local_parts(local_part, delimiter) == parts


def test_an_empty_directory_knows_nobody() -> None:
    directory = Directory()
    assert not directory.ours("info@example.com")
    assert directory.role("info@example.com") is None
    assert directory.resolve("info@example.com") == "info@example.com"


def test_help_is_another_alias_than_info() -> None:
    (target,) = route(message(), recipient("help@example.com"), facts()).targets
    assert (target.alias, target.model) == (HELP.id, TICKET)
