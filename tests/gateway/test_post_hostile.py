"""What cannot be written is refused whole, and what is written is one message and no more."""

from __future__ import annotations

import pytest
from gateway.house import House, letter
from gateway.posting import write
from gateway.sent import received
from hypothesis import HealthCheck, given, settings
from mail.hostile import TEXTS

from mailgate.errors import MailgateError
from mailgate.gateway.letters import letter_chunks
from mailgate.mail.header import scan
from mailgate.mail.parts import File


def test_what_is_too_large_changes_nothing(record: House) -> None:
    record.parameter("mail.message.max.bytes", "2000")
    with pytest.raises(MailgateError, match=r"mail\.message\.max\.bytes"):
        write(record, files=(File("a.bin", b"x" * 1500),))
    assert record.messages(1) == ["<1@x.org>"]
    assert record.rows("SELECT 1 FROM outbox") == []


@pytest.mark.parametrize("text", ["", " \n\t\n", "\u00a0\u2003"])
def test_an_empty_text_is_refused(record: House, text: str) -> None:
    with pytest.raises(MailgateError, match="no text"):
        write(record, text)


@pytest.mark.parametrize(
    "address", ["nobody", "a b@x.org", "a@x.org\nBcc: b@x.org", f"{'a' * 400}@x.org"]
)
def test_what_is_no_address_is_refused(record: House, address: str) -> None:
    if address == "nobody":
        assert write(record, to=(address,)).receivers[0] == "nobody@example.com"
        return
    with pytest.raises(MailgateError):
        write(record, to=(address,))
    assert record.messages(1) == ["<1@x.org>"]


def test_a_record_that_is_not_there_or_a_gateway_without_domain_is_said(record: House) -> None:
    with pytest.raises(MailgateError, match="no record 9"):
        write(record, record=9)
    record.run("DELETE FROM alias")
    record.run("DELETE FROM domain")
    with pytest.raises(MailgateError, match="no domain of ours"):
        write(record)


@pytest.mark.parametrize("sender", ["eve@evil.org", "ann@x.org", "x@old.example"])
def test_nobody_else_can_write(record: House, sender: str) -> None:
    with pytest.raises(MailgateError, match="cannot write from here"):
        write(record, sender=sender)
    assert record.messages(1) == ["<1@x.org>"]


def test_the_audit_log_says_who_wrote_but_not_what(record: House) -> None:
    write(record, "A secret.", to=("bob@y.org",))
    ((who, action, name, new),) = record.rows(
        "SELECT who, action, object, new FROM audit ORDER BY id DESC LIMIT 1"
    )
    assert (who, action, name) == ("test", "post", "record 1")
    assert "bob@y.org" in new
    assert "secret" not in new


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_whatever_is_written_no_other_field_goes_out(
    record: House, text: str, subject: str, name: str, company: str
) -> None:
    """Names, subject, text and file names with line breaks, controls and encoded words."""
    clean = "".join(c for c in company if c.isprintable()).encode("utf-8", "replace").decode()
    record.run("UPDATE domain SET company = ?", clean)
    record.run("UPDATE contact SET name = ?", clean)
    body = text.encode("utf-8", "replace").decode() + "."
    write(record, body, subject=subject, to=("ann@x.org",), files=(File(name, b"1"),))
    for number in record.rows(
        "SELECT id FROM outbox WHERE message = (SELECT max(id) FROM message)"
    ):
        whole = b"".join(letter_chunks(record.gateway.database.connection, *number))
        names = [field for field, _ in scan(whole).fields]
        assert names == [
            *("from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to"),
            *("references", "x-mailgate-message-id", "mime-version", "content-type"),
        ]


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        (None, "Re: Ten chairs"),
        ("", "Re: Ten chairs"),
        ("Your order", "Your order"),
        ("RE: your order", "RE: your order"),
        ("a\nBcc: eve@evil.org", "a Bcc: eve@evil.org"),
        ("Größe", "Größe"),
    ],
)
def test_the_subject_is_the_conversations_or_the_given_one(
    record: House, given: str | None, subject: str
) -> None:
    posted = write(record, subject=given)
    assert posted.message.subject == subject
    assert received(record, "ann@x.org")[0]["subject"] == subject


def test_addresses_beyond_ascii_are_written_as_rfc_6532_has_them(house: House) -> None:
    house.alias("größe")
    house.deliver(letter(), "größe@example.com")
    posted = write(house, to=("zoë@y.org",))
    assert posted.receivers == ("zoë@y.org", "ann@x.org")
    number = house.one("SELECT id FROM outbox WHERE recipient = 'zoë@y.org'")
    whole = b"".join(letter_chunks(house.gateway.database.connection, number))
    assert scan(whole).text("to") == "zoë@y.org"
    assert scan(whole).text("reply-to") == "größe@example.com"
