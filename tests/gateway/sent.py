"""What goes out, and the senders and letters to whom nothing does."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from zlib import decompress

from gateway.house import House
from mail.letters import check, subject

from mailgate.gateway.letters import letter_chunks

TEAM = ("boss@corp.org", "dev@corp.org")
"""Who follows the alias sales@example.com, where there is a team."""
SILENT = [
    ({"sender": ""}, "the sender is null"),
    ({"sender": None, "author": "nobody"}, "no sender is known"),
    ({"sender": "noreply@x.org"}, "reads no mail"),
    ({"sender": "mailer-daemon@x.org"}, "reads no mail"),
    ({"sender": "postmaster@x.org"}, "reads no mail"),
    ({"sender": "info@example.com"}, "one of our addresses"),
    ({"sender": "info+x@example.com"}, "one of our addresses"),
    ({"sender": "help@old.example"}, "one of our addresses"),
    ({"sender": "catchall@example.com"}, "one of our addresses"),
    ({"sender": "all+x@example.net"}, "one of our addresses"),
    ({"sender": "was@example.com"}, "one of our addresses"),
    ({"sender": "was+x@old.example"}, "one of our addresses"),
    ({"sender": "sales@anywhere.org"}, "one of our addresses"),
    ({"sender": None, "author": "info@example.com"}, "one of our addresses"),
    ({"extra": "Auto-Submitted: auto-generated\n"}, "auto-generated mail"),
    ({"extra": "Auto-Submitted: auto-replied\n"}, "auto-reply mail"),
    ({"extra": "List-Id: <l.x.org>\n"}, "list mail"),
    ({"extra": "Precedence: bulk\n"}, "bulk mail"),
    ({"extra": "X-Auto-Response-Suppress: All\n"}, "asks for no automatic answer"),
    ({"extra": "X-Auto-Response-Suppress: AutoReply\n"}, "asks for no automatic answer"),
]
"""Senders and letters as ``House.deliver`` and ``letter`` take them, and why none is sent."""


def outbox(house: House) -> list[tuple[Any, ...]]:
    """Return (kind, notice, envelope sender, recipient) of what waits, oldest first."""
    return house.rows("SELECT kind, notice, sender, recipient FROM outbox ORDER BY id")


def newest(house: House) -> Any:
    """Return the newest letter as others read it."""
    ((digest, to, title),) = house.rows(
        "SELECT digest, recipient, subject FROM outbox ORDER BY id DESC LIMIT 1"
    )
    found = check(decompress(house.one("SELECT data FROM original WHERE digest = ?", digest)), to)
    assert subject(found) == title
    return found


def copies(house: House) -> list[tuple[int, str]]:
    """Return (message, recipient) of what is sent on or posted, oldest first."""
    return house.rows(
        "SELECT message, recipient FROM outbox WHERE kind = 'notification' AND notice IS NULL"
        " ORDER BY id"
    )


def received(house: House, recipient: str) -> tuple[EmailMessage, bytes]:
    """Return the header, as a mail program reads it, and the body of somebody's newest letter."""
    number = house.one("SELECT max(id) FROM outbox WHERE recipient = ?", recipient)
    whole = b"".join(letter_chunks(house.gateway.database.connection, number))
    head, blank, body = whole.partition(b"\n\n")
    found = message_from_bytes(head + blank, policy=policy.default.clone(max_line_length=0))
    assert isinstance(found, EmailMessage)
    return found, body
