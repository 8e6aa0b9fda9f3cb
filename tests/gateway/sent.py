"""What goes out, and the senders and letters to whom nothing does."""

from __future__ import annotations

from typing import Any
from zlib import decompress

from gateway.house import House
from mail.letters import check, subject

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
