"""Explaining: the decision of ``deliver``, with where each recipient came from and every step."""

from __future__ import annotations

from typing import Any

import pytest
from gateway.house import NOW, House, letter

from mailgate.errors import MailgateError
from mailgate.gateway import quarantine
from mailgate.gateway.explain import document, explain, explain_past
from mailgate.routing.router import RULES, name

NAMES = [name(rule) for rule in RULES]


def explained(
    house: House,
    raw: bytes,
    *recipients: str,
    sender: str | None = "ann@x.org",
    model: str | None = None,
) -> dict[str, Any]:
    envelope = house.envelope(recipients, sender, model)
    return document(explain(house.gateway, house.read(raw), envelope, NOW))


def past(house: House, number: int) -> dict[str, Any]:
    return document(explain_past(house.gateway, number, NOW))


def rules(recipient: dict[str, Any]) -> list[str]:
    return [step["rule"] for step in recipient["steps"]]


def state(house: House) -> list[Any]:
    tables = ("journal", "record", "message", "known_id", "opening", "outbox", "quarantine")
    return [house.rows(f"SELECT * FROM {table}") for table in tables]


def test_every_rule_up_to_the_one_that_decides_is_there_in_order(house: House) -> None:
    (recipient,) = explained(house, letter(), "info@example.com")["recipients"]
    assert rules(recipient) == NAMES[: NAMES.index("alias") + 1]
    assert {step["answer"] for step in recipient["steps"][:-1]} == {"next"}
    assert recipient["steps"][-1] == {
        "rule": "alias",
        "answer": "created",
        "reason": "info@example.com is an alias of model lead",
    }
    assert all(step["reason"] for step in recipient["steps"])


