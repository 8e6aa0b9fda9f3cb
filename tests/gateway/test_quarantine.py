"""Held mail: released to where it was to go, judged again, or discarded."""

from __future__ import annotations

from typing import Any

import pytest
from gateway.house import House, letter, outcomes

from mailgate.errors import MailgateError
from mailgate.gateway import quarantine
from mailgate.gateway.quarantine import Judged
from mailgate.store import audit
from mailgate.store import quarantine as store

SPAM = "X-Spam-Flag: YES\n"


def spam(message_id: str = "1@x.org", **more: Any) -> bytes:
    return letter(message_id, extra=SPAM + more.pop("extra", ""), **more)


@pytest.fixture
def guarded(house: House) -> House:
    """A gateway that holds what is marked as spam."""
    house.parameter("mail.spam.header", "X-Spam-Flag: YES")
    return house


def release(house: House, number: int = 1, to: str | None = None) -> Judged:
    message = quarantine.waiting(house.gateway.database.connection, number)
    with house.change() as change:
        return quarantine.release(change, message, to)


def retry(house: House, number: int = 1) -> Judged:
    message = quarantine.waiting(house.gateway.database.connection, number)
    with house.change() as change:
        return quarantine.retry(change, message)


def discard(house: House, number: int = 1) -> None:
    with house.change() as change:
        quarantine.discard(change, number)


def held(house: House) -> list[tuple[Any, ...]]:
    return house.rows("SELECT id, reason, recipients FROM quarantine ORDER BY id")


def last_journal(house: House) -> tuple[Any, ...]:
    (row,) = house.rows(
        "SELECT channel, queue_id, outcome, reason FROM journal ORDER BY id DESC LIMIT 1"
    )
    return row


def stays(house: House, number: int = 1, to: str | None = None) -> str:
    """Release what cannot be, and return why; nothing may have changed."""
    tables = ("quarantine", "journal", "record", "known_id", "opening", "audit", "alias")
    before = [house.rows(f"SELECT * FROM {table}") for table in tables]
    with pytest.raises(MailgateError) as caught:
        release(house, number, to)
    assert [house.rows(f"SELECT * FROM {table}") for table in tables] == before
    return str(caught.value)


def test_released_mail_becomes_what_it_would_have_become(guarded: House) -> None:
    assert guarded.deliver(spam(), "info@example.com")["outcome"] == "held"
    judged = release(guarded)
    assert judged.left
    assert guarded.records() == [(1, "lead", "Ten chairs", "ann@x.org", "open")]
    assert guarded.messages(1) == ["<1@x.org>"]
    assert held(guarded) == []
    channel, _, outcome, reason = last_journal(guarded)
    assert (channel, outcome) == ("pipe", "created")
    assert reason == (
        "info@example.com is an alias of model lead; released from quarantine by test"
    )


def test_a_released_answer_joins_its_record(guarded: House) -> None:
    guarded.deliver(letter(), "info@example.com")
    guarded.deliver(spam("2@x.org", extra="In-Reply-To: <1@x.org>\n"), "catchall@example.com")
    release(guarded)
    assert guarded.messages(1) == ["<1@x.org>", "<2@x.org>"]


@pytest.mark.parametrize("to", [None, "help", "info@example.com"])
def test_a_repeat_of_what_was_released_is_a_duplicate(guarded: House, to: str | None) -> None:
    """The mail server may hand it over once more, with or without the mark."""
    guarded.deliver(spam(), "info@example.com")
    release(guarded, to=to)
    assert guarded.rows("SELECT record FROM known_id WHERE recipient = 'info@example.com'") == [
        (1,)
    ]
    assert guarded.deliver(spam(), "info@example.com")["outcome"] == "duplicate"
    assert outcomes(guarded.deliver(letter(), "info@example.com")) == ["duplicate"]
    assert len(guarded.records()) == 1


