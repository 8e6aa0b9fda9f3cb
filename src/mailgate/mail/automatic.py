"""Was this written by a person? The class of a message from its header fields (RFC 3834)."""

from __future__ import annotations

from mailgate.mail.header import Header

PERSON = "person"
LIST = "list"
BULK = "bulk"
AUTO_GENERATED = "auto-generated"
AUTO_REPLY = "auto-reply"
REPORT = "report"

DELIVERY = "delivery-status"
FEEDBACK = "feedback-report"
DISPOSITION = "disposition-notification"
BY_FORM = "bounce"
"""Kinds of reports: by the MIME types of RFC 3464, 5965 and 8098, or by their form."""

AUTOMATIC = frozenset((AUTO_GENERATED, AUTO_REPLY, REPORT))
"""Classes of mail that a machine wrote for this occasion."""

_REPLY_FIELDS = (
    "x-autoreply",
    "x-auto-reply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-mail-auto-reply",
    "x-vacation",
)
_REPLY_PRECEDENCE = frozenset(("auto_reply", "auto-reply", "autoreply"))
_REPLY_SUBJECTS = (
    "automatic reply:",
    "auto reply:",
    "autoreply:",
    "auto-reply:",
    "auto:",
    "out of office",
    "out-of-office",
    "automatische antwort",
    "abwesenheitsnotiz",
    "réponse automatique",
    "respuesta automática",
    "risposta automatica",
    "automatisch antwoord",
    "autosvar",
)
_DAEMONS = frozenset(("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"))


def classify(header: Header) -> str:
    """Return the class of a message that is not a report."""
    submitted = _word(header, "auto-submitted")
    precedence = _word(header, "precedence")
    if submitted == "auto-replied" or precedence in _REPLY_PRECEDENCE or _answers(header):
        return AUTO_REPLY
    if header.first("list-id") is not None or precedence == "list":
        return LIST
    if submitted not in ("", "no"):
        return AUTO_GENERATED
    if precedence in ("bulk", "junk"):
        return BULK
    return PERSON


def is_daemon(address: str) -> bool:
    """Tell whether an address is one that mail systems write their reports from."""
    return address.partition("@")[0] in _DAEMONS


def _word(header: Header, name: str) -> str:
    value = header.first(name)
    if value is None:
        return ""
    return value.partition(b";")[0].partition(b"(")[0].strip().decode("ascii", "replace").lower()


def _answers(header: Header) -> bool:
    for name in _REPLY_FIELDS:
        value = header.first(name)
        if value is not None and value.lower() not in (b"no", b"false", b"0"):
            return True
    suppressed = header.first("x-auto-response-suppress") is not None
    if not suppressed and header.first("auto-submitted") is None:
        return False
    subject = header.first("subject") or b""
    if b"=?" in subject:
        from mailgate.mail.words import decode

        return decode(subject).lower().startswith(_REPLY_SUBJECTS)
    return header.text("subject").lower().startswith(_REPLY_SUBJECTS)
