"""The letter to a person that says that something has stopped working (RFC 3834: generated)."""

from __future__ import annotations

from mailgate.mail import compose
from mailgate.mail.notice import Letter


def alarm(subject: str, text: str, *, to: str, bounce: str, at: int) -> Letter:
    """Return a letter of the program's own, from a domain's bounce address; ``at`` in seconds."""
    identifier = compose.message_id("alarm", bounce.rpartition("@")[2])
    mime, data = compose.text_part(text)
    fields = [
        ("From", compose.mailbox("mailgate", bounce)),
        ("To", to),
        ("Subject", compose.unstructured(subject)),
        ("Date", compose.date(at)),
        ("Message-ID", identifier),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Mailgate-Message-ID", identifier),
        *mime,
    ]
    return Letter(identifier, subject, compose.header(fields) + data)
