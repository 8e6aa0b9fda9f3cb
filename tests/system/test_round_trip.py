"""Both directions of a conversation, through real servers: answers, copies, and what comes back."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from system.gateway import SERIAL, letter
from system.machine import wait_until
from system.mta import Mta

pytestmark = pytest.mark.root


@pytest.fixture
def firm(mta: Mta) -> str:
    """A company with a domain that no other test has; its mail goes out through the server."""
    mta.send_out()
    domain = f"firm{next(SERIAL)}.example"
    contact = f"office@{domain}"
    mta.gateway.mailgate("domain", "add", domain, "--company", "Firm", "--contact", contact)
    return domain


def add_alias(mta: Mta, address: str, *options: str) -> str:
    """Let an address start leads, and return it."""
    mta.gateway.mailgate("alias", "add", address, "--model", "lead", *options)
    return address


def answer(copy: EmailMessage, author: str, text: str = "Yes, please\n") -> EmailMessage:
    """Return an answer as a mail program makes it from what is in somebody's mailbox."""
    message = letter(author, parseaddr(str(copy["Reply-To"] or copy["From"]))[1], text)
    message.replace_header("Subject", f"Re: {copy['Subject']}")
    message["In-Reply-To"] = copy["Message-ID"]
    message["References"] = f"{copy['References'] or ''} {copy['Message-ID']}".strip()
    return message


def arrive(mta: Mta, message: EmailMessage) -> dict[str, Any]:
    """Send a message from its author to the address in To; return its entry in the journal."""
    mta.send(message["From"], message["To"], message.as_bytes())

    def entries() -> list[dict[str, Any]]:
        journal = mta.gateway.journal(message["From"])
        return [entry for entry in journal if entry["message_id"] == message["Message-ID"]]

    (entry,) = wait_until(entries, f"{message['Message-ID']} in the journal")
    return entry


def record(mta: Mta, number: int) -> dict[str, Any]:
    """Return a record with its messages."""
    shown: dict[str, Any] = mta.gateway.mailgate("record", "show", str(number))
    return shown


def notifications(mta: Mta, recipient: str) -> list[dict[str, Any]]:
    """Return what somebody was notified of, the newest first."""
    found: list[dict[str, Any]] = mta.gateway.mailgate("notification", "list")
    return [one for one in found if one["recipient"] == recipient]


def test_a_conversation_is_held_by_mail_alone(mta: Mta, firm: str, sender: str) -> None:
    """Customer, alias, follower, her answer, the customer's answer to that."""
    amy = f"amy{next(SERIAL)}@src.test"
    info = add_alias(mta, f"info@{firm}", "--follower", amy)
    asked = letter(sender, info, "What do ten chairs cost?\n")
    (started,) = arrive(mta, asked)["records"]
    mta.gateway.mailgate("outbox", "flush")
    (first,) = mta.wait_mail(amy)
    assert (first["Reply-To"], first["From"].addresses[0].addr_spec) == (info, info)
    assert "via Firm" in str(first["From"])
    assert first["Message-ID"] != asked["Message-ID"]
    assert first["Message-ID"].endswith(f"@{firm}>")
    assert first.get_content().strip() == asked.get_content().strip()

    offered = answer(first, amy, "A hundred.\n")
    assert arrive(mta, offered)["records"][0] | {"alias": ""} == {
        "id": started["id"],
        "model": "lead",
        "action": "replied",
        "alias": "",
    }
    mta.gateway.mailgate("outbox", "flush")
    (second,) = mta.wait_mail(sender)
    assert second.get_content().strip() == offered.get_content().strip()
    assert second["In-Reply-To"] == asked["Message-ID"], "as the customer knows his letter"

    ordered = answer(second, sender, "I take them.\n")
    assert arrive(mta, ordered)["outcome"] == "replied"
    mta.gateway.mailgate("outbox", "flush")
    wait_until(lambda: len(mta.mail(amy)) == 2, f"the second copy to {amy}")
    assert len(mta.mail(sender)) == 1, "nobody gets his own letter"
    texts = [message["body_text"].strip() for message in record(mta, started["id"])["messages"]]
    assert texts == ["What do ten chairs cost?", "A hundred.", "I take them."]
    assert {one["status"] for one in notifications(mta, amy)} == {"sent"}


