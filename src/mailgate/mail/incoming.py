"""A message as the rules see it: its header fields, read once, and its envelope."""

from __future__ import annotations

from _blake2 import blake2b

from mailgate.mail.address import MAX_ADDRESSES, Mailbox, normalise, parse_list
from mailgate.mail.automatic import FEEDBACK, REPORT, classify, is_daemon
from mailgate.mail.envelope import Envelope
from mailgate.mail.header import Header, subject_of, to_text
from mailgate.mail.message_id import all_ids, first_id, made
from mailgate.mail.original import Original

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

RECIPIENT_FIELDS = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "to",
    "cc",
    "resent-to",
    "resent-cc",
)
"""Where recipients are looked for when the channel does not know them, in this order."""


class Incoming:
    """One message on its way in.

    ``author`` and ``sender`` (envelope) are normalised addresses or None; ``sender`` is ``""``
    where it is null. ``references`` holds the ids it answers, the likeliest first;
    ``identity`` hashes author, date and subject; ``report`` is the kind of report or None;
    ``message_id`` is made from the content where the message brought none; ``ours`` is the id
    that goes out with our own mail, or None; ``returned`` holds the ids of the message that a
    feedback report is about; ``named`` the recipients of the header, where no envelope has any,
    or None where that depends on our first domain.
    """

    __slots__ = (
        "addressed",
        "author",
        "envelope",
        "header",
        "identity",
        "kind",
        "message_id",
        "named",
        "original",
        "ours",
        "references",
        "report",
        "returned",
        "sender",
        "subject",
    )

    def __init__(self, original: Original, envelope: Envelope) -> None:
        header = original.header
        self.original = original
        self.envelope = envelope
        self.header = header
        self.sender = _sender(header, envelope)
        self.author = _author(header) or self.sender or None
        self.message_id = first_id(header.text("message-id")) or made(original.content)
        self.ours = first_id(header.text("x-mailgate-message-id"))
        self.references = _references(header, self.message_id)
        self.subject = subject_of(header)
        self.identity = _identity(self.author, header)
        found = {name: mailboxes(header, name) for name in ("to", "cc")}
        self.addressed = frozenset(
            [box.address for boxes in found.values() for box in boxes if box.address]
        )
        self.named = _named(header, found) if envelope.recipients is None else None
        self.report = _report(self)
        self.returned = _returned(self)
        self.kind = (
            REPORT if self.report else classify(header, self.subject, null_sender=self.null_sender)
        )

    @property
    def null_sender(self) -> bool:
        """Tell whether the envelope sender is known to be null."""
        return self.sender == ""


def mailboxes(header: Header, name: str, default_domain: str | None = None) -> list[Mailbox]:
    """Return the mailboxes of all fields of that name, bounded."""
    found: list[Mailbox] = []
    if header.first(name) is None:
        return found
    for value in header.all(name):
        found.extend(parse_list(to_text(value), default_domain))
        if len(found) >= MAX_ADDRESSES:
            break
    return found[:MAX_ADDRESSES]


def header_recipients(header: Header, default_domain: str | None = None) -> list[tuple[str, str]]:
    """Return pairs of address and field of the recipients that the header names, no repeats."""
    return _collected((name, mailboxes(header, name, default_domain)) for name in RECIPIENT_FIELDS)


def _named(header: Header, known: dict[str, list[Mailbox]]) -> tuple[tuple[str, str], ...] | None:
    """Return what the header names; None where something in it is no address as it stands."""
    found = [(name, known.get(name) or mailboxes(header, name)) for name in RECIPIENT_FIELDS]
    if any(box.address is None for _, boxes in found for box in boxes):
        return None
    return tuple(_collected(found))


def _collected(found: Iterable[tuple[str, list[Mailbox]]]) -> list[tuple[str, str]]:
    fields: dict[str, str] = {}
    for name, boxes in found:
        for box in boxes:
            if box.address and len(fields) < MAX_ADDRESSES:
                fields.setdefault(box.address, name)
    return list(fields.items())


def reused_id(message: Incoming) -> str:
    """Return the id for a message whose Message-ID another message already has."""
    return made(message.message_id.encode() + b"\0" + message.identity)


def _sender(header: Header, envelope: Envelope) -> str | None:
    if envelope.sender is not None:
        return envelope.sender
    value = header.first("return-path")
    if value is None:
        return None
    text = to_text(value).strip()
    if text in ("<>", ""):
        return ""
    return normalise(text)


def _author(header: Header) -> str | None:
    for name in ("from", "sender"):
        for mailbox in mailboxes(header, name):
            if mailbox.address:
                return mailbox.address
    return None


def _references(header: Header, own: str) -> tuple[str, ...]:
    """Return what a message answers; mailers that name its own id there mean nothing by it."""
    answered = all_ids(header.text("in-reply-to"))
    newest_first = reversed(all_ids(header.text("references")))
    return tuple(i for i in dict.fromkeys([*answered, *newest_first]) if i != own)


def _identity(author: str | None, header: Header) -> bytes:
    parts = [
        (author or "").encode("utf-8", "replace"),
        header.first("date") or b"",
        header.first("subject") or b"",
    ]
    return blake2b(b"\n".join(parts), digest_size=16).digest()


def _report(message: Incoming) -> str | None:
    header = message.header
    kind = header.first("content-type")
    typed = kind is not None and kind[:9].lower() in (b"multipart", b"message/d", b"message/g")
    daemon = _by_daemon(message)
    suspect = daemon or message.null_sender
    if not typed and not suspect:
        return None
    from mailgate.mail.report import by_form, by_type

    found = by_type(header) if typed else None
    if found is None and suspect:
        found = by_form(header, message.subject, message.original.body, daemon=daemon)
    return found


def _by_daemon(message: Incoming) -> bool:
    """Tell whether a mail system wrote it; some leave the address out."""
    if message.author is not None:
        return is_daemon(message.author)
    return b"mailer-daemon" in (message.header.first("from") or b"").lower()


def _returned(message: Incoming) -> tuple[str, ...]:
    if message.report != FEEDBACK:
        return ()
    from mailgate.mail.report import returned_ids

    return returned_ids(message.original.body)
