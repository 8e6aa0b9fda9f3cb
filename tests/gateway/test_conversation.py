"""Answers find their conversation, also one that is gone."""

from __future__ import annotations

from gateway.house import NOW, House, letter

from mailgate.gateway.administration.aliases import remove_alias


def test_an_answer_lands_in_its_record_behind_its_parent(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.run("UPDATE record SET state = 'closed'")
    answer = letter("2@x.org", extra="In-Reply-To: <1@x.org>\n")
    said = house.deliver(answer, "catchall@example.com", at=NOW + 60)
    assert (said["outcome"], said["rule"]) == ("replied", "reply")
    assert [(r["id"], r["model"], r["action"]) for r in said["records"]] == [(1, "lead", "replied")]
    assert house.messages(1) == ["<1@x.org>", "<2@x.org>"]
    assert house.rows("SELECT parent, stranger FROM message ORDER BY id") == [(None, 0), (1, 0)]
    assert house.rows("SELECT state, updated_at FROM record") == [("open", NOW + 60)]
    third = letter("3@x.org", extra="References: <1@x.org> <2@x.org>\n")
    house.deliver(third, "info@example.com")
    assert house.rows("SELECT parent FROM message WHERE id = 3") == [(2,)]


def test_an_automatic_answer_does_not_reopen_a_record(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.run("UPDATE record SET state = 'closed'")
    extra = "In-Reply-To: <1@x.org>\nAuto-Submitted: auto-replied\n"
    assert house.deliver(letter("2@x.org", extra=extra), "info@example.com")["outcome"] == "replied"
    assert house.one("SELECT state FROM record") == "closed"


def test_a_stranger_is_marked_and_one_who_was_addressed_is_none(house: House) -> None:
    house.deliver(letter(to="info@example.com, carl@x.org"), "info@example.com")
    extra = "In-Reply-To: <1@x.org>\n"
    house.deliver(letter("2@x.org", author="carl@x.org", extra=extra), "info@example.com")
    house.deliver(letter("3@x.org", author="eve@evil.org", extra=extra), "info@example.com")
    assert house.rows("SELECT sender, stranger FROM message ORDER BY id") == [
        ("ann@x.org", 0),
        ("carl@x.org", 0),
        ("eve@evil.org", 1),
    ]


def test_an_answer_to_a_record_that_is_gone_starts_one_in_its_place(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.run("DELETE FROM record")
    extra = "In-Reply-To: <1@x.org>\n"
    said = house.deliver(letter("2@x.org", extra=extra), "catchall@example.com")
    assert (said["outcome"], said["rule"]) == ("created", "reply")
    assert house.rows("SELECT id, alias_address FROM record") == [(2, "info@example.com")]
    again = house.deliver(letter("3@x.org", extra=extra), "catchall@example.com")
    assert (again["outcome"], again["records"][0]["id"]) == ("replied", 2)
    retry = house.deliver(letter("2@x.org", extra=extra), "catchall@example.com")
    assert retry["outcome"] == "duplicate"
    assert house.messages(2) == ["<2@x.org>", "<3@x.org>"]


def test_the_message_that_started_a_gone_record_is_still_known(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.run("DELETE FROM record")
    assert house.deliver(letter(), "info@example.com")["outcome"] == "duplicate"


def test_a_removed_aliass_successor_is_another_alias(house: House) -> None:
    """Numbers are not given twice: what is known of the old alias is not known of the new one."""
    old = house.alias("sales")
    house.deliver(letter(), "sales@example.com")
    with house.change() as change:
        remove_alias(change, "sales@example.com")
    assert house.alias("shop") != old
    assert house.deliver(letter(), "shop@example.com")["outcome"] == "created"


def test_later_answers_in_a_gone_conversation_find_what_took_its_place(house: House) -> None:
    """Whichever of its messages they answer, as long as they name one that is known to."""
    house.deliver(letter(), "info@example.com")
    second = letter("2@x.org", extra="In-Reply-To: <1@x.org>\n")
    third = letter("3@x.org", extra="In-Reply-To: <2@x.org>\nReferences: <1@x.org> <2@x.org>\n")
    house.deliver(second, "info@example.com")
    house.deliver(third, "info@example.com")
    house.run("DELETE FROM record")
    fourth = letter("4@x.org", extra="References: <1@x.org> <2@x.org>\n")
    assert house.deliver(fourth, "info@example.com")["outcome"] == "created"
    fifth = letter("5@x.org", extra="References: <1@x.org> <2@x.org> <3@x.org>\n")
    assert house.deliver(fifth, "info@example.com")["outcome"] == "replied"
    sixth = letter("6@x.org", extra="In-Reply-To: <1@x.org>\n")
    assert house.deliver(sixth, "catchall@example.com")["outcome"] == "replied"
    assert len(house.records()) == 1
