"""Notices and acknowledgements from the message to the outbox, and when there are none."""

from __future__ import annotations

from typing import Any

import pytest
from gateway.house import NOW, House, letter
from gateway.sent import SILENT, newest, outbox
from mail.letters import body, subject

from mailgate.gateway.administration.aliases import AliasOptions, remove_alias, set_alias
from mailgate.gateway.administration.domains import DomainOptions, set_domain
from mailgate.gateway.administration.patterns import add_pattern

MINUTE = 60


def number_of_openings(house: House) -> int:
    """Return how many records were started, or held by the limit."""
    return int(house.one("SELECT count(*) FROM opening"))


def test_new_mail_to_a_catchall_is_answered_from_the_domain_it_was_for(house: House) -> None:
    with house.change() as change:
        options = DomainOptions(company="Chairs", contact="office@chairs.org")
        set_domain(change, "example.net", options)
    said = house.deliver(letter(to="x@x.org"), "all@example.net")
    assert said["notice"] == {"kind": "catchall", "to": "ann@x.org"}
    assert outbox(house) == [("notice", "catchall", "", "ann@x.org")]
    assert house.rows("SELECT notice, notice_to FROM journal") == [("catchall", "ann@x.org")]
    found = newest(house)
    assert found["from"] == "MAILER-DAEMON <errors@example.net>"
    assert (found["subject"], found["in-reply-to"]) == ("Re: Ten chairs", "<1@x.org>")
    assert "Chairs" in body(found)
    assert "office@chairs.org" in body(found)
    assert house.records() == []


def test_a_dry_run_says_the_same_and_writes_nothing(house: House) -> None:
    said = house.decide(letter(to="x@x.org"), "catchall@example.com")
    assert said["notice"] == {"kind": "catchall", "to": "ann@x.org"}
    assert outbox(house) == []


@pytest.mark.parametrize("successor", [True, False])
def test_a_retired_address_names_the_new_one_or_the_contact(
    house: House, *, successor: bool
) -> None:
    with house.change() as change:
        if successor:
            set_alias(change, "info@example.com", AliasOptions(address="office@example.net"))
        else:
            remove_alias(change, "info@example.com")
    said = house.deliver(letter(), "info+x@old.example")
    assert said["notice"] == {"kind": "retired", "to": "ann@x.org"}
    named = "office@example.net" if successor else "postmaster@example.com"
    assert f"write to {named} instead" in body(newest(house))


@pytest.mark.parametrize("text", ["", "Only for staff, sorry.\n{address}"])
def test_a_policy_is_told_in_the_aliass_words_or_the_standard_ones(house: House, text: str) -> None:
    house.alias("staff", policy="internal", refusal_text=text)
    said = house.deliver(letter(), "staff@example.com")
    assert said["notice"] == {"kind": "policy", "to": "ann@x.org"}
    found = body(newest(house))
    assert found.startswith(text or "Your message could not be accepted at staff@example.com")
    assert "> Subject: Ten chairs" in found


def test_a_rejection_is_told_by_notice_only_where_the_exit_code_cannot(house: House) -> None:
    said = house.deliver(letter(), "nobody@example.net", "info@example.com")
    assert (said["outcome"], said["notice"]) == ("created", {"kind": "no-route", "to": "ann@x.org"})
    found = newest(house)
    assert "nobody@example.net" in body(found)
    assert found["from"] == "MAILER-DAEMON <errors@example.net>"
    said = house.deliver(letter("2@x.org", author="bob@x.org"), "nobody@example.com", sender="b@x")
    assert (said["outcome"], said["notice"], len(outbox(house))) == ("rejected", None, 1)


def test_one_notice_tells_of_every_recipient_that_was_rejected_and_why(house: House) -> None:
    house.alias("staff", policy="internal", on_refusal="reject")
    said = house.deliver(letter(), "nobody@example.com", "staff@example.com", "a b", "info")
    assert said["notice"] == {"kind": "no-route", "to": "ann@x.org"}
    assert outbox(house) == [("notice", "no-route", "", "ann@x.org")]
    text = body(newest(house))
    assert "  nobody@example.com: there is no such address here\n" in text
    assert "  staff@example.com: this address takes mail from certain senders only\n" in text
    assert "  a b: this cannot be an address\n" in text
    assert "no notice" not in str(said["recipients"])


