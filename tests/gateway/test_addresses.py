"""Every kind of address, and where recipients come from."""

from __future__ import annotations

import pytest
from gateway.house import House, letter, outcomes

from mailgate.errors import ConfigurationError
from mailgate.gateway.administration.aliases import AliasOptions, set_alias
from mailgate.gateway.administration.domains import DomainOptions, set_domain


@pytest.mark.parametrize(
    "address", ["catchall@example.com", "catchall+x@old.example", "all@example.net"]
)
def test_new_mail_to_a_catchall_is_refused(house: House, address: str) -> None:
    said = house.deliver(letter(to=address), address)
    assert (said["outcome"], said["rule"]) == ("refused", "catchall")
    assert house.one("SELECT digest FROM journal") is None
    assert house.one("SELECT count(*) FROM contact") == 0


def test_mail_to_a_catchall_is_ignored_where_an_alias_is_addressed(house: House) -> None:
    said = house.deliver(letter(to="Info <info@example.com>"), "catchall@example.com")
    assert (said["outcome"], said["notice"]) == ("ignored", None)
    assert house.one("SELECT count(*) FROM original") == 1


def test_a_renamed_alias_is_retired_and_still_takes_answers(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    with house.change() as change:
        set_alias(change, "info@example.com", AliasOptions(address="office@example.com"))
    assert house.deliver(letter("2@x.org"), "info@example.com")["rule"] == "retired"
    assert house.deliver(letter("2@x.org"), "info+x@old.example")["rule"] == "retired"
    answer = letter("3@x.org", extra="In-Reply-To: <1@x.org>\n")
    assert house.deliver(answer, "info@example.com")["outcome"] == "replied"
    house.alias("info")
    assert house.deliver(letter("4@x.org"), "info@example.com")["rule"] == "alias"


def test_a_renamed_bounce_address_still_takes_reports(house: House) -> None:
    with house.change() as change:
        set_domain(change, "example.com", DomainOptions(bounce="errors"))
    assert house.deliver(letter(), "bounce@example.com")["outcome"] == "report"
    assert house.deliver(letter("2@x.org"), "errors+x@example.com")["outcome"] == "report"


def test_a_report_never_becomes_a_record_and_is_known(house: House) -> None:
    extra = "Content-Type: multipart/report; report-type=delivery-status\n"
    said = house.deliver(letter(extra=extra), "info@example.com", sender="")
    assert (said["outcome"], said["records"]) == ("report", [])
    assert house.one("SELECT count(*) FROM original") == 1
    again = house.deliver(letter(extra=extra), "info@example.com", sender="")
    assert again["outcome"] == "duplicate"
    assert house.records() == []


def test_local_part_detection_and_the_domains_it_is_allowed_in(house: House) -> None:
    house.alias("sales", local_part_detection=True)
    assert house.deliver(letter(), "sales@elsewhere.org")["rule"] == "alias"
    house.parameter("mail.catchall.domain.allowed", "good.org")
    assert house.deliver(letter("2@x.org"), "sales@elsewhere.org")["rule"] == "no-route"
    assert house.deliver(letter("2@x.org"), "sales@good.org")["rule"] == "alias"
    assert house.deliver(letter("3@x.org"), "sales@example.net")["rule"] == "alias"
    assert house.deliver(letter("4@x.org"), "sales@old.example")["rule"] == "alias"
    assert house.deliver(letter("5@x.org"), "info@good.org")["rule"] == "no-route"


def test_one_address_of_two_aliases_makes_two_records(house: House) -> None:
    house.alias("sales", local_part_detection=True)
    house.alias("sales@example.net", model="ticket")
    said = house.deliver(letter(), "sales@example.net")
    assert sorted(r["model"] for r in said["records"]) == ["lead", "ticket"]
    assert house.deliver(letter(), "sales@example.net")["outcome"] == "duplicate"
    assert len(house.records()) == 2


@pytest.mark.parametrize(
    "address",
    ["info@old.example", "INFO@example.com", "info", "info+x@example.com", '"info"@example.com'],
)
def test_every_form_of_an_address_reaches_its_alias(house: House, address: str) -> None:
    said = house.deliver(letter(), address)
    assert said["outcome"] == "created"
    assert said["records"][0]["alias"] == "info@example.com"


def test_recipients_are_named_as_given_before_redirection(house: House) -> None:
    said = house.deliver(letter(), "Info+X@OLD.example")
    assert said["recipients"][0]["address"] == "info+x@old.example"


def test_the_envelope_wins_over_the_header(house: House) -> None:
    raw = letter(to="info@example.com", extra="Cc: help@example.com\n")
    assert house.deliver(raw, "nobody@example.com")["outcome"] == "rejected"
    assert house.records() == []


def test_without_an_envelope_the_header_says_whom_it_is_for(house: House) -> None:
    raw = letter(to="carl@x.org, info@example.com", extra="Cc: help@example.com\n")
    said = house.deliver(raw, sender=None)
    assert [r["address"] for r in said["recipients"]] == ["info@example.com", "help@example.com"]
    assert outcomes(said) == ["created", "created"]
    assert house.deliver(letter("2@x.org", to="info"), sender=None)["outcome"] == "created"
    said = house.deliver(letter("3@x.org", to="a@x.org, b@x.org"), sender=None)
    assert outcomes(said) == ["rejected", "rejected"]


def test_an_answer_without_an_envelope_lands_also_where_only_our_domain_is_right(
    house: House,
) -> None:
    house.deliver(letter(), "info@example.com")
    raw = letter("2@x.org", to="typo@old.example", extra="In-Reply-To: <1@x.org>\n")
    assert house.deliver(raw, sender=None)["outcome"] == "replied"


def test_the_fallback_model_takes_the_rest_once(house: House) -> None:
    said = house.deliver(
        letter(), "a@example.com", "info@example.com", "b@example.com", model="ticket"
    )
    assert outcomes(said) == ["created", "created", "duplicate"]
    assert [r["model"] for r in said["records"]] == ["ticket", "lead"]
    assert house.deliver(letter(), "c@x.org", model="ticket")["outcome"] == "duplicate"
    assert house.deliver(letter(), "c@x.org", model="lead")["outcome"] == "created"


def test_a_fallback_model_that_is_missing_leaves_nothing_behind(house: House) -> None:
    with pytest.raises(ConfigurationError):
        house.deliver(letter(), "info@example.com", "c@x.org", model="nope")
    assert house.records() == []
    assert house.one("SELECT count(*) FROM journal") == 0
    assert house.deliver(letter(), "info@example.com", model="nope")["outcome"] == "created"