def test_another_alias_can_have_it(guarded: House) -> None:
    guarded.deliver(spam(), "info@example.com")
    judged = release(guarded, to="help")
    assert [record[1] for record in guarded.records()] == ["ticket"]
    assert judged.document()["result"]["records"][0]["alias"] == "help@example.com"  # type: ignore[index]


def test_limits_do_not_hold_it_again(house: House) -> None:
    house.parameter("mail.gateway.loop.threshold", "1")
    house.parameter("mail.gateway.alias.threshold", "1")
    house.deliver(letter(), "info@example.com")
    assert house.deliver(letter("2@x.org"), "info@example.com")["outcome"] == "held"
    release(house)
    assert len(house.records()) == 2
    assert house.one("SELECT count(*) FROM opening WHERE held = 1") == 0


def test_a_person_who_releases_it_stands_in_for_the_policy(guarded: House) -> None:
    guarded.alias("staff", policy="internal")
    guarded.deliver(spam(), "staff@example.com")
    release(guarded)
    assert len(guarded.records()) == 1


@pytest.mark.parametrize("policy", ["internal", "contacts"])
@pytest.mark.parametrize("to", [(), ("staff+more@example.com",)], ids=["header", "detail"])
def test_he_does_so_too_where_the_header_or_a_detail_names_the_alias(
    guarded: House, policy: str, to: tuple[str, ...]
) -> None:
    guarded.alias("staff", policy=policy)
    guarded.deliver(spam(to="staff@example.com"), *to)
    release(guarded)
    assert len(guarded.records()) == 1


def test_blocked_authors_are_released_too(guarded: House) -> None:
    guarded.deliver(spam(), "info@example.com")
    guarded.run("INSERT INTO block (pattern) VALUES ('ann@x.org')")
    release(guarded)
    assert len(guarded.records()) == 1


def test_what_is_for_an_alias_that_cannot_work_stays(house: House) -> None:
    house.alias("odd", policy="followers")
    house.deliver(letter(), "odd@example.com")
    text = stays(house)
    assert "quarantine 1 stays" in text
    assert "no record to follow" in text
    assert "--to ALIAS" in text
    release(house, to="info")
    assert len(house.records()) == 1


def test_it_goes_where_the_alias_was_mended(house: House) -> None:
    house.alias("odd", policy="followers")
    house.deliver(letter(), "odd@example.com")
    house.run("UPDATE alias SET policy = 'everyone' WHERE local_part = 'odd'")
    release(house)
    assert house.one("SELECT status FROM alias WHERE local_part = 'odd'") == "valid"


def test_what_no_rule_takes_stays(house: House) -> None:
    house.run("UPDATE domain SET verify_until = 1795370400")
    house.deliver(letter(to="catchall@example.com"), "catchall@example.com")
    assert "only takes replies" in stays(house)
    assert "no alias nothing" in stays(house, to="nothing")
    release(house, to="info")
    assert len(house.records()) == 1


def test_recipients_beside_one_that_takes_it_do_not_keep_it(guarded: House) -> None:
    """A catchall in Cc, or an address that nobody has, is nothing to wait for."""
    guarded.deliver(spam(), "info@example.com", "catchall@example.com", "no@example.com")
    assert release(guarded).left
    assert guarded.one("SELECT count(*) FROM outbox") == 0
    again = guarded.deliver(spam(), "info@example.com", "catchall@example.com", "no@example.com")
    assert outcomes(again) == ["duplicate"] * 3


def test_only_recipients_it_is_held_for_get_it(house: House) -> None:
    """The other one has had it since it came."""
    house.alias("odd", policy="followers")
    house.deliver(letter(), "info@example.com", "odd@example.com")
    house.run("UPDATE alias SET policy = 'everyone' WHERE local_part = 'odd'")
    release(house)
    assert [record[0] for record in house.records()] == [1, 2]
    assert house.rows("SELECT alias_address FROM record ORDER BY id") == [
        ("info@example.com",),
        ("odd@example.com",),
    ]


