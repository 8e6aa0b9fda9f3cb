"""What a report says is carried out at the notification it is about, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from gateway.house import House, letter
from gateway.reported import (
    BOUNCE,
    SENT,
    contact,
    dsn,
    flags,
    group,
    lines,
    report,
    send,
    statuses,
)

from mailgate.gateway import report as module
from mailgate.gateway.report import GONE, carry_out
from mailgate.mail.dsn import Report
from mailgate.store.reports import DONE, FAILED

BOB = "bob@y.org"
EVE = "eve@z.org"


def details(house: House) -> tuple[Any, ...]:
    """Return (status, type, code, reason) of the first notification."""
    (row,) = house.rows(
        "SELECT status, failure_type, status_code, failure_reason FROM notification WHERE id = 1"
    )
    return row


def test_a_permanent_failure_is_bounced_with_code_and_reason(house: House) -> None:
    message = send(house, BOB)
    entry = report(house, dsn(group(BOB, text="550 5.1.1 no such user")))
    status, kind, code, reason = details(house)
    assert (status, kind, code) == ("bounced", "address", "5.1.1")
    assert "no such user" in reason
    assert flags(house, entry) == ""
    assert lines(house, entry) == [(BOB, "failed", "5.1.1", message, 1)]
    assert contact(house, BOB)[0] == 1


def test_without_a_reason_something_failed_but_what_is_not_known(house: House) -> None:
    send(house, BOB)
    report(house, dsn(group(BOB, status="")))
    status, kind, _, reason = details(house)
    assert (status, kind, reason) == ("bounced", "unknown", "no error")


@pytest.mark.parametrize(
    ("action", "status", "marked"),
    [
        ("failed", "5.2.2", "bounced"),
        ("failed", "4.4.7", "bounced"),
        ("delayed", "4.4.1", "delayed"),
        ("delayed", "5.0.0", "delayed"),
        ("delivered", "2.1.5", "sent"),
        ("relayed", "2.1.9", "sent"),
        ("expanded", "2.1.5", "sent"),
        ("", "5.7.1", "bounced"),
        ("", "4.2.2", "delayed"),
    ],
)
def test_the_action_decides_and_without_one_the_status(
    house: House, action: str, status: str, marked: str
) -> None:
    send(house, BOB)
    entry = report(house, dsn(group(BOB, action, status)))
    assert statuses(house) == {BOB: marked}
    assert contact(house, BOB)[0] == (marked == "bounced")
    assert flags(house, entry) == ""
    assert len(lines(house, entry)) == 1


def test_every_recipient_of_a_report_is_handled(house: House) -> None:
    send(house, BOB, EVE, "ann@x.org", "joe@y.org")
    report(
        house,
        dsn(group(BOB), group(EVE, "delayed", "4.4.1"), group("ann@x.org", "relayed", "2.0.0")),
    )
    assert statuses(house) == {
        BOB: "bounced",
        EVE: "delayed",
        "ann@x.org": "sent",
        "joe@y.org": "sent",
    }


@pytest.mark.parametrize("before", ["ready", "sent", "failed", "cancelled"])
def test_a_failure_counts_whatever_the_status_was(house: House, before: str) -> None:
    send(house, BOB, status="sent")
    house.run("UPDATE notification SET status = ?, dismissed = 1", before)
    report(house, dsn(group(BOB)))
    assert details(house)[0] == "bounced"
    assert house.one("SELECT dismissed FROM notification") == 0


def test_what_failed_stays_failed(house: House) -> None:
    send(house, BOB)
    report(house, dsn(group(BOB, text="550 gone")))
    before = details(house)
    for number, (action, status) in enumerate([("delayed", "4.4.1"), ("delivered", "2.0.0")], 2):
        report(house, dsn(group(BOB, action, status), message_id=f"dsn.{number}@mx.org"))
        assert details(house) == before


def test_a_reason_that_comes_later_is_filled_in_and_a_lesser_one_is_not(house: House) -> None:
    send(house, BOB)
    report(house, dsn(group(BOB, status="5.0.0")))
    house.run("UPDATE notification SET dismissed = 1")
    report(house, dsn(group(BOB, text="550 gone"), message_id="dsn.2@mx.org"))
    first = details(house)
    assert first[:3] == ("bounced", "address", "5.1.1")
    assert "gone" in first[3]
    report(house, dsn(group(BOB, status="5.0.0"), message_id="dsn.3@mx.org"))
    assert details(house) == first
    assert house.one("SELECT dismissed FROM notification") == 1


def test_a_report_that_names_nobody_the_message_went_to_marks_nothing(house: House) -> None:
    message = send(house, BOB)
    entry = report(house, dsn(group("stranger@w.org")))
    assert statuses(house) == {BOB: "sent"}
    assert lines(house, entry) == [("stranger@w.org", "failed", "5.1.1", message, None)]
    assert flags(house, entry) == ""
    assert contact(house, "stranger@w.org") == contact(house, BOB) == (0, None, False)


def test_a_report_that_names_nobody_is_about_the_only_recipient(house: House) -> None:
    send(house, BOB)
    report(house, dsn(group("")))
    assert statuses(house) == {BOB: "bounced"}


def test_a_report_that_names_nobody_of_several_recipients_marks_none(house: House) -> None:
    message = send(house, BOB, EVE)
    entry = report(house, dsn(group("")))
    assert statuses(house) == {BOB: "sent", EVE: "sent"}
    assert {row[3] for row in lines(house, entry)} == {message}
    assert flags(house, entry) == ""


def test_a_report_that_returns_nothing_is_tied_by_what_it_answers(house: House) -> None:
    send(house, BOB)
    entry = report(house, dsn(group(BOB), about="", extra=f"In-Reply-To: <{SENT}>\n"))
    assert statuses(house) == {BOB: "bounced"}
    assert flags(house, entry) == ""


def test_a_report_about_nothing_of_ours_counts_against_nobody(house: House) -> None:
    send(house, BOB)
    entry = report(house, dsn(group(BOB), about="forged@example.com"))
    assert statuses(house) == {BOB: "sent"}
    assert contact(house, BOB) == (0, None, False)
    assert flags(house, entry) == "unmatched"
    assert lines(house, entry) == [(BOB, "failed", "5.1.1", None, None)]


def test_an_id_that_came_in_is_none_that_went_out(house: House) -> None:
    send(house, BOB)
    assert flags(house, report(house, dsn(group(BOB), about="1@x.org"))) == "unmatched"


def test_a_letter_at_a_bounce_address_marks_nothing(house: House) -> None:
    send(house, BOB)
    away = letter("2@y.org", to=BOUNCE, author=BOB, extra=f"In-Reply-To: <{SENT}>\n")
    entry = report(house, away)
    assert flags(house, entry) == "unmatched"
    assert statuses(house) == {BOB: "sent"}
    assert house.one("SELECT outcome FROM journal WHERE id = ?", entry) == "report"


def test_a_letter_to_an_alias_and_a_bounce_address_is_both(house: House) -> None:
    raw = letter("2@y.org", extra="Cc: bounce@example.com\n")
    entry = report(house, raw, "info@example.com", BOUNCE)
    assert house.one("SELECT outcome FROM journal WHERE id = ?", entry) == "created"
    assert flags(house, entry) == "unmatched"


def test_a_report_about_a_notice_is_ours_and_marks_nothing(house: House) -> None:
    house.deliver(letter(to="catchall@example.com"), "catchall@example.com")
    ((notice,),) = house.rows("SELECT message_id FROM outbox WHERE kind = 'notice'")
    entry = report(house, dsn(group("ann@x.org"), about=notice.strip("<>")))
    assert flags(house, entry) == ""
    assert lines(house, entry) == [("ann@x.org", "failed", "5.1.1", None, None)]
    assert contact(house, "ann@x.org")[0] == 0


def test_a_report_about_a_deleted_record_is_ours_still(house: House) -> None:
    send(house, BOB)
    house.run("DELETE FROM record")
    entry = report(house, dsn(group(BOB)))
    assert flags(house, entry) == ""
    assert lines(house, entry) == [(BOB, "failed", "5.1.1", None, None)]


def test_a_report_that_breaks_it_is_marked_and_carried_out_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(house, BOB)
    entry = house.deliver(dsn(group(BOB)), BOUNCE, sender="")["journal"]

    def broken(data: bytes) -> Report:
        raise RecursionError

    with monkeypatch.context() as patched:
        patched.setattr(module, "read_report", broken)
        assert carry_out(house.gateway.database, [entry]) == {entry: FAILED}
    assert house.one("SELECT state FROM report") == "failed"
    assert statuses(house) == {BOB: "sent"}
    assert carry_out(house.gateway.database, [entry]) == {entry: DONE}
    assert statuses(house) == {BOB: "bounced"}


@pytest.mark.parametrize(
    "text", [b"\xff\xfe\xed\xa0\x80 gone", b"\0\0 gone", b"=?utf-8?b?7aCAAA==?= gone"]
)
def test_hostile_bytes_do_not_hinder_a_report(house: House, text: bytes) -> None:
    """What is kept is text: no NUL, no surrogates."""
    send(house, BOB)
    raw = dsn(group(BOB, text="TEXT"), group("TEXT@w.org"), group("b@TEXT", "TEXT", "TEXT"))
    report(house, raw.replace(b"TEXT", text))
    status, _, _, reason = details(house)
    assert status == "bounced"
    assert "gone" in reason
    assert "\0" not in reason


def test_what_is_not_there_is_gone(house: House) -> None:
    entry = house.deliver(dsn(group(BOB)), BOUNCE, sender="")["journal"]
    house.run("DELETE FROM original")
    assert carry_out(house.gateway.database, [entry, 99]) == {entry: GONE, 99: GONE}
    assert house.one("SELECT state FROM report") == "pending"