def test_the_charset_of_a_message_is_that_of_its_subject_in_a_notice(house: House) -> None:
    koi = "Content-Type: text/plain; charset=koi8-r\n"
    raw = letter(subject="GRUESSE", to="catchall@example.com", extra=koi)
    house.deliver(raw.replace(b"GRUESSE", "привет".encode("koi8-r")), "catchall@example.com")
    assert subject(newest(house)) == "Re: привет"
    assert "> Subject: привет" in body(newest(house))


@pytest.mark.parametrize("first", ["sales@elsewhere.org", "any@elsewhere.org"])
def test_a_notice_about_an_address_of_no_domain_of_ours_is_written_too(
    house: House, first: str
) -> None:
    house.alias("sales", local_part_detection=True)
    said = house.deliver(letter(), first, "a b", model="ticket")
    assert said["notice"] == {"kind": "no-route", "to": "ann@x.org"}
    assert newest(house)["from"] == "MAILER-DAEMON <bounce@example.com>"


def test_the_loop_notice_comes_once_and_mail_is_held_then_rejected(house: House) -> None:
    house.parameter("mail.gateway.loop.threshold", "2")
    said = [house.deliver(letter(f"{n}@x.org"), "info@example.com") for n in range(7)]
    assert [s["outcome"] for s in said] == ["created"] * 2 + ["held"] * 2 + ["rejected"] * 3
    assert [s["notice"] and s["notice"]["kind"] for s in said] == [None, None, "loop"] + [None] * 4
    assert "; no notice: ann@x.org got one" in said[3]["reason"]
    assert outbox(house) == [("notice", "loop", "", "ann@x.org")]
    assert "need not send it again" in body(newest(house))
    assert house.one("SELECT count(*) FROM quarantine WHERE reason = 'loop'") == 2
    assert number_of_openings(house) == 4


def test_the_window_of_the_limit_moves_on(house: House) -> None:
    house.parameter("mail.gateway.loop.threshold", "1")
    house.deliver(letter(), "info@example.com")
    late = NOW + 120 * MINUTE
    said = house.deliver(letter("2@x.org"), "info@example.com", at=late - 1)
    assert said["outcome"] == "held"
    assert house.deliver(letter("3@x.org"), "info@example.com", at=late)["outcome"] == "created"


def test_deleting_records_resets_no_limit_and_the_allow_list_exempts(house: House) -> None:
    house.parameter("mail.gateway.loop.threshold", "1")
    house.deliver(letter(), "info@example.com")
    house.run("DELETE FROM record")
    assert house.deliver(letter("2@x.org"), "info@example.com")["outcome"] == "held"
    with house.change() as change:
        add_pattern(change, "allow", "*@x.org")
    assert house.deliver(letter("3@x.org"), "info@example.com")["outcome"] == "created"


def test_a_threshold_that_was_lowered_counts_what_is_held_and_what_was_started(
    house: House,
) -> None:
    house.parameter("mail.gateway.loop.threshold", "5")
    for number in range(10):
        house.deliver(letter(f"{number}@x.org"), "info@example.com", at=NOW + number)
    house.parameter("mail.gateway.loop.threshold", "1")
    said = house.deliver(letter("more@x.org"), "info@example.com", at=NOW + 20)
    assert said["outcome"] == "rejected"


