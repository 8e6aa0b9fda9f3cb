"""What mailgate is for, told in seven stories: each with real mail through real servers."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from system.gateway import SERIAL, letter
from system.machine import wait_until
from system.mta import Mta

pytestmark = pytest.mark.root

LIMIT = 20
"""How many records an author may start before the next letter is held, as it is by default."""


def add_domain(mta: Mta, company: str, *options: str) -> str:
    """Add a domain that no other story has, with its contact, and return its name."""
    domain = f"{company.lower()}{next(SERIAL)}.example"
    contact = f"office@{domain}"
    mta.gateway.mailgate(
        *("domain", "add", domain, "--company", company, "--contact", contact), *options
    )
    return domain


def add_alias(mta: Mta, address: str, *options: str) -> str:
    """Let an address start leads, and return it."""
    mta.gateway.mailgate("alias", "add", address, "--model", "lead", *options)
    return address


def answer(sender: str, recipient: str, *thread: EmailMessage) -> EmailMessage:
    """Return an answer to the last message of a conversation."""
    message = letter(sender, recipient, "Yes, please\n")
    message["In-Reply-To"] = thread[-1]["Message-ID"]
    message["References"] = " ".join(earlier["Message-ID"] for earlier in thread)
    return message


def send(mta: Mta, message: EmailMessage) -> None:
    """Send a message from its author to the address in To, and to nobody else."""
    mta.send(message["From"], message["To"], message.as_bytes())


def wait_entry(mta: Mta, message: EmailMessage) -> dict[str, Any]:
    """Wait until a message is in the journal, and return its only entry."""

    def entries() -> list[dict[str, Any]]:
        journal = mta.gateway.journal(message["From"])
        return [entry for entry in journal if entry["message_id"] == message["Message-ID"]]

    (entry,) = wait_until(entries, f"{message['Message-ID']} in the journal")
    return entry


def arrive(mta: Mta, message: EmailMessage) -> dict[str, Any]:
    """Send a message as `send` does, and return its entry in the journal."""
    send(mta, message)
    return wait_entry(mta, message)


def show_record(mta: Mta, number: int) -> dict[str, Any]:
    """Return a record with its messages."""
    shown: dict[str, Any] = mta.gateway.mailgate("record", "show", str(number))
    return shown


def message_ids(record: dict[str, Any]) -> list[str]:
    """Return the Message-IDs of a record's messages, the oldest first."""
    return [message["message_id"] for message in record["messages"]]


def notices(mta: Mta, recipient: str) -> list[dict[str, Any]]:
    """Return the notices to somebody that wait to be sent, the newest first."""
    return [
        mta.gateway.mailgate("outbox", "show", str(waiting["id"]))
        for waiting in mta.gateway.mailgate("outbox", "list")
        if waiting["kind"] == "notice" and waiting["recipients"] == [recipient]
    ]


def field(notice: dict[str, Any], name: str) -> str:
    """Return the value of the only header field of that name."""
    (value,) = [header["value"] for header in notice["headers"] if header["name"] == name]
    return str(value)


def held(mta: Mta, sender: str, reason: str) -> list[dict[str, Any]]:
    """Return what is held for that reason of a sender's mail, the newest first."""
    listed = mta.gateway.mailgate("quarantine", "list", "--reason", reason)
    return [waiting for waiting in listed if waiting["sender"] == sender]


def test_an_alias_makes_a_lead_for_its_team(mta: Mta, sender: str) -> None:
    """Who writes to sales@ has started a lead of the sales team, whose members follow it."""
    domain = add_domain(mta, "Chairs")
    team = [f"amy@{domain}", f"bob@{domain}"]
    followers = [word for member in team for word in ("--follower", member)]
    sales = add_alias(mta, f"sales@{domain}", "--default", "team=sales", *followers)
    asked = letter(sender, sales, "What do they cost?\n")
    assert arrive(mta, asked)["outcome"] == "created"
    record = mta.gateway.record(sender)
    assert (record["model"], record["name"]) == ("lead", "Ten chairs")
    assert (record["alias"], record["domain"]) == (sales, domain)
    assert record["values"]["team"] == "sales"
    assert set(record["followers"]) == {*team, sender}
    assert [message["body_text"].strip() for message in record["messages"]] == [
        "What do they cost?"
    ]
    assert mta.gateway.mailgate("alias", "show", sales)["status"] == "valid"


