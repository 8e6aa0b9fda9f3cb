"""Is this mail about mail that was sent? Recognised by MIME type, or by form.

The types are those of RFC 3464 (delivery status), 5965 (feedback) and 8098 (disposition).
"""

from __future__ import annotations

from mailgate.mail.automatic import BY_FORM, DELIVERY, DISPOSITION, FEEDBACK
from mailgate.mail.header import Header, to_text
from mailgate.mail.message_id import first_id

_ID_FIELDS = (b"message-id", b"x-mailgate-message-id", b"x-microsoft-original-message-id")
_MAX_IDS = 8
_MAX_LINE = 1000

_DELIVERIES = (
    b"could not be delivered",
    b"couldn't be delivered",
    b"cannot be delivered",
    b"can't be delivered",
    b"was not delivered",
    b"wasn't able to deliver",
    b"wasn't delivered",
    b"not yet been delivered",
    b"unable to deliver",
    b"not able to deliver",
    b"failed to deliver",
    b"undeliverable",
    b"delivery failed",
    b"delivery has failed",
    b"delivery failure",
    b"delivery errors",
)
"""What is said of parcels, too: from anybody but a mail system, mail is to be spoken of nearby."""
_MAIL = (b"message", b"mail", b"recipient", b"smtp", b"550", b"554", b"5.1.", b"5.7.")
_NEAR = 80
"""Bytes before and behind a phrase that are nearby."""
_STRONG = (
    b"undelivered mail",
    b"delivery to the following recipient",
    b"delivery status notification",
    b"did not reach the following recipient",
    b"did not receive a copy of your message",
    b"following address(es) failed",
    b"failed addresses",
    b"failed recipients",
    b"error delivering your mail",
    b"attempting to deliver a message",
    b"rejected by a remote mail server",
    b"transcript of session follows",
    b"failure notice",
    b"returned mail",
    b"returning message to sender",
    b"permanent fatal error",
    b"transient non-fatal error",
    b"message could not be sent",
    b"this is a copy of the message, including all the headers",
    b"diagnostic-code:",
    b"final-recipient:",
)
"""What nobody but a mail system says of its own work."""
_WEAK = (
    b"delivery error",
    b"delivery problem",
    b"trouble delivering",
    b"returned message",
    b"return to sender",
    b"permanent error",
    b"original message follows",
    b"user unknown",
    b"unknown user",
    b"invalid user",
    b"invalid final delivery",
    b"no such user",
    b"user doesn't have",
    b"mailbox unavailable",
    b"mailbox is full",
    b"mailbox full",
    b"mailbox exceeds",
    b"over quota",
    b"exceeding their quota",
    b"recipient address rejected",
    b"warning message only",
    b"advisory-only",
)
"""What people say, too: one sign is enough from a mail system's own address only."""
_SUBJECTS = (
    "undeliver",
    "delivery status",
    "delivery notification",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery report",
    "delivery warning",
    "delivery error",
    "failure notice",
    "failure delivery",
    "mail failed",
    "mail failure",
    "mail error",
    "mail system error",
    "not delivered",
    "non-deliver",
    "nondeliver",
    "returned mail",
    "mail returned",
    "returning message",
    "returned to sender",
    "error sending your mail",
    "could not be delivered",
    "unzustellbar",
    "non remis",
    "no entregado",
    "mancata consegna",
    "недостав",
    "не доставлено",
)
"""What mail systems write in the subject of their reports; people answer such subjects."""
_ANSWERS = ("re:", "aw:", "fw:", "fwd:", "wg:", "tr:", "sv:")


def by_type(header: Header) -> str | None:
    """Return the kind of report that the MIME type says, or None.

    A damaged type (``multipart/report:``) counts; without a report-type it is a delivery status.
    """
    value = header.first("content-type")
    if value is None:
        return None
    text = value.lower()
    if text.startswith(b"message/"):
        subtype = text[8:].partition(b";")[0].strip()
        return DELIVERY if subtype in (b"delivery-status", b"global-delivery-status") else None
    if not text.startswith(b"multipart/report"):
        return None
    declared = text.partition(b"report-type")[2].lstrip(b" \t=\"'")
    for kind in (DELIVERY, FEEDBACK, DISPOSITION):
        if declared.startswith(kind.encode()):
            return kind
    if declared.startswith((b"global-", b"disposition")):
        return DISPOSITION if b"disposition" in declared[:20] else DELIVERY
    return None if declared[:1].isalpha() else DELIVERY


def by_form(header: Header, subject: str, body: bytes, *, daemon: bool) -> str | None:
    """Return BY_FORM where a message reads like a bounce, else None.

    ``subject`` is decoded; ``body`` is the beginning, at most 64 KiB. From a mail system's own
    address (``daemon``) a weak sign is enough, be it in the subject; a null sender is also that
    of redirections and web forms, so then it takes a strong sign in the body or two weak ones.
    """
    if header.first("x-failed-recipients") is not None:
        return BY_FORM
    text = b" ".join(_readable(header, body).lower().split())
    lowered = subject.lower()
    signs = sum(2 for phrase in _STRONG if phrase in text)
    signs += sum(
        2 for phrase in _DELIVERIES if phrase in text and (daemon or _of_mail(text, phrase))
    )
    signs += sum(1 for phrase in _WEAK if phrase in text)
    if not lowered.startswith(_ANSWERS):
        signs += any(phrase in lowered for phrase in _SUBJECTS)
    return BY_FORM if signs >= (1 if daemon else 2) else None


def _of_mail(text: bytes, phrase: bytes) -> bool:
    """Tell whether mail is spoken of around the first place where a phrase stands."""
    at = text.index(phrase)
    nearby = text[max(0, at - _NEAR) : at + len(phrase) + _NEAR]
    return any(word in nearby for word in _MAIL)


def _readable(header: Header, body: bytes) -> bytes:
    """Return a body without what its transfer encoding puts between words."""
    encoding = (header.first("content-transfer-encoding") or b"").strip().lower()
    if encoding != b"base64":
        return body.replace(b"=\n", b"").replace(b"=\r\n", b"")
    from binascii import Error, a2b_base64

    lines = b"".join(body.split())
    try:
        return a2b_base64(lines[: len(lines) // 4 * 4])
    except Error:
        return body


def returned_ids(body: bytes) -> tuple[str, ...]:
    """Return the message ids that the beginning of a body has in fields of a returned header."""
    found: list[str] = []
    lines = body.split(b"\n")
    for place, line in enumerate(lines):
        name, colon, value = line.partition(b":")
        if not colon or name.strip().lower() not in _ID_FIELDS:
            continue
        if not value.strip() and place + 1 < len(lines) and lines[place + 1][:1] in (b" ", b"\t"):
            value = lines[place + 1]
        identifier = first_id(to_text(value[:_MAX_LINE]))
        if identifier:
            found.append(identifier)
        if len(found) == _MAX_IDS:
            break
    return tuple(dict.fromkeys(found))
