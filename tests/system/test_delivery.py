"""Real mail through real servers that run on the examples, as the documentation sets them up."""

from __future__ import annotations

import re

import pytest
from system.gateway import letter
from system.machine import wait_until
from system.mta import Mta

pytestmark = pytest.mark.root


def test_the_readme_s_letter_is_the_first_lead(mta: Mta) -> None:
    record = mta.gateway.wait_record("ann@example.org")
    assert record["name"] == "Ten chairs"
    assert record["model"] == "lead"


def test_a_letter_becomes_a_record(mta: Mta, sender: str) -> None:
    mta.send(sender, "info@example.com", letter(sender).as_bytes())
    record = mta.gateway.wait_record(sender)
    assert record["name"] == "Ten chairs"
    assert record["model"] == "lead"
    assert record["alias"] == "info@example.com"
    (entry,) = mta.gateway.journal(sender)
    assert entry["outcome"] == "created"
    assert entry["channel"] == "pipe"
    assert entry["queue_id"] in mta.log()
    mta.wait_empty()


def test_a_reply_lands_in_its_record(mta: Mta, sender: str) -> None:
    first = letter(sender)
    mta.send(sender, "info@example.com", first.as_bytes())
    record = mta.gateway.wait_record(sender)
    answer = letter("colleague@src.test")
    answer["In-Reply-To"] = first["Message-ID"]
    mta.send("colleague@src.test", "catchall@example.com", answer.as_bytes())
    wait_until(lambda: len(mta.gateway.record(sender)["messages"]) == 2, "two messages")
    assert mta.gateway.record(sender)["id"] == record["id"]
    assert mta.gateway.records("colleague@src.test") == []


def test_an_unknown_address_bounces_with_our_line(mta: Mta, sender: str) -> None:
    mta.send(sender, "nobody@example.com", letter(sender, "nobody@example.com").as_bytes())
    bounce = mta.wait_bounce(sender)
    assert "<nobody@example.com>: no such address here" in bounce
    assert "Action: failed" in bounce


def test_each_recipient_has_its_own_fate(mta: Mta, sender: str) -> None:
    recipients = ["info@example.com", "jobs@example.com", "nobody@example.com"]
    mta.send(sender, recipients, letter(sender).as_bytes())
    wait_until(lambda: len(mta.gateway.records(sender)) == 2, "two records")
    assert {record["model"] for record in mta.gateway.records(sender)} == {"lead", "task"}
    bounce = mta.wait_bounce(sender)
    assert "<nobody@example.com>: no such address here" in bounce
    assert "jobs@example.com>:" not in bounce
    assert len(mta.gateway.journal(sender)) == 3


def test_a_null_sender_arrives_as_null(mta: Mta, sender: str) -> None:
    mta.send("", "info@example.com", letter(sender).as_bytes())
    mta.gateway.wait_record(sender)
    (entry,) = [
        entry for entry in mta.gateway.mailgate("journal", "list") if entry["author"] == sender
    ]
    assert entry["sender"] == ""


@pytest.mark.parametrize(
    "local_part",
    [
        "odd one",
        "x; touch /var/tmp/pwned",
        "$(touch /var/tmp/pwned)",
        "<>",
        "a@b",
        "*",
    ],
)
def test_a_strange_local_part_is_only_an_unknown_address(
    mta: Mta, sender: str, local_part: str
) -> None:
    mta.send(sender, f'"{local_part}"@example.com', letter(sender).as_bytes())
    # Exim gives the local part without its quotes, and then it is no address at all.
    assert re.search("no such address here|cannot be an address", mta.wait_bounce(sender))
    assert not (mta.machine.root / "var" / "tmp" / "pwned").exists()


@pytest.mark.parametrize(
    "address", ["info+shop@example.com", "INFO@Example.COM", "Info+@example.com"]
)
def test_detail_and_case_do_not_matter(mta: Mta, sender: str, address: str) -> None:
    mta.send(sender, address, letter(sender).as_bytes())
    assert mta.gateway.wait_record(sender)["alias"] == "info@example.com"


def test_eight_bit_text_arrives_as_it_was_sent(mta: Mta, sender: str) -> None:
    head = f"From: {sender}\nSubject: Preis\nContent-Type: text/plain; charset=utf-8\n"
    text = f"{head}Content-Transfer-Encoding: 8bit\n\nStühle für 10 €\n"
    mta.send(sender, "info@example.com", text, options=("BODY=8BITMIME",))
    (message,) = mta.gateway.wait_record(sender)["messages"]
    assert message["body_text"].strip() == "Stühle für 10 €"


def test_addresses_beyond_ascii_arrive(mta: Mta, sender: str) -> None:
    author = f"grüße.{sender}"
    text = f"From: Jürgen <{author}>\nTo: größe@example.com\nSubject: Größe\n\nHallo\n"
    mta.send(author, "größe@example.com", text, options=("SMTPUTF8", "BODY=8BITMIME"))
    record = mta.gateway.wait_record(author)
    assert record["name"] == "Größe"
    assert record["alias"] == "größe@example.com"
    assert [entry["sender"] for entry in mta.gateway.journal(author)] == [author]
