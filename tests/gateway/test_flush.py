"""Sending the outbox: in order, each letter once, and what is noted of each."""

from __future__ import annotations

import os

import pytest
from channels.smtp_server import SmtpServer, refusing
from gateway.house import NOW, House, letter
from gateway.outgoing import (
    DATA,
    DOWN,
    LATER,
    NEVER,
    TAKEN,
    Twin,
    column,
    keep,
    notify,
    queue,
    send,
    states,
)

from mailgate.channels.outgoing import Parcel, Result
from mailgate.channels.smtp import Smtp
from mailgate.channels.smtp_session import Settings
from mailgate.gateway.flush import (
    FIRST_DELAY,
    LIFETIME,
    LONGEST_DELAY,
    OUTAGE_DELAY,
    Flushed,
    delay,
    flush,
)


def test_a_notice_that_deliver_queued_reaches_a_server(house: House) -> None:
    """From a letter to the catchall address to the answer on the wire."""
    raw = letter("1@x.org", author="ann@x.org", to="catchall@example.com")
    assert house.deliver(raw, "catchall@example.com")["notice"]["to"] == "ann@x.org"
    with SmtpServer() as server:
        done = send(house, Smtp(Settings("127.0.0.1", server.port)))
        assert (done.sent, done.failed, done.deferred) == (1, 0, 0)
        (mail,) = server.mails
    assert mail.mail.startswith("MAIL FROM:<> ")
    assert mail.recipient == "ann@x.org"
    assert b"\r\nAuto-Submitted: auto-replied\r\n" in mail.data
    assert b"\r\nIn-Reply-To: <1@x.org>\r\n" in mail.data
    assert states(house) == [(1, "sent", 1)]


def test_the_oldest_letter_is_sent_first(house: House) -> None:
    for name, at in (("c", NOW - 1), ("a", NOW - 9), ("b", NOW - 5)):
        queue(house, f"{name}@x.org", at=at)
    twin = Twin()
    send(house, twin)
    assert twin.recipients == ["a@x.org", "b@x.org", "c@x.org"]


def test_nothing_is_sent_before_it_is_due(house: House) -> None:
    queue(house, "a@x.org", next_attempt=NOW + 1)
    twin = Twin()
    assert send(house, twin) == Flushed()
    assert send(house, twin, at=NOW + 1).sent == 1


def test_no_more_letters_are_sent_than_wanted(house: House) -> None:
    for number in range(5):
        queue(house, f"{number}@x.org")
    assert send(house, limit=2).sent == 2
    assert [row[1] for row in states(house)] == ["sent"] * 2 + ["queued"] * 3
    assert house.rows("SELECT id FROM outbox WHERE holder IS NOT NULL") == []


def test_nothing_is_sent_to_a_contact_that_was_suppressed_while_the_letter_waited(
    house: House,
) -> None:
    """Not to be written to any more: that goes for letters that are tried again, too."""
    for name in ("ann", "bob"):
        notify(house, f"{name}@other.example")
        house.run("INSERT INTO contact (address) VALUES (?)", f"{name}@other.example")
    house.run("UPDATE contact SET suppressed = 1 WHERE address = 'ann@other.example'")
    twin = Twin()
    assert send(house, twin).sent == 1
    assert twin.recipients == ["bob@other.example"]
    assert states(house) == [(1, "cancelled", 0), (2, "sent", 1)]
    assert house.rows("SELECT status FROM notification ORDER BY id") == [("cancelled",), ("sent",)]


def test_what_is_sent_failed_or_cancelled_is_never_sent_again(house: House) -> None:
    for status in ("sent", "failed", "cancelled"):
        queue(house, f"{status}@x.org", status=status)
    twin = Twin()
    send(house, twin)
    assert twin.recipients == []


