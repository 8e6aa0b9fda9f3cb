"""Failures are counted once, forgotten when the contact writes, and end the mail to it."""

from __future__ import annotations

from typing import Any

import pytest
from gateway.house import NOW, House, letter
from gateway.program import Program
from gateway.reported import (
    BOUNCE,
    DAY,
    complaint,
    contact,
    dsn,
    flags,
    group,
    report,
    send,
    statuses,
)

from mailgate.gateway import report as module
from mailgate.gateway.report import carry_out
from mailgate.gateway.unpack import unpack
from mailgate.mail.dsn import Report, read_report
from mailgate.store.sqlite import open_database

BOB = "bob@y.org"
EVE = "eve@z.org"


def everything(house: House) -> list[Any]:
    """Return every counter and mark that a report can move."""
    return [
        house.rows(statement)
        for statement in (
            "SELECT * FROM notification ORDER BY id",
            "SELECT * FROM contact ORDER BY id",
            "SELECT * FROM report ORDER BY journal",
            "SELECT * FROM report_line ORDER BY journal, number",
            "SELECT id, flags FROM journal ORDER BY id",
            "SELECT * FROM audit ORDER BY id",
            "SELECT * FROM outbox ORDER BY id",
        )
    ]


def fail(house: House, day: float, number: int, recipient: str = BOB) -> None:
    """Let a message to somebody fail so many days later."""
    sent = f"out.{number}@example.com"
    send(house, recipient, message_id=sent)
    raw = dsn(group(recipient), about=sent, message_id=f"dsn.{number}@mx.org")
    report(house, raw, at=NOW + int(day * DAY))


def test_unpacking_everything_three_times_moves_no_counter(house: House) -> None:
    send(house, BOB, EVE)
    entries = [
        report(house, dsn(group(BOB), group(EVE, "delayed", "4.4.1"))),
        report(house, dsn(group(BOB), about="lost@w.org", message_id="dsn.2@mx.org")),
        report(house, complaint(EVE)),
        report(house, letter("2@y.org", to=BOUNCE)),
    ]
    before = everything(house)
    messages = [number for (number,) in house.rows("SELECT id FROM message")]
    for _ in range(3):
        unpack(house.gateway.database, messages)
        assert set(carry_out(house.gateway.database, entries).values()) == {"done"}
        assert everything(house) == before


def test_a_recipient_that_is_named_twice_counts_once(house: House) -> None:
    send(house, BOB)
    report(house, dsn(group(BOB, text="550 gone"), group(BOB, text="550 still gone")))
    assert contact(house, BOB) == (1, NOW, False)


def test_one_report_at_two_of_our_addresses_counts_once(house: House) -> None:
    """In one call or in two: how a mail server hands it over decides nothing."""
    send(house, BOB)
    report(house, dsn(group(BOB)), BOUNCE, "errors@example.net")
    assert contact(house, BOB)[0] == 1
    for address in (BOUNCE, "errors@example.net"):
        report(house, dsn(group(BOB), message_id="dsn.2@mx.org"), address)
    assert contact(house, BOB)[0] == 2


def test_a_report_that_comes_again_is_a_duplicate(house: House) -> None:
    send(house, BOB)
    report(house, dsn(group(BOB)))
    assert house.deliver(dsn(group(BOB)), BOUNCE, sender="")["outcome"] == "duplicate"
    assert house.one("SELECT count(*) FROM report") == 1


def test_five_failures_over_more_than_a_week_end_the_mail(house: House) -> None:
    for number in range(1, 5):
        fail(house, number, number)
    assert contact(house, BOB) == (4, NOW + DAY, False)
    fail(house, 8, 5)
    assert contact(house, BOB)[2] is False, "a week to the second is not more"
    fail(house, 8.01, 6)
    assert contact(house, BOB) == (6, NOW + DAY, True)
    assert house.rows("SELECT action, object, who FROM audit ORDER BY id DESC LIMIT 1") == [
        ("suppress", f"contact {BOB}", "mailgate")
    ]


@pytest.mark.parametrize(("limit", "suppressed"), [(2, True), (3, False), (0, False)])
def test_the_limit_is_a_parameter_and_0_is_none(house: House, limit: int, suppressed: bool) -> None:
    house.parameter("mail.bounce.limit", str(limit))
    fail(house, 0, 1)
    fail(house, 20, 2)
    assert contact(house, BOB) == (2, NOW, suppressed)