@pytest.mark.parametrize("verp", ["on", "off"])
def test_a_post_to_a_mailbox_that_does_not_exist_turns_red(
    mta: Mta, firm: str, sender: str, verp: str
) -> None:
    """The server takes it and its own report comes back, to the very message that failed."""
    nobody = f"nobody{next(SERIAL)}@mail.example.com"
    mta.gateway.mailgate("param", "set", "mail.bounce.verp", verp)
    try:
        info = add_alias(mta, f"info@{firm}")
        (started,) = arrive(mta, letter(sender, info))["records"]
        posted = mta.gateway.post(started["id"], "Hello\n", "--to", nobody)
        mta.gateway.mailgate("outbox", "flush")
        (before,) = notifications(mta, nobody)
        assert before["message"] == posted["id"]
        (after,) = wait_until(
            lambda: [one for one in notifications(mta, nobody) if one["status"] == "bounced"],
            f"a report about {nobody}",
        )
    finally:
        mta.gateway.mailgate("param", "unset", "mail.bounce.verp")
    assert after["id"] == before["id"]
    assert after["status_code"].startswith("5.")
    assert after["failure_reason"]
    failed = mta.gateway.mailgate("notification", "list", "--failed")
    assert after["id"] in [one["id"] for one in failed]
    assert mta.gateway.mailgate("contact", "show", nobody)["bounces"] == 1
    assert [one["recipient"] for one in notifications(mta, sender)] == [sender]
    assert notifications(mta, sender)[0]["status"] == "sent"


@pytest.mark.parametrize("transport", ["smtp", "sendmail"])
def test_notices_and_acknowledgements_reach_their_sender(
    mta: Mta, firm: str, sender: str, transport: str
) -> None:
    """From a null sender, or from the bounce address: in the envelope, too."""
    mta.send_out(transport)
    thanks = add_alias(mta, f"thanks@{firm}", "--acknowledge", "Thank you.")
    arrive(mta, letter(sender, thanks))
    arrive(mta, letter(sender, f"catchall@{firm}"))
    sent = {waiting["sender"] for waiting in mta.gateway.mailgate("outbox", "list")}
    assert {f"bounce@{firm}", ""} <= sent
    mta.gateway.mailgate("outbox", "flush")
    wait_until(lambda: len(mta.mail(sender)) == 2, "two answers")
    found = mta.mail(sender)
    texts = sorted(one.get_content() for one in found)
    assert texts[0].strip() == "Thank you."
    assert f"office@{firm}" in texts[1]
    assert all(one["Auto-Submitted"] == "auto-replied" for one in found)
    for envelope in ("<>", f"<?bounce@{re.escape(firm)}>?"):
        assert re.search(rf"(from=|<= ){envelope}[ ,]", mta.log())


def test_what_is_sent_on_is_the_body_byte_for_byte(mta: Mta, firm: str, sender: str) -> None:
    """Also where it is 8-bit, has odd boundaries and a line that begins with a dot."""
    amy = f"amy{next(SERIAL)}@src.test"
    info = add_alias(mta, f"info@{firm}", "--follower", amy)
    body = (
        "preamble\n--=_b\nContent-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n\n.Grüße\n..\n.\nFrom here \t\n\n--=_b--\nepilogue\n"
    )
    head = (
        f"From: {sender}\nTo: {info}\nSubject: Chairs\nMessage-ID: <{next(SERIAL)}.b@src.test>\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed;\n\tboundary="=_b"\n\n'
    )
    mta.send(sender, info, (head + body).encode(), options=("BODY=8BITMIME",))
    mta.gateway.wait_record(sender)
    mta.gateway.mailgate("outbox", "flush")
    mta.wait_mail(amy)
    (raw,) = mta.raw_mail(amy)
    assert raw.partition(b"\n\n")[2].rstrip(b"\n") == body.rstrip("\n").encode()


def test_what_is_sent_on_has_no_header_field_that_we_did_not_set(
    mta: Mta, firm: str, sender: str
) -> None:
    amy = f"amy{next(SERIAL)}@src.test"
    info = add_alias(mta, f"info@{firm}", "--follower", amy)
    message = letter(sender, info)
    message["Bcc"] = "somebody@src.test"
    message["Disposition-Notification-To"] = sender
    message["X-Whatever"] = "x"
    arrive(mta, message)
    mta.gateway.mailgate("outbox", "flush")
    (copy,) = mta.wait_mail(amy)
    names = {name.lower() for name in copy}
    assert not names & {"bcc", "disposition-notification-to", "x-whatever"}
    read = email.message_from_bytes(copy.as_bytes(), policy=email.policy.default)
    assert str(read["To"]) == info
