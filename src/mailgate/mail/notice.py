"""What the gateway writes to senders by itself: refusals and acknowledgements (RFC 3834).

A notice quotes fields of the original's header, never its body, so nobody can use the gateway
to send text to others.
"""

from __future__ import annotations

from mailgate.mail import compose
from mailgate.mail.header import Header, charset_of
from mailgate.mail.message_id import is_made
from mailgate.mail.words import decode

_FOLDER = __file__.rpartition("/")[0] + "/notices"
_QUOTED = ("From", "To", "Date", "Subject", "Message-ID")
MAX_QUOTED = 300
"""Characters of a quoted field."""
MAX_ID = 900
"""Octets of an id that is referred to: it cannot be folded, and lines end at 998."""


class Letter:
    """One outgoing message: its id, its subject, and its bytes with LF line ends."""

    __slots__ = ("data", "message_id", "subject")

    def __init__(self, message_id: str, subject: str, data: bytes) -> None:
        self.message_id = message_id
        self.subject = subject
        self.data = data


def standard_text(kind: str, values: dict[str, str], refusals: tuple[str, ...] = ()) -> str:
    """Return the text of a kind of notice; ``values`` are its address, company, contact ...

    ``refusals`` are lines, one for each recipient that the notice tells of.
    """
    with open(f"{_FOLDER}/{kind}.txt", encoding="utf-8") as file:
        template = file.read()
    texts = {name: compose.clean(value) for name, value in values.items()}
    texts["refusals"] = "\n".join("  " + compose.clean(line) for line in refusals)
    return template.format_map(texts)


def notice(text: str, original: Header, answered: str, *, to: str, bounce: str, at: int) -> Letter:
    """Return a notice to a sender, from MAILER-DAEMON at a domain's bounce address.

    ``answered`` is the id of the original; ``at`` the time in seconds.
    """
    body = f"{text.rstrip()}\n\nYour message:\n\n{_quotation(original)}\n"
    sender = compose.mailbox("MAILER-DAEMON", bounce)
    return _letter("notice", sender, body, original, answered, to=to, at=at, reply_to="")


def acknowledgement(
    text: str,
    original: Header,
    answered: str,
    *,
    to: str,
    address: str,
    company: str,
    reply_to: str,
    at: int,
) -> Letter:
    """Return an alias's own answer to a new record: a message of its conversation."""
    sender = compose.mailbox(company, address)
    return _letter("ack", sender, text, original, answered, to=to, at=at, reply_to=reply_to)


def _letter(
    kind: str,
    sender: str,
    body: str,
    original: Header,
    answered: str,
    *,
    to: str,
    at: int,
    reply_to: str,
) -> Letter:
    domain = sender.rpartition("@")[2].rstrip(">")
    identifier = compose.message_id(kind, domain)
    charset = charset_of(original)
    subject = compose.reply_subject(decode(original.first("subject") or b"", charset)[:500])
    reference = answered if _can_be_named(answered) else ""
    mime, data = compose.text_part(body)
    fields = [
        ("From", sender),
        ("To", to),
        ("Reply-To", reply_to),
        ("Subject", compose.unstructured(subject)),
        ("Date", compose.date(at)),
        ("Message-ID", identifier),
        ("In-Reply-To", reference),
        ("References", reference),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Mailgate-Message-ID", identifier),
        *mime,
    ]
    return Letter(identifier, subject, compose.header(fields) + data)


def _can_be_named(identifier: str) -> bool:
    short = len(identifier.encode("utf-8", "replace")) <= MAX_ID
    return short and identifier.isprintable() and not is_made(identifier)


def _quotation(original: Header) -> str:
    lines, charset = [], charset_of(original)
    for name in _QUOTED:
        value = original.first(name.lower())
        if value is not None:
            lines.append(f"> {name}: {compose.clean(decode(value, charset)[:MAX_QUOTED])}")
    return "\n".join(lines)