def test_what_its_record_has_already_is_not_added_twice(house: House) -> None:
    """One recipient took the answer, the other's alias was misconfigured when it came."""
    house.deliver(letter(), "info@example.com")
    house.alias("odd", policy="followers")
    raw = letter("2@x.org", extra="In-Reply-To: <gone@x>, <1@x.org>\n")
    house.deliver(raw, "catchall@example.com")
    house.run(
        "INSERT INTO quarantine"
        " (id, journal, at, reason, detail, sender, recipients, subject, digest)"
        " SELECT 1, 2, at, 'alias', 'x', sender, 'odd@example.com', subject, digest"
        " FROM journal WHERE id = 2"
    )
    house.run("UPDATE alias SET policy = 'everyone' WHERE local_part = 'odd'")
    assert release(house).result.plan.best.outcome == "duplicate"
    assert house.messages(1) == ["<1@x.org>", "<2@x.org>"]
    assert held(house) == []


def test_the_fallback_model_it_came_with_is_kept(guarded: House) -> None:
    guarded.deliver(spam(to="x@elsewhere.test"), model="ticket")
    release(guarded)
    assert [record[1] for record in guarded.records()] == ["ticket"]
    again = guarded.deliver(letter(to="x@elsewhere.test"), model="ticket")
    assert again["outcome"] == "duplicate"


def test_a_fallback_over_the_limit_is_released_and_then_known(house: House) -> None:
    house.parameter("mail.gateway.loop.threshold", "1")
    for number in ("1@x.org", "2@x.org"):
        house.deliver(letter(number), "x@elsewhere.test", model="ticket")
    release(house)
    assert len(house.records()) == 2
    again = house.deliver(letter("2@x.org"), "x@elsewhere.test", model="ticket")
    assert again["outcome"] == "duplicate"


def test_an_acknowledgement_is_written_and_no_notice(guarded: House) -> None:
    guarded.alias("ack", acknowledge="Thank you.")
    guarded.deliver(spam(), "ack@example.com", "catchall@example.com")
    release(guarded)
    assert guarded.rows("SELECT kind, notice FROM outbox") == [("notification", "acknowledgement")]


def test_the_audit_says_who_did_what(guarded: House) -> None:
    guarded.deliver(spam(), "info@example.com")
    release(guarded)
    (entry,) = audit.since(guarded.gateway.database.connection, 0, 1)
    assert (entry.action, entry.object, entry.who) == ("release", "quarantine 1", "test")
    assert entry.old["reason"] == "spam"
    assert entry.new["records"][0]["id"] == 1


def test_what_was_released_meanwhile_is_not_released_twice(guarded: House) -> None:
    guarded.deliver(spam(), "info@example.com")
    message = quarantine.waiting(guarded.gateway.database.connection, 1)
    release(guarded)
    with pytest.raises(MailgateError, match="nothing is held under 1"), guarded.change() as change:
        quarantine.release(change, message)
    assert len(guarded.records()) == 1


def test_retry_judges_by_all_rules_as_they_are_now(guarded: House) -> None:
    guarded.deliver(spam(), "info@example.com")
    judged = retry(guarded)
    assert not judged.left
    assert judged.stays == (("info@example.com", "x-spam-flag: YES"),)
    assert held(guarded) == [(1, "spam", "info@example.com")]
    guarded.parameter("mail.spam.header", "")
    assert retry(guarded).left
    assert guarded.deliver(spam(), "info@example.com")["outcome"] == "duplicate"


def test_a_retry_that_changes_nothing_leaves_no_trace(guarded: House) -> None:
    guarded.deliver(spam(), "info@example.com")
    tables = ("quarantine", "journal", "known_id", "audit")
    before = [guarded.rows(f"SELECT * FROM {table}") for table in tables]
    retry(guarded)
    assert [guarded.rows(f"SELECT * FROM {table}") for table in tables] == before