def test_the_answer_to_it_lands_in_it(mta: Mta, sender: str) -> None:
    """A colleague answers the lead and the customer answers that: one conversation, and open."""
    domain = add_domain(mta, "Chairs")
    amy = f"amy{next(SERIAL)}@src.test"
    sales = add_alias(mta, f"sales@{domain}", "--follower", amy)
    asked = letter(sender, sales)
    arrive(mta, asked)
    offered = answer(amy, sales, asked)
    (landed,) = arrive(mta, offered)["records"]
    mta.gateway.mailgate("record", "close", str(landed["id"]))
    ordered = answer(sender, sales, asked, offered)
    assert arrive(mta, ordered)["outcome"] == "replied"
    record = mta.gateway.record(sender)
    assert (record["id"], record["state"]) == (landed["id"], "open")
    assert message_ids(record) == [message["Message-ID"] for message in (asked, offered, ordered)]
    assert not any(message["stranger"] for message in record["messages"])
    assert mta.gateway.records(amy) == []


def test_the_catchall_takes_replies_and_answers_new_letters(mta: Mta, sender: str) -> None:
    """A reply to catchall@ finds its conversation; who begins one there is told where to write."""
    domain = add_domain(mta, "Chairs")
    asked = letter(sender, add_alias(mta, f"info@{domain}"))
    arrive(mta, asked)
    reply = answer(sender, f"catchall@{domain}", asked)
    assert arrive(mta, reply)["outcome"] == "replied"
    assert message_ids(mta.gateway.record(sender)) == [asked["Message-ID"], reply["Message-ID"]]
    assert notices(mta, sender) == []

    new = letter(sender, f"catchall@{domain}")
    entry = arrive(mta, new)
    assert (entry["outcome"], entry["rule"]) == ("refused", "catchall")
    assert entry["notice"] == {"kind": "catchall", "to": sender}
    assert len(mta.gateway.records(sender)) == 1
    (notice,) = notices(mta, sender)
    assert (notice["status"], notice["sender"]) == ("queued", "")
    assert field(notice, "In-Reply-To") == new["Message-ID"]
    assert field(notice, "Auto-Submitted") == "auto-replied"
    assert f"office@{domain}" in notice["body"]
    mta.wait_empty()
    assert mta.bounces(sender) == []


def test_two_companies_share_a_gateway_and_nothing_else(mta: Mta, sender: str) -> None:
    """Each of two companies has its own info@, its own records and its own name in notices."""
    firms = {company: add_domain(mta, company) for company in ("North", "South")}
    addresses = [add_alias(mta, f"info@{domain}") for domain in firms.values()]
    asked = letter(sender, ", ".join(addresses))
    mta.send(sender, addresses, asked.as_bytes())
    wait_until(lambda: len(mta.gateway.records(sender)) == 2, "two records")
    for domain in firms.values():
        (record,) = mta.gateway.mailgate("record", "list", "--alias", f"info@{domain}")
        assert (record["sender"], record["domain"]) == (sender, domain)
        followup = answer(sender, f"info@{domain}", asked)
        (landed,) = arrive(mta, followup)["records"]
        assert landed["id"] == record["id"]
        assert message_ids(show_record(mta, record["id"]))[1:] == [followup["Message-ID"]]

    for company, domain in firms.items():
        lost = letter(f"{company.lower()}.{sender}", f"catchall@{domain}")
        assert arrive(mta, lost)["outcome"] == "refused"
        (notice,) = notices(mta, lost["From"])
        assert field(notice, "From").endswith(f"<bounce@{domain}>")
        for name, contact in ((name, f"office@{other}") for name, other in firms.items()):
            assert (name in notice["body"]) == (name == company)
            assert (contact in notice["body"]) == (name == company)


