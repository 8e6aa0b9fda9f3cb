"""Letters to a person that say that something has stopped working, put into the outbox."""

from __future__ import annotations

from zlib import compress

from mailgate.gateway.notify import digest
from mailgate.mail.alarm import alarm
from mailgate.store import domains, notices
from mailgate.store.driver import Connection

INTERVAL = 86400
"""Seconds in which one thing is told once."""


def raise_alarm(
    connection: Connection, subject: str, text: str, at: int, domain: str | None = None
) -> bool:
    """Write to the contact of a domain of ours, else of another; False where there is none."""
    with_contact = [each for each in domains.every(connection) if each.contact]
    first = min(with_contact, key=lambda each: (each.name != domain, each.id), default=None)
    if first is None:
        return False
    letter = alarm(subject, text, to=first.contact, bounce=f"{first.bounce}@{first.name}", at=at)
    notices.add_original(connection, digest(letter), compress(letter.data))
    values = ("notice", notices.ALARM, "", letter.message_id, None, "", first.contact, subject)
    notices.add_outbox(connection, (*values, digest(letter), at))
    notices.remember(connection, letter.message_id, 0, None, None, None)
    return True


def of_message(connection: Connection, number: int, reason: str, at: int) -> None:
    """Tell that messages cannot be handled, where that was not told lately."""
    subject = "A message could not be handled"
    if notices.alarmed_since(connection, subject, at - INTERVAL):
        return
    text = (
        f"A message that was fetched or imported is in quarantine under {number}:\n\n"
        f"    {reason}\n\n"
        "It is kept whole and tried again by later runs, less and less often. To see it:\n\n"
        f"    mailgate quarantine show {number}\n\n"
        "Others may follow it; this letter is written once a day. To see them all:\n\n"
        "    mailgate quarantine list --reason error\n"
    )
    raise_alarm(connection, subject, text, at)