def test_the_bytes_are_the_original_where_there_is_no_head(house: House) -> None:
    queue(house, "a@x.org", DATA)
    twin = Twin()
    send(house, twin)
    assert twin.data == [DATA]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_head_takes_the_place_of_the_header_and_the_body_stays_as_it_is(
    house: House, end: bytes
) -> None:
    body = b"--x" + end + b"\x00\xff\r bare" + end + end + b"Subject: not a header" + end
    old = b"Received: here" + end + b"Subject: old" + end + end + body
    queue(house, "a@x.org", old, head=b"Subject: new\n\n")
    twin = Twin()
    send(house, twin)
    assert twin.data == [b"Subject: new\n\n" + body]


def test_a_head_is_put_before_a_body_of_many_pieces(house: House) -> None:
    body = os.urandom(3_000_000)
    queue(house, "a@x.org", b"Subject: old\n\n" + body, head=b"Subject: new\n\n")
    twin = Twin()
    send(house, twin)
    assert twin.data == [b"Subject: new\n\n" + body]


def test_a_letter_whose_bytes_are_gone_fails_and_the_others_are_sent(house: House) -> None:
    queue(house, "a@x.org", digest=bytes(32))
    queue(house, "b@x.org")
    with SmtpServer() as server:
        done = send(house, Smtp(Settings("127.0.0.1", server.port)))
        assert server.recipients() == ["b@x.org"]
    assert (done.sent, done.failed) == (1, 1)
    assert column(house, "last_error") == "its bytes are no longer kept"


@pytest.mark.parametrize("data", ["x'00'", "x'ffff'", "substr(data, 1, length(data) - 4)"])
def test_a_letter_whose_bytes_are_damaged_waits_and_the_others_are_sent(
    house: House, data: str
) -> None:
    """A backup may bring them back."""
    digest = keep(house, b"damaged")
    house.run(f"UPDATE original SET data = {data} WHERE digest = ?", digest)
    queue(house, "a@x.org", digest=digest)
    queue(house, "b@x.org")
    with SmtpServer() as server:
        done = send(house, Smtp(Settings("127.0.0.1", server.port)))
        assert server.recipients() == ["b@x.org"]
    assert (done.sent, done.deferred) == (1, 1)
    assert "damaged" in str(column(house, "last_error"))


def test_a_bad_recipient_does_not_stop_the_others(house: House) -> None:
    for name in "abcd":
        queue(house, f"{name}@x.org")
    answer = refusing(b_at_x="550 5.1.1 no such user", c_at_x="450 4.2.1 later")
    with SmtpServer(answer=answer) as server:
        done = send(house, Smtp(Settings("127.0.0.1", server.port)))
        assert server.recipients() == ["a@x.org", "d@x.org"]
        assert server.connections == 1
    assert (done.sent, done.failed, done.deferred) == (2, 1, 1)
    assert [row[1] for row in states(house)] == ["sent", "failed", "queued", "sent"]
    assert column(house, "last_error", 2) == "550 5.1.1 no such user"


def test_a_permanent_failure_is_kept_with_its_reply(house: House) -> None:
    number = notify(house, "a@x.org")
    done = send(house, Twin(lambda parcel: NEVER))
    assert done.failed == 1
    (unsent,) = done.unsent
    assert (unsent.id, unsent.outcome, unsent.status_code) == (number, "failed", "5.1.1")
    assert states(house) == [(number, "failed", 1)]
    assert column(house, "next_attempt", number) is None
    assert house.rows(
        "SELECT status, failure_type, status_code, failure_reason FROM notification"
    ) == [("failed", "address", "5.1.1", "550 5.1.1 no such user")]


def test_a_notification_is_sent_when_its_letter_is(house: House) -> None:
    notify(house, "a@x.org")
    send(house)
    assert house.one("SELECT status FROM notification") == "sent"


@pytest.mark.parametrize("status", ["bounced", "delayed"])
def test_a_report_that_was_faster_than_the_note_stays(house: House, status: str) -> None:
    """A server on the same machine may bounce a letter before its reply is noted here."""
    notify(house, "a@x.org")

    def taken_and_reported(parcel: Parcel) -> Result:
        house.run(f"UPDATE notification SET status = '{status}'")
        return TAKEN

    send(house, Twin(taken_and_reported))
    assert house.one("SELECT status FROM notification") == status


