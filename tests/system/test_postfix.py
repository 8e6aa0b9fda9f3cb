"""Real mail through a real Postfix that runs on examples/postfix, as the README sets it up."""

from __future__ import annotations

import smtplib

import pytest
from system.gateway import Gateway, letter
from system.machine import wait_until
from system.postfix import Postfix

pytestmark = pytest.mark.root


@pytest.fixture(scope="module", autouse=True)
def aliases(gateway: Gateway) -> None:
    """The addresses that these tests write to, beside info and support of the README."""
    for address, model in (("jobs", "task"), ("größe", "lead")):
        gateway.mailgate("alias", "add", f"{address}@example.com", "--model", model)


def test_the_readme_s_letter_is_the_first_lead(gateway: Gateway, postfix: Postfix) -> None:
    record = gateway.wait_record("ann@example.org")
    assert record["name"] == "Ten chairs"
    assert record["model"] == "lead"


def test_a_letter_becomes_a_record(gateway: Gateway, postfix: Postfix, sender: str) -> None:
    postfix.send(sender, "info@example.com", letter(sender).as_bytes())
    record = gateway.wait_record(sender)
    assert record["name"] == "Ten chairs"
    assert record["model"] == "lead"
    assert record["alias"] == "info@example.com"
    (entry,) = gateway.journal(sender)
    assert entry["outcome"] == "created"
    assert entry["channel"] == "pipe"
    assert f"{entry['queue_id']}: to=<info@example.com>" in postfix.log()
    postfix.wait_empty()


def test_a_reply_lands_in_its_record(gateway: Gateway, postfix: Postfix, sender: str) -> None:
    first = letter(sender)
    postfix.send(sender, "info@example.com", first.as_bytes())
    record = gateway.wait_record(sender)
    answer = letter("colleague@src.test")
    answer["In-Reply-To"] = first["Message-ID"]
    postfix.send("colleague@src.test", "catchall@example.com", answer.as_bytes())
    wait_until(lambda: len(gateway.record(sender)["messages"]) == 2, "two messages")
    assert gateway.record(sender)["id"] == record["id"]
    assert gateway.records("colleague@src.test") == []


def test_an_unknown_address_bounces_with_our_line(postfix: Postfix, sender: str) -> None:
    postfix.send(sender, "nobody@example.com", letter(sender, "nobody@example.com").as_bytes())
    bounce = postfix.wait_bounce(sender)
    assert "<nobody@example.com>: no such address here" in bounce
    assert "Status: 5.1.1" in bounce
    assert "Action: failed" in bounce


def test_each_recipient_has_its_own_fate(gateway: Gateway, postfix: Postfix, sender: str) -> None:
    recipients = ["info@example.com", "jobs@example.com", "nobody@example.com"]
    postfix.send(sender, recipients, letter(sender).as_bytes())
    wait_until(lambda: len(gateway.records(sender)) == 2, "two records")
    assert {record["model"] for record in gateway.records(sender)} == {"lead", "task"}
    bounce = postfix.wait_bounce(sender)
    assert "<nobody@example.com>: no such address here" in bounce
    assert "jobs@example.com>:" not in bounce
    assert len(gateway.journal(sender)) == 3


def test_a_null_sender_arrives_as_null(gateway: Gateway, postfix: Postfix, sender: str) -> None:
    postfix.send("", "info@example.com", letter(sender).as_bytes())
    gateway.wait_record(sender)
    (entry,) = [entry for entry in gateway.mailgate("journal", "list") if entry["author"] == sender]
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
    gateway: Gateway, postfix: Postfix, sender: str, local_part: str
) -> None:
    postfix.send(sender, f'"{local_part}"@example.com', letter(sender).as_bytes())
    assert "no such address here" in postfix.wait_bounce(sender)
    assert not (gateway.machine.root / "var" / "tmp" / "pwned").exists()


def test_postfix_itself_refuses_what_would_look_like_an_option(
    postfix: Postfix, sender: str
) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        postfix.send(sender, "--dry-run@example.com", letter(sender).as_bytes())
    with pytest.raises(smtplib.SMTPSenderRefused):
        postfix.send("--dry-run@src.test", "info@example.com", letter(sender).as_bytes())


@pytest.mark.parametrize(
    "address", ["info+shop@example.com", "INFO@Example.COM", "Info+@example.com"]
)
def test_detail_and_case_do_not_matter(
    gateway: Gateway, postfix: Postfix, sender: str, address: str
) -> None:
    postfix.send(sender, address, letter(sender).as_bytes())
    assert gateway.wait_record(sender)["alias"] == "info@example.com"


def test_eight_bit_text_arrives_as_it_was_sent(
    gateway: Gateway, postfix: Postfix, sender: str
) -> None:
    head = f"From: {sender}\nSubject: Preis\nContent-Type: text/plain; charset=utf-8\n"
    text = f"{head}Content-Transfer-Encoding: 8bit\n\nStühle für 10 €\n"
    postfix.send(sender, "info@example.com", text, options=("BODY=8BITMIME",))
    (message,) = gateway.wait_record(sender)["messages"]
    assert message["body_text"].strip() == "Stühle für 10 €"


def test_addresses_beyond_ascii_arrive(gateway: Gateway, postfix: Postfix, sender: str) -> None:
    author = f"grüße.{sender}"
    text = f"From: Jürgen <{author}>\nTo: größe@example.com\nSubject: Größe\n\nHallo\n"
    postfix.send(author, "größe@example.com", text, options=("SMTPUTF8", "BODY=8BITMIME"))
    record = gateway.wait_record(author)
    assert record["name"] == "Größe"
    assert record["alias"] == "größe@example.com"
    assert [entry["sender"] for entry in gateway.journal(author)] == [author]
