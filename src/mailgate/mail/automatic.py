"""Was this written by a person? The class of a message from its header fields (RFC 3834)."""

from __future__ import annotations

from mailgate.mail.header import Header, subject_of

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
_SURE_SUBJECTS = ("out of office autoreply:",)
"""What one program writes and no person does."""
_REPLY_MARKS = (("x-apple-action", "vacation"), ("x-post-messageclass", "autoresponder"))
_DAEMONS = frozenset(("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"))


def classify(header: Header, subject: str | None = None, *, null_sender: bool = False) -> str:
    """Return the class of a message that is not a report.

    ``subject`` is its subject as text, where that is known; ``null_sender`` says that the
    envelope sender is null: no proof by itself.
    """
    submitted = _word(header, "auto-submitted")
    precedence = _word(header, "precedence") or _word(header, "x-precedence")
    if submitted == "auto-replied" or precedence in _REPLY_PRECEDENCE:
        return AUTO_REPLY
    if _answers(header) or _reads_like_answer(header, subject, null_sender=null_sender):
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
    """Return the first word of a field in lower case, comments before it left out."""
    value = header.first(name)
    if value is None:
        return ""
    while value[:1] == b"(":
        value = value.partition(b")")[2].lstrip()
    return value.partition(b";")[0].partition(b"(")[0].strip().decode("ascii", "replace").lower()


def _answers(header: Header) -> bool:
    for name in _REPLY_FIELDS:
        value = header.first(name)
        if value is not None and value.lower() not in (b"no", b"false", b"0"):
            return True
    return any(mark in header.text(name).lower() for name, mark in _REPLY_MARKS)


def _reads_like_answer(header: Header, subject: str | None, *, null_sender: bool) -> bool:
    """Tell whether the subject is a vacation's, and more than the subject says so."""
    if subject is None:
        subject = subject_of(header)
    subject = subject.lower()
    if subject.startswith(_SURE_SUBJECTS):
        return True
    submitted = _word(header, "auto-submitted") not in ("", "no")
    suppressed = header.first("x-auto-response-suppress") is not None
    if not (submitted or suppressed or null_sender):
        return False
    return subject.startswith(_REPLY_SUBJECTS) or subject.endswith(" is out of the office")