def test_a_provider_redirects_and_confirms_it(mta: Mta, sender: str) -> None:
    """A provider redirects a domain's mail here, once the link in its letter was followed."""
    outside = f"firm{next(SERIAL)}.example"
    domain = add_domain(mta, "Firm", "--redirect-from", outside)
    provider = f"provider.{sender}"
    link = f"https://provider.test/confirm?domain={outside}&key=4711"
    shown = mta.gateway.mailgate("domain", "verify", domain, "--for", "1h")
    assert shown["verify_until"]
    confirmation = letter(provider, f"catchall@{domain}", f"Please follow {link} to confirm.\n")
    entry = arrive(mta, confirmation)
    assert (entry["outcome"], entry["rule"], entry["notice"]) == ("held", "verification", None)
    (waiting,) = held(mta, provider, "verification")
    assert mta.gateway.mailgate("quarantine", "show", str(waiting["id"]))["links"] == [link]
    mta.gateway.mailgate("domain", "verify", domain, "--for", "0s")

    asked = letter(sender, f"info@{outside}")
    info = add_alias(mta, f"info@{domain}")
    mta.send(sender, info, asked.as_bytes())
    assert mta.gateway.wait_record(sender)["alias"] == info
    assert arrive(mta, answer(sender, f"catchall@{outside}", asked))["outcome"] == "replied"
    assert len(mta.gateway.record(sender)["messages"]) == 2
    assert arrive(mta, letter(sender, f"catchall@{domain}"))["rule"] == "catchall"
    assert len(notices(mta, sender)) == 1
    assert notices(mta, provider) == []


def test_the_twenty_first_letter_waits_for_a_person(mta: Mta, sender: str) -> None:
    """Who starts twenty records in two hours is told once that more are held; replies never are."""
    info = add_alias(mta, f"info@{add_domain(mta, 'Chairs')}")
    letters = [letter(sender, info) for _ in range(LIMIT)]
    for message in letters:
        send(mta, message)
    wait_until(lambda: len(mta.gateway.records(sender)) == LIMIT, "twenty records")
    assert notices(mta, sender) == []

    excess = arrive(mta, letter(sender, info))
    assert (excess["outcome"], excess["records"]) == ("held", [])
    assert excess["notice"] == {"kind": "loop", "to": sender}
    again = arrive(mta, letter(sender, info))
    assert (again["outcome"], again["notice"]) == ("held", None)
    assert len(notices(mta, sender)) == 1
    reply = arrive(mta, answer(sender, info, letters[0]))
    assert reply["outcome"] == "replied"
    assert len(mta.gateway.records(sender)) == LIMIT

    newest, first = held(mta, sender, "loop")
    assert (newest["journal"], first["journal"]) == (again["id"], excess["id"])
    mta.gateway.mailgate("quarantine", "release", str(first["id"]))
    started = mta.gateway.records(sender)
    assert len(started) == LIMIT + 1
    assert message_ids(show_record(mta, started[0]["id"])) == [excess["message_id"]]
    assert [waiting["id"] for waiting in held(mta, sender, "loop")] == [newest["id"]]


def test_another_domain_s_address_in_cc_starts_nothing(mta: Mta, sender: str) -> None:
    """Only who really gets a letter counts, and by its local part alone only where allowed."""
    ours = add_domain(mta, "Chairs")
    theirs = f"other{next(SERIAL)}.example"
    info, commercial = (add_alias(mta, f"{name}@{ours}") for name in ("info", "commercial"))
    for option in ("--full-address", "--local-part"):
        mta.gateway.mailgate("alias", "set", commercial, option)
        copied = letter(sender, info)
        copied["Cc"] = f"commercial@{theirs}"
        (record,) = arrive(mta, copied)["records"]
        assert record["alias"] == info

    direct = f"direct.{sender}"
    try:
        mta.gateway.mailgate("param", "set", "mail.catchall.domain.allowed", ours)
        send(mta, letter(direct, f"commercial@{theirs}"))
        assert "no such address here" in mta.wait_bounce(direct)
        assert mta.gateway.records(direct) == []
        mta.gateway.mailgate("param", "set", "mail.catchall.domain.allowed", f"{ours},{theirs}")
        arrive(mta, letter(direct, f"commercial@{theirs}"))
        assert mta.gateway.record(direct)["alias"] == commercial
    finally:
        mta.gateway.mailgate("param", "unset", "mail.catchall.domain.allowed")
        mta.gateway.mailgate("alias", "remove", commercial)