def test_a_letter_of_the_contact_ends_the_count(house: House) -> None:
    fail(house, 0, 1)
    house.deliver(letter("2@y.org", author=BOB), "info@example.com", sender=BOB)
    assert contact(house, BOB) == (0, None, False)
    fail(house, 3, 2)
    assert contact(house, BOB) == (1, NOW + 3 * DAY, False)


@pytest.mark.parametrize(
    "extra", ["Auto-Submitted: auto-generated\n", "Auto-Submitted: auto-replied\n"]
)
def test_automatic_mail_of_the_contact_does_not(house: House, extra: str) -> None:
    send(house, BOB)
    report(house, dsn(group(BOB)))
    raw = letter("2@y.org", author=BOB, extra=extra + "In-Reply-To: <out.1@example.com>\n")
    assert house.deliver(raw, "info@example.com", sender=BOB)["outcome"] == "replied"
    assert contact(house, BOB)[0] == 1


def test_mail_that_is_not_taken_does_not(house: House) -> None:
    fail(house, 0, 1)
    raw = letter("2@y.org", author=BOB, to="catchall@example.com")
    assert house.deliver(raw, "catchall@example.com", sender=BOB)["outcome"] == "refused"
    assert contact(house, BOB)[0] == 1


def test_mail_of_an_author_that_is_not_proven_does_not(house: House) -> None:
    fail(house, 0, 1)
    house.parameter("mail.trusted.authserv", "mx.example.com")
    house.deliver(letter("2@y.org", author=BOB), "info@example.com", sender=BOB)
    assert contact(house, BOB)[0] == 1
    proof = "Authentication-Results: mx.example.com; dmarc=pass header.from=y.org\n"
    passed = "\n".join(["Authentication-Results: mx.example.com;", " dkim=pass header.d=y.org", ""])
    raw = (proof + passed).encode() + letter("3@y.org", author=BOB)
    house.deliver(raw, "info@example.com", sender=BOB)
    assert contact(house, BOB)[0] == 0


def test_who_is_no_contact_becomes_one_that_can_be_suppressed(house: House) -> None:
    fail(house, 0, 1, "new@w.org")
    assert contact(house, "new@w.org") == (1, NOW, False)


def test_of_two_that_carry_out_a_report_at_once_one_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery's child and ``unpack --pending`` may meet at one entry."""
    send(house, BOB)
    entry = house.deliver(dsn(group(BOB)), BOUNCE, sender="")["journal"]
    other = open_database(house.path)

    def slow(data: bytes) -> Report:
        monkeypatch.setattr(module, "read_report", read_report)
        assert carry_out(other, [entry]) == {entry: "done"}
        return read_report(data)

    monkeypatch.setattr(module, "read_report", slow)
    assert carry_out(house.gateway.database, [entry]) == {entry: "done"}
    other.close()
    assert contact(house, BOB)[0] == 1
    assert house.one("SELECT count(*) FROM report_line") == 1


def test_the_program_carries_a_report_out_at_once(house: House, program: Program) -> None:
    """In the child that unpacks, also where there is a record to unpack beside it."""
    send(house, BOB, EVE)
    assert program.deliver("-f", "", BOUNCE, raw=dsn(group(BOB))).status == 0
    assert statuses(house) == {BOB: "bounced", EVE: "sent"}
    both = letter("2@y.org", author=EVE)
    assert program.deliver("-f", EVE, "info@example.com", BOUNCE, raw=both).status == 0
    assert house.rows("SELECT state FROM report") == [("done",), ("done",)]
    assert house.one("SELECT unpacked FROM message ORDER BY id DESC LIMIT 1") == "done"


def test_a_complaint_about_our_mail_is_no_case_for_the_abuse_desk(house: House) -> None:
    """One about mail of others is: it is ordinary mail to an alias."""
    house.alias("abuse", model="ticket")
    send(house, BOB)
    report(house, complaint(BOB), "abuse@example.com")
    assert contact(house, BOB)[2] is True
    foreign = complaint(BOB, about="lost@w.org").replace(b"arf.1@", b"arf.2@")
    answer = house.deliver(foreign, "abuse@example.com", sender="fbl@mx.org")
    assert answer["outcome"] == "created"


def test_only_mail_that_is_a_report_waits_to_be_carried_out(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    assert house.rows("SELECT * FROM report") == []
    entry = report(house, letter("2@y.org", to=BOUNCE))
    assert house.rows("SELECT * FROM report") == [(entry, "done")]
    assert flags(house, entry) == "unmatched"
