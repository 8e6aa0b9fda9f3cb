"""The rules catchall and retired: addresses that take replies only."""

from __future__ import annotations

import pytest
from routing.build import INFO, alias, facts, message, recipient

from mailgate.routing.router import route


@pytest.mark.parametrize(
    "address", ["catchall@example.com", "catchall+x@example.com", "CATCHALL@old.example"]
)
def test_new_mail_to_the_catchall_is_refused_with_a_notice(address: str) -> None:
    verdict = route(message("To: catchall@example.com\n"), recipient(address), facts())
    assert (verdict.outcome, verdict.rule, verdict.notice) == ("refused", "catchall", "catchall")
    assert verdict.key == ""


@pytest.mark.parametrize("field", ["To", "Cc"])
@pytest.mark.parametrize("address", ["info@example.com", "Info <info+x@old.example>"])
def test_no_notice_where_an_alias_of_ours_is_addressed_too(field: str, address: str) -> None:
    verdict = route(message(f"{field}: {address}\n"), recipient("catchall@example.com"), facts())
    assert (verdict.outcome, verdict.rule, verdict.notice) == ("ignored", "catchall", None)


@pytest.mark.parametrize(
    "fields",
    [
        "To: catchall@example.com, ann@x.org\n",
        "To: nobody@example.com\n",
        "Bcc: info@example.com\n",
    ],
)
def test_other_addresses_change_nothing(fields: str) -> None:
    verdict = route(message(fields), recipient("catchall@example.com"), facts())
    assert verdict.outcome == "refused"


def test_without_a_delimiter_there_are_no_details() -> None:
    view = facts(delimiter="")
    assert route(message(), recipient("catchall+x@example.com"), view).rule == "no-route"
    assert route(message(), recipient("info+x@example.com"), view).rule == "no-route"


def test_the_delimiter_may_be_another_one() -> None:
    view = facts(delimiter="-")
    assert route(message(), recipient("catchall-x@example.com"), view).rule == "catchall"
    assert route(message(), recipient("info-x-y@example.com"), view).rule == "alias"
    assert route(message(), recipient("info+x@example.com"), view).rule == "no-route"


@pytest.mark.parametrize("kind", ["alias", "catchall"])
@pytest.mark.parametrize("address", ["was@example.com", "was+x@example.com", "was@old.example"])
def test_new_mail_to_a_retired_address_is_refused_with_a_notice(kind: str, address: str) -> None:
    verdict = route(message(), recipient(address), facts(retired={"was@example.com": kind}))
    assert (verdict.outcome, verdict.rule, verdict.notice) == ("refused", "retired", "retired")
    assert verdict.key == ""


def test_an_alias_that_now_has_a_retired_address_comes_first() -> None:
    view = facts(retired={"info@example.com": "alias"})
    assert route(message(), recipient("info@example.com"), view).rule == "alias"
    detecting = alias(7, "was", detection=True)
    view = facts(INFO, detecting, retired={"was@example.net": "alias"})
    assert route(message(), recipient("was@example.net"), view).rule == "alias"


def test_an_alias_of_exactly_that_name_goes_before_the_detail_of_the_catchall() -> None:
    """An address with a detail matches an alias of exactly that name first."""
    here = facts(alias(1, "catchall+sales"))
    assert here.directory.role("catchall+sales@example.com") is None
    assert here.directory.role("catchall+other@example.com") == "catchall"
