"""Acknowledgements, and what answers our letters or is one of them."""

from __future__ import annotations

from typing import Any
from zlib import decompress

import pytest
from gateway.house import House, letter
from gateway.sent import SILENT, newest, outbox
from mail.letters import body


def test_an_alias_acknowledges_and_the_answer_to_that_is_a_reply(house: House) -> None:
    house.alias("thanks", acknowledge="Thank you. Grüße!")
    said = house.deliver(
        letter(author="Ann <ann@x.org>"), "thanks@example.com", sender="ann.desk@x.org"
    )
    assert (said["outcome"], said["notice"]) == ("created", None)
    (record,) = (row["id"] for row in said["records"])
    found = newest(house)
    assert outbox(house) == [
        ("notification", "acknowledgement", "bounce@example.com", "ann.desk@x.org")
    ]
    assert (found["from"], found["reply-to"]) == ("thanks@example.com", "thanks@example.com")
    assert body(found) == "Thank you. Grüße!\n"
    assert house.messages(record) == ["<1@x.org>", found["message-id"]]
    assert house.rows("SELECT kind, direction, class, parent FROM message WHERE id = 2") == [
        ("notification", "out", "auto-reply", 1)
    ]
    answer = letter(
        "2@x.org",
        author="ann.desk@x.org",
        extra=f"In-Reply-To: {found['message-id']}\n",
    )
    said = house.deliver(answer, "thanks@example.com")
    assert (said["outcome"], said["records"][0]["id"]) == ("replied", record)
    assert house.one("SELECT stranger FROM message WHERE message_id = '<2@x.org>'") == 0
    kinds = [kind for _, kind, *_ in outbox(house)]
    assert kinds == ["acknowledgement", None], "answers are not acknowledged"


@pytest.mark.parametrize("calls", [["thanks help"], ["thanks", "help"], ["help", "thanks"]])
def test_each_record_that_a_message_starts_is_acknowledged_by_its_alias(
    house: House, calls: list[str]
) -> None:
    """In whatever calls and order they come; another message within the interval is not."""
    house.alias("thanks", acknowledge="Thank you.")
    house.alias("more", acknowledge="More thanks.")
    for recipients in calls:
        names = [name.replace("help", "more") for name in recipients.split()]
        house.deliver(letter(), *(f"{name}@example.com" for name in names))
    found = house.rows(
        "SELECT r.alias_address, m.sender FROM message m JOIN record r ON r.id = m.record"
        " WHERE m.direction = 'out' ORDER BY 1"
    )
    assert found == [("more@example.com",) * 2, ("thanks@example.com",) * 2]
    house.deliver(letter("2@x.org"), "more@example.com")
    assert len(outbox(house)) == 2


@pytest.mark.parametrize(("options", "reason"), SILENT)
def test_acknowledgements_are_sent_under_the_conditions_of_notices(
    house: House, options: dict[str, Any], reason: str
) -> None:
    house.alias("sales", local_part_detection=True)
    house.alias("thanks", acknowledge="Thank you.")
    house.run("INSERT INTO retired VALUES ('was@example.com', 'alias', 1, NULL, 0)")
    parts = {key: options[key] for key in ("author", "extra") if key in options}
    sender = options.get("sender", "ann@x.org")
    said = house.deliver(letter(**parts), "thanks@example.com", sender=sender)
    assert said["outcome"] == ("ignored" if "auto-reply" in reason else "created")
    assert outbox(house) == []
    if said["outcome"] == "created":
        assert "; no acknowledgement: " in said["reason"]


def answer_to_a_notice(house: House, extra: str = "", *addresses: str) -> list[str]:
    """Return the rules by which an answer to a notice is judged."""
    house.deliver(letter(to="x@x.org"), "catchall@example.com")
    identifier = newest(house)["message-id"]
    raw = letter("2@x.org", extra=f"References: <1@x.org> {identifier}\n{extra}", to="x@x.org")
    return [r["rule"] for r in house.deliver(raw, *addresses)["recipients"]]


@pytest.mark.parametrize(
    ("extra", "address", "rule"),
    [
        ("Auto-Submitted: auto-replied\n", "bounce@example.com", "own"),
        ("Auto-Submitted: auto-replied\n", "info@example.com", "own"),
        ("Auto-Submitted: auto-generated\n", "info@example.com", "own"),
        ("", "bounce@example.com", "own"),
        ("", "catchall@example.com", "own"),
        ("", "info@example.com", "alias"),
        ("", "nobody@example.com", "no-route"),
        (
            "Content-Type: multipart/report; report-type=delivery-status\n",
            "bounce@example.com",
            "report",
        ),
    ],
)
def test_an_answer_to_a_notice_is_ignored_unless_a_person_writes_to_an_alias(
    house: House, extra: str, address: str, rule: str
) -> None:
    assert answer_to_a_notice(house, extra, address) == [rule]
    assert len(outbox(house)) == 1


def test_our_own_letters_that_come_back_are_ignored(house: House) -> None:
    house.deliver(letter(to="x@x.org"), "catchall@example.com")
    raw = decompress(house.one("SELECT o.data FROM original o JOIN outbox USING (digest)"))
    said = house.deliver(raw, "info@example.com", "catchall@example.com", sender="")
    assert [r["rule"] for r in said["recipients"]] == ["own", "own"]
    again = raw.replace(b"\nMessage-ID: <", b"\nMessage-ID: <changed.")
    assert house.deliver(again, "info@example.com", sender="")["rule"] == "own"


def test_two_gateways_that_answer_each_other_stop_at_once(house: House) -> None:
    """The other one sends the same kind of notice from its own bounce address."""
    house.deliver(letter(to="x@x.org"), "catchall@example.com")
    raw = decompress(house.one("SELECT o.data FROM original o JOIN outbox USING (digest)"))
    raw = raw.replace(b"example.com", b"other.org")
    for address in ("catchall@example.com", "info@example.com", "bounce@example.com"):
        assert house.deliver(raw, address, sender="")["notice"] is None
    assert len(outbox(house)) == 1
    assert house.records() == []


def test_who_is_suppressed_gets_neither_acknowledgement_nor_notice(house: House) -> None:
    house.alias("thanks", acknowledge="Thank you.")
    house.deliver(letter(), "info@example.com")
    house.run("UPDATE contact SET suppressed = 1")
    said = house.deliver(letter("2@x.org"), "thanks@example.com")
    assert "no acknowledgement: ann@x.org is suppressed" in said["reason"]
    lost = letter("3@x.org", to="catchall@example.com")
    assert (
        "no notice: ann@x.org is suppressed"
        in house.deliver(lost, "catchall@example.com")["reason"]
    )
    assert outbox(house) == []