def test_nothing_changes(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    before = state(house)
    explained(house, letter("2@x.org"), "info@example.com", "catchall@example.com")
    past(house, 1)
    assert state(house) == before


@pytest.mark.parametrize(
    "to",
    [
        ("info@example.com",),
        ("nobody@example.com",),
        ("catchall@example.com", "bounce@example.com"),
        ("nobody@example.com", "help@example.com"),
        (),
    ],
)
def test_it_says_what_a_dry_run_says(house: House, to: tuple[str, ...]) -> None:
    found = explained(house, letter(), *to)
    for key, value in house.decide(letter(), *to).items():
        if key == "recipients":
            for mine, theirs in zip(found[key], value, strict=True):
                assert theirs.items() <= mine.items()
        else:
            assert found[key] == value


def test_the_source_is_the_envelope_or_the_field(house: House) -> None:
    raw = letter(extra="Delivered-To: help@example.com\nCc: bob@elsewhere.test\n")
    (given,) = explained(house, raw, "info@example.com")["recipients"]
    assert given["source"] == "envelope"
    found = explained(house, raw)
    assert [(r["address"], r["source"]) for r in found["recipients"]] == [
        ("help@example.com", "delivered-to"),
        ("info@example.com", "to"),
    ]
    assert found["passed_over"] == [{"address": "bob@elsewhere.test", "source": "cc"}]


def test_what_one_recipient_took_is_known_to_the_next(house: House) -> None:
    """Both addresses are one alias: the second finds the message there."""
    first, second = explained(house, letter(), "info@example.com", "info+x@example.com")[
        "recipients"
    ]
    assert first["steps"][-1]["answer"] == "created"
    assert (second["steps"][-1]["rule"], second["steps"][-1]["answer"]) == ("alias", "duplicate")


def test_the_last_step_is_the_verdict_as_it_ended(house: House) -> None:
    """A catchall's refusal is silent where another recipient takes the message."""
    raw = letter(to="undisclosed@x.org")
    found = explained(house, raw, "catchall@example.com", "info@example.com")
    catchall = found["recipients"][0]
    assert catchall["outcome"] == catchall["steps"][-1]["answer"] == "ignored"


def test_a_message_without_recipients_has_steps_of_its_own(house: House) -> None:
    found = explained(house, b"Subject: x\n\ntext\n")
    assert found["recipients"] == []
    assert [step["rule"] for step in found["steps"]] == NAMES
    assert found["exit_status"] == 67


def test_the_fallback_is_explained_where_it_waited_for_the_others(house: House) -> None:
    found = explained(house, letter(to="x@elsewhere.test"), model="ticket")
    (recipient,) = found["recipients"]
    assert recipient["steps"][-1]["rule"] == "fallback"
    assert rules(recipient).count("fallback") == 1


def test_every_notice_and_the_exit_status_are_there(house: House) -> None:
    found = explained(house, letter(to="x@y.org"), "catchall@example.com", "no@example.com")
    assert [notice["kind"] for notice in found["notices"]] == ["catchall", "no-route"]
    assert found["exit_status"] == 0
    assert explained(house, letter(), "no@example.com")["exit_status"] == 67


def test_mail_of_the_past_is_judged_as_if_it_came_anew(house: House) -> None:
    answer = house.deliver(letter(), "info@example.com", "info+x@example.com")
    found = past(house, answer["journal"])
    assert found["recipients"][0]["outcome"] == "created"
    assert found["recipients"][0]["reason"] == answer["recipients"][0]["reason"]
    assert found["journal"] == found["recorded"]["id"] == answer["journal"]
    assert found["recorded"]["outcome"] == "created"


def test_what_was_changed_since_then_shows(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.run("UPDATE alias SET policy = 'internal' WHERE local_part = 'info'")
    found = past(house, 1)
    assert (found["outcome"], found["recorded"]["outcome"]) == ("refused", "created")


def test_what_the_message_started_does_not_count_against_it(house: House) -> None:
    house.parameter("mail.gateway.loop.threshold", "1")
    house.deliver(letter(), "info@example.com")
    house.deliver(letter("2@x.org"), "info@example.com")
    assert past(house, 1)["outcome"] == "created"
    assert past(house, 2)["outcome"] == "held"


def test_a_release_from_quarantine_does_not_hide_why_it_was_held(house: House) -> None:
    house.parameter("mail.gateway.loop.threshold", "1")
    house.deliver(letter(), "info@example.com")
    house.deliver(letter("2@x.org"), "info@example.com")
    with house.change() as change:
        quarantine.release(change, quarantine.waiting(change.connection, 1))
    assert past(house, 2)["outcome"] == "held"


def test_the_notice_it_caused_does_not_silence_the_same_one(house: House) -> None:
    raw = letter(to="x@y.org")
    assert house.deliver(raw, "catchall@example.com")["notice"] is not None
    answer = house.deliver(letter("2@x.org", to="info@example.com"), "info@example.com")
    house.run("UPDATE alias SET policy = 'internal' WHERE local_part = 'info'")
    assert past(house, answer["journal"])["notice"] == {"kind": "policy", "to": "ann@x.org"}


def test_an_answer_that_revived_a_record_revives_it_again(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.run("DELETE FROM record")
    raw = letter("2@x.org", extra="In-Reply-To: <1@x.org>\n")
    answer = house.deliver(raw, "catchall@example.com")
    assert (answer["outcome"], answer["rule"]) == ("created", "reply")
    found = past(house, answer["journal"])
    assert (found["outcome"], found["rule"]) == ("created", "reply")


def test_the_envelope_of_the_past_is_the_one_it_came_with(house: House) -> None:
    """Also that there was none, and the fallback model."""
    house.deliver(letter(to="x@elsewhere.test"), model="ticket", sender=None)
    found = past(house, 1)
    assert (found["rule"], found["records"][0]["model"]) == ("fallback", "ticket")
    assert found["recipients"][0]["source"] == "to"
    assert found["message"]["sender"] is None


@pytest.mark.parametrize("sender", ["", "ann@x.org"])
def test_the_sender_of_the_past_stays_what_it_was(house: House, sender: str) -> None:
    house.deliver(letter(), "info@example.com", sender=sender)
    assert past(house, 1)["message"]["sender"] == sender


def test_mail_that_was_rejected_is_shown_as_the_journal_has_it(house: House) -> None:
    house.deliver(letter(), "nobody@example.com")
    found = past(house, 1)
    assert found["missing"] == "the bytes are not kept: the message was rejected"
    assert found["outcome"] == "rejected"
    (recipient,) = found["recipients"]
    assert (recipient["steps"], recipient["source"]) == ([], None)


def test_bytes_that_were_removed_are_missed(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.run("DELETE FROM original")
    found = past(house, 1)
    assert found["missing"] == "the bytes are not kept: they were removed since"
    assert found["rule"] == "alias"


def test_a_field_that_begins_like_an_mbox_line_is_read_again(house: House) -> None:
    """White space may stand before the colon: ``From :`` at the top is no mbox line then."""
    house.deliver(b"From x\n" + letter().replace(b"From:", b"From :"), "info@example.com")
    message = past(house, 1)["message"]
    assert message["author"] == "ann@x.org"
    assert message["size"] == house.one("SELECT size FROM journal") - len(b"From x\n")


def test_no_such_entry_is_one_line(house: House) -> None:
    with pytest.raises(MailgateError, match="no journal entry 7"):
        past(house, 7)
