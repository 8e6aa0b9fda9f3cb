"""Aliases that do not take everything: policies, target records, faults."""

from __future__ import annotations

from zlib import decompress

import pytest
from gateway.house import House, letter

from mailgate.gateway.administration.contacts import ContactOptions, add_contact
from mailgate.gateway.administration.models import ModelOptions, set_model


def test_contacts_are_those_known_before_this_message_in_however_many_calls(house: House) -> None:
    house.alias("vip", policy="contacts")
    assert house.deliver(letter(), "vip@example.com")["outcome"] == "refused"
    assert house.deliver(letter(), "info@example.com")["outcome"] == "created"
    assert house.deliver(letter(), "vip@example.com")["outcome"] == "refused"
    assert house.deliver(letter("2@x.org"), "vip@example.com")["outcome"] == "created"


def test_what_was_refused_may_come_again(house: House) -> None:
    house.alias("vip", policy="internal", on_refusal="reject")
    said = house.deliver(letter(), "vip@example.com")
    assert (said["outcome"], said["recipients"][0]["status"]) == ("rejected", "5.7.1")
    with house.change() as change:
        add_contact(change, "ann@x.org", ContactOptions(internal=True))
    assert house.deliver(letter(), "vip@example.com")["outcome"] == "created"


def test_followers_of_the_parent_record_may_write(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.alias("team", policy="followers", parent=1)
    assert house.deliver(letter("2@x.org"), "team@example.com")["outcome"] == "created"
    eve = letter("3@x.org", author="eve@evil.org")
    assert house.deliver(eve, "team@example.com", sender="eve@evil.org")["outcome"] == "refused"


def test_an_alias_that_feeds_a_record(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.alias("feed", record=1)
    said = house.deliver(letter("2@x.org", author="eve@x.org"), "feed@example.com")
    assert (said["outcome"], said["rule"]) == ("replied", "alias")
    assert house.rows("SELECT stranger FROM message WHERE id = 2") == [(0,)]
    assert house.deliver(letter(), "feed@example.com")["outcome"] == "duplicate"
    assert house.messages(1) == ["<1@x.org>", "<2@x.org>"]


@pytest.mark.parametrize("broken", ["record", "default", "follow"])
def test_mail_to_a_misconfigured_alias_is_held_once_with_its_bytes(
    house: House, broken: str
) -> None:
    house.deliver(letter("0@x.org"), "info@example.com")
    if broken == "record":
        house.alias("odd", record=1)
        house.run("DELETE FROM record")
    elif broken == "default":
        house.alias("odd", defaults=("stage=3",))
        with house.change() as change:
            set_model(change, "lead", ModelOptions(no_fields=("stage",)))
    else:
        house.alias("odd", parent=1, policy="followers")
        house.run("DELETE FROM record")
    raw = letter()
    said = house.deliver(raw, "odd@example.com")
    assert (said["outcome"], said["rule"], said["recipients"][0]["status"]) == (
        "held",
        "alias",
        "2.0.0",
    )
    assert house.one("SELECT status FROM alias WHERE local_part = 'odd'") == "invalid"
    digest = house.one("SELECT digest FROM quarantine")
    assert house.one("SELECT recipients FROM quarantine") == "odd@example.com"
    (data,) = house.rows("SELECT data FROM original WHERE digest = ?", digest)
    assert decompress(data[0]) == raw
    assert house.deliver(raw, "odd@example.com")["outcome"] == "duplicate"
    assert house.one("SELECT count(*) FROM quarantine") == 1
