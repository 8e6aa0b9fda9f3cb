"""Reports that come to an address with a token, complaints and receipts."""

from __future__ import annotations

import pytest
from gateway.house import House
from gateway.reported import (
    BOUNCE,
    complaint,
    contact,
    dsn,
    flags,
    group,
    lines,
    receipt,
    report,
    send,
    statuses,
    token,
)

BOB = "bob@y.org"
EVE = "eve@z.org"


def test_a_token_proves_the_recipient_whatever_the_text_names(house: House) -> None:
    message = send(house, BOB, EVE)
    entry = report(house, dsn(group("moved@w.org"), about="lost@w.org"), token(house, 2))
    assert statuses(house) == {BOB: "sent", EVE: "bounced"}
    assert lines(house, entry) == [("moved@w.org", "failed", "5.1.1", message, 2)]
    assert contact(house, EVE)[0] == 1


def test_of_several_that_a_token_is_about_the_named_one_counts_else_the_worst(house: House) -> None:
    send(house, BOB, EVE)
    groups = (group("a@w.org", "delivered", "2.0.0"), group("b@w.org", "delayed", "4.0.0"))
    report(house, dsn(*groups), token(house, 1))
    assert statuses(house) == {BOB: "delayed", EVE: "sent"}
    report(house, dsn(group("a@w.org"), group(EVE, "delayed"), message_id="2@mx"), token(house, 2))
    assert statuses(house) == {BOB: "delayed", EVE: "delayed"}


def test_a_forged_token_proves_nothing(house: House) -> None:
    send(house, BOB)
    genuine = token(house, 1)
    forged = genuine[:12] + ("x" if genuine[12] != "x" else "y") + genuine[13:]
    entry = report(house, dsn(group(BOB), about="lost@w.org"), forged)
    assert statuses(house) == {BOB: "sent"}
    assert flags(house, entry) == "unmatched"


def test_a_token_counts_with_its_delimiter_and_at_a_renamed_bounce_address(house: House) -> None:
    send(house, BOB)
    address = token(house, 1).replace("+", "-")
    house.parameter("mail.recipient.delimiter", "-")
    house.run("UPDATE domain SET bounce = 'returns' WHERE name = 'example.com'")
    house.run("INSERT INTO retired (address, kind, domain, at) VALUES (?, 'bounce', 1, 1)", BOUNCE)
    report(
        house, dsn(group(BOB), about="lost@w.org"), address.replace("example.com", "old.example")
    )
    assert statuses(house) == {BOB: "bounced"}


def test_a_token_of_a_notification_that_is_gone_is_ours_still(house: House) -> None:
    send(house, BOB)
    address = token(house, 1)
    house.run("DELETE FROM notification")
    assert flags(house, report(house, dsn(group(BOB), about="lost@w.org"), address)) == ""


def test_a_complaint_suppresses_the_contact_the_message_went_to(house: House) -> None:
    message = send(house, BOB)
    entry = report(house, complaint())
    assert contact(house, BOB) == (0, None, True)
    assert statuses(house) == {BOB: "sent"}
    assert [row[3:] for row in lines(house, entry)] == [(message, 1)]
    assert house.rows("SELECT action, object FROM audit ORDER BY id DESC LIMIT 1") == [
        ("suppress", f"contact {BOB}")
    ]


def test_a_complaint_names_one_of_several_recipients(house: House) -> None:
    send(house, BOB, EVE)
    report(house, complaint(EVE))
    assert (contact(house, BOB)[2], contact(house, EVE)[2]) == (False, True)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_feedback_that_is_no_complaint_suppresses_nobody(house: House, kind: str) -> None:
    """RFC 6430 and RFC 6591: mail that is wanted, and mail in our name that is not proven."""
    send(house, BOB)
    assert flags(house, report(house, complaint(BOB, kind=kind))) == ""
    assert contact(house, BOB) == (0, None, False)


def test_a_complaint_about_nothing_of_ours_suppresses_nobody(house: House) -> None:
    send(house, BOB)
    assert flags(house, report(house, complaint(BOB, about="lost@w.org"))) == "unmatched"
    assert contact(house, BOB) == (0, None, False)


def test_a_receipt_is_noted_with_its_message(house: House) -> None:
    message = send(house, BOB)
    entry = report(house, receipt(BOB))
    assert statuses(house) == {BOB: "sent"}
    assert contact(house, BOB) == (0, None, False)
    assert [row[3] for row in lines(house, entry)] == [message]
    assert flags(house, entry) == ""