def test_a_retry_after_the_window_of_the_limit_is_taken(house: House) -> None:
    house.parameter("mail.gateway.loop.threshold", "1")
    house.deliver(letter(), "info@example.com")
    house.deliver(letter("2@x.org"), "info@example.com")
    assert not retry(house).left
    house.parameter("mail.gateway.loop.threshold", "2")
    assert retry(house).left
    assert house.rows("SELECT held FROM opening") == [(0,), (0,)]


def test_a_retry_holds_it_for_those_who_still_cannot_take_it(house: House) -> None:
    house.alias("odd", policy="followers")
    house.alias("queer", policy="followers")
    house.deliver(letter(), "odd@example.com", "queer@example.com")
    house.run("UPDATE alias SET policy = 'everyone' WHERE local_part = 'odd'")
    judged = retry(house)
    assert not judged.left
    assert [address for address, _ in judged.stays] == ["queer@example.com"]
    assert held(house) == [(1, "alias", "queer@example.com")]
    assert len(house.records()) == 1
    again = house.deliver(letter(), "odd@example.com", "queer@example.com")
    assert outcomes(again) == ["duplicate", "duplicate"]
    release(house, to="info")
    assert len(house.records()) == 2


def test_a_retry_without_an_envelope_asks_the_header_again(house: House) -> None:
    house.alias("odd", policy="followers")
    house.deliver(letter(to="info@example.com, odd@example.com"))
    house.run("UPDATE alias SET policy = 'everyone' WHERE local_part = 'odd'")
    assert retry(house).left
    assert len(house.records()) == 2


def test_discarded_mail_is_gone_and_stays_known(guarded: House) -> None:
    guarded.deliver(spam(), "info@example.com")
    discard(guarded)
    assert held(guarded) == []
    assert guarded.one("SELECT count(*) FROM original") == 0
    assert guarded.one("SELECT count(*) FROM journal") == 1
    assert guarded.deliver(spam(), "info@example.com")["outcome"] == "duplicate"


def test_bytes_that_a_record_has_are_kept(house: House) -> None:
    house.alias("odd", policy="followers")
    house.deliver(letter(), "info@example.com", "odd@example.com")
    discard(house)
    assert house.one("SELECT count(*) FROM original") == 1


def test_bytes_that_another_held_message_has_are_kept(guarded: House) -> None:
    guarded.deliver(spam(), "info@example.com")
    guarded.deliver(spam(), "help@example.com")
    discard(guarded, 1)
    assert guarded.one("SELECT count(*) FROM original") == 1
    discard(guarded, 2)
    assert guarded.one("SELECT count(*) FROM original") == 0


def test_without_its_bytes_only_discarding_is_left(guarded: House) -> None:
    guarded.deliver(spam(), "info@example.com")
    guarded.run("DELETE FROM original")
    with pytest.raises(MailgateError, match="quarantine discard 1"):
        release(guarded)
    discard(guarded)


def test_links_are_found_in_text_and_page(house: House) -> None:
    house.run("UPDATE domain SET verify_until = 1795370400")
    page = '<p>Or <a href="https://p.test/?a=1&amp;b=2">here</a></p>'
    raw = letter(
        to="catchall@example.com",
        extra="MIME-Version: 1.0\nContent-Type: text/html\n",
        text=page,
    )
    house.deliver(raw, "catchall@example.com")
    connection = house.gateway.database.connection
    found = quarantine.with_links(connection, store.get(connection, 1))
    assert found.links == ("https://p.test/?a=1&b=2",)


def test_a_recipient_with_a_space_is_one_recipient(house: House) -> None:
    """A local part in quotes may have one."""
    house.parameter("mail.gateway.loop.threshold", "1")
    for number in ("1@x.org", "2@x.org"):
        house.deliver(letter(number), '"a b"@elsewhere.test', model="ticket")
    assert store.get(house.gateway.database.connection, 1).recipients == ('"a b"@elsewhere.test',)
    assert release(house).left