def test_a_deferred_letter_is_tried_again_after_minutes(house: House) -> None:
    number = notify(house, "a@x.org")
    assert send(house, Twin(lambda parcel: LATER)).deferred == 1
    assert states(house) == [(number, "queued", 1)]
    wait = int(str(column(house, "next_attempt", number))) - NOW
    assert FIRST_DELAY * 0.75 <= wait <= FIRST_DELAY * 1.25
    assert column(house, "last_error", number) == LATER.text
    assert house.one("SELECT status FROM notification") == "ready"
    assert send(house, at=NOW + wait - 1).sent == 0
    assert send(house, at=NOW + wait).sent == 1
    assert column(house, "last_error", number) is None


def test_delays_grow_by_half_from_minutes_to_hours_and_differ() -> None:
    assert {delay(0) // FIRST_DELAY for _ in range(100)} <= {0, 1}
    assert len({delay(10**6) for _ in range(100)}) > 50
    for failing in (0, 600, 6000, 60000, 600000):
        middle = min(LONGEST_DELAY, max(FIRST_DELAY, failing / 2))
        assert all(0.74 * middle <= delay(failing) <= 1.25 * middle for _ in range(100))


def test_a_letter_is_given_up_after_five_days_of_attempts(house: House) -> None:
    notify(house, "a@x.org")
    at, attempts = NOW, 0
    twin = Twin(lambda parcel: LATER)
    while send(house, twin, at=at).failed == 0:
        attempts += 1
        at = int(house.one("SELECT next_attempt FROM outbox"))
        assert at <= NOW + LIFETIME
    assert at == NOW + LIFETIME
    assert 30 <= attempts <= 60
    assert states(house)[0][1:] == ("failed", attempts + 1)
    assert house.rows("SELECT status, failure_type, failure_reason FROM notification") == [
        ("failed", "mailbox", "given up after 5 days: 452 4.2.2 mailbox full")
    ]


def test_a_letter_that_waited_long_untried_has_its_five_days(house: House) -> None:
    """The machine was switched off for a week."""
    queue(house, "a@x.org", at=NOW - 2 * LIFETIME)
    assert send(house, Twin(lambda parcel: LATER)).deferred == 1


def test_where_the_server_cannot_be_reached_no_letter_is_tried(house: House) -> None:
    """A thousand letters wait for one connection, not for a thousand."""
    for number in range(1000):
        queue(house, f"{number}@x.org")
    asked = []

    def down(parcel: Parcel) -> Result:
        asked.append(parcel.key)
        return DOWN

    done = send(house, Twin(down))
    assert asked == [1]
    assert (done.postponed, done.sent, done.unusable) == (1000, 0, DOWN.text)
    assert {row[1:] for row in states(house)} == {("queued", 0)}
    waits = {
        next_attempt - NOW for (next_attempt,) in house.rows("SELECT next_attempt FROM outbox")
    }
    assert min(waits) >= FIRST_DELAY * 0.74
    assert max(waits) <= FIRST_DELAY * 1.25
    assert len(waits) > 50
    assert house.rows("SELECT 1 FROM outbox WHERE holder IS NOT NULL") == []


def test_after_an_outage_of_days_letters_wait_no_longer_than_half_an_hour(house: House) -> None:
    queue(house, "a@x.org", failing_since=NOW - 86400)
    send(house, Twin(lambda parcel: DOWN))
    wait = int(str(column(house, "next_attempt"))) - NOW
    assert OUTAGE_DELAY * 0.75 <= wait <= OUTAGE_DELAY * 1.25


def test_an_outage_of_five_days_is_a_failure(house: House) -> None:
    queue(house, "a@x.org", failing_since=NOW - LIFETIME)
    done = send(house, Twin(lambda parcel: DOWN))
    assert (done.failed, done.postponed) == (1, 0)
    assert states(house) == [(1, "failed", 0)]


def test_what_is_deferred_is_not_tried_again_by_the_same_run(house: House) -> None:
    queue(house, "a@x.org")
    clock = iter(range(NOW, NOW + 10**9, 3600))
    done = flush(house.gateway.database, Twin(lambda parcel: LATER), None, lambda: next(clock))
    assert done.deferred == 1