@pytest.mark.parametrize(("options", "reason"), SILENT)
@pytest.mark.parametrize("case", ["catchall", "retired", "policy", "no-route", "loop"])
def test_where_none_is_sent_there_is_none_and_the_reason_says_why(
    house: House, case: str, options: dict[str, Any], reason: str
) -> None:
    house.alias("sales", local_part_detection=True)
    house.alias("was")
    house.alias("staff", policy="internal")
    with house.change() as change:
        set_alias(change, "was@example.com", AliasOptions(address="now@example.com"))
    house.run("INSERT INTO retired VALUES ('gone@example.com', 'alias', 1, NULL, 0)")
    address = {"retired": "gone", "policy": "staff", "no-route": "nobody", "loop": "info"}
    to = [address.get(case, case) + "@example.com"]
    if case == "no-route":
        to.append("bounce@example.com")
    if case == "loop":
        house.parameter("mail.gateway.alias.threshold", "1")
        house.deliver(letter("0@x.org", author="zoe@x.org"), "info@example.com")
    parts = {key: options[key] for key in ("author", "extra") if key in options}
    said = house.deliver(letter(to=to[0], **parts), *to, sender=options.get("sender", "ann@x.org"))
    recipient = said["recipients"][0]
    assert said["notice"] is None
    assert outbox(house) == []
    if recipient["rule"] == "auto-reply":
        assert case in ("policy", "loop"), "a machine's answer starts nothing in the first place"
        return
    assert recipient["outcome"] == {"no-route": "rejected", "loop": "held"}.get(case, "refused")
    assert "; no notice: " in recipient["reason"]
    assert reason in recipient["reason"]


@pytest.mark.parametrize(
    ("results", "notice"),
    [
        ("", False),
        ("mx.example.com; spf=fail smtp.mailfrom=x.org", False),
        ("mx.example.com; dkim=pass header.d=x.org; dmarc=fail", False),
        ("other.example.com; dkim=pass header.d=x.org", False),
        ("mx.example.com; dkim=pass header.d=x.org", True),
    ],
)
def test_an_author_who_fails_the_trusted_system_gets_none(
    house: House, results: str, *, notice: bool
) -> None:
    house.parameter("mail.trusted.authserv", "mx.example.com")
    extra = f"Authentication-Results: {results}\n" if results else ""
    said = house.deliver(letter(extra=extra, to="catchall@example.com"), "catchall@example.com")
    assert (said["notice"] is not None) is notice
    assert ("not proven" in said["reason"]) is not notice


def test_one_of_a_kind_within_the_interval_and_for_each_sender(house: House) -> None:
    def refuse(number: int, address: str, at: int, sender: str = "ann@x.org") -> bool:
        raw = letter(f"{number}@x.org", to=address)
        return house.deliver(raw, address, at=at, sender=sender)["notice"] is not None

    house.alias("staff", policy="internal")
    assert refuse(1, "catchall@example.com", NOW)
    assert not refuse(2, "catchall@example.com", NOW + 1)
    assert not refuse(3, "all@example.net", NOW + 120 * MINUTE - 1)
    assert refuse(4, "staff@example.com", NOW + 2)
    assert refuse(5, "catchall@example.com", NOW + 3, "bob@x.org")
    assert refuse(6, "catchall@example.com", NOW + 120 * MINUTE)
    assert not refuse(6, "catchall@example.com", NOW + 999 * MINUTE), "a retry"
    house.parameter("mail.notice.interval.minutes", "0")
    assert refuse(7, "catchall@example.com", NOW + 120 * MINUTE)
    assert not refuse(7, "catchall@example.com", NOW + 121 * MINUTE), "a retry"
    assert not refuse(7, "all@example.net", NOW + 121 * MINUTE), "the same message"


def test_an_hour_has_so_many_notices_whoever_gets_them(house: House) -> None:
    house.parameter("mail.notice.max.per.hour", "3")
    address = "catchall@example.com"
    for number, (at, sent) in enumerate(
        [(0, True), (10, True), (20, True), (30, False), (3599, False), (3600, True), (3601, False)]
    ):
        who = f"p{number}@x.org"
        said = house.deliver(
            letter(f"{number}@x.org", author=who, to=address), address, sender=who, at=NOW + at
        )
        assert (said["notice"] is not None) is sent, at
        assert ("3 notices were sent within the hour" in said["reason"]) is not sent


def test_one_message_gets_one_of_a_kind_in_one_call_as_in_many(house: House) -> None:
    addresses = ("catchall@example.com", "all@example.net")
    said = house.deliver(letter(to="x@x.org"), *addresses)
    assert said["notice"] == {"kind": "catchall", "to": "ann@x.org"}
    assert "gets one for another recipient" in said["recipients"][1]["reason"]
    for address in addresses:
        assert house.deliver(letter(to="x@x.org"), address)["notice"] is None
    assert len(outbox(house)) == 1
