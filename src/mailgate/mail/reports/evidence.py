"""Is a message without a report's type one all the same? Several signs, none of them enough."""

from __future__ import annotations

from mailgate.mail import words
from mailgate.mail.address import parse_list
from mailgate.mail.automatic import AUTO_REPLY, classify, is_daemon
from mailgate.mail.header import Header, to_text
from mailgate.mail.reports import codes
from mailgate.mail.reports.parts import Parts, field
from mailgate.mail.reports.phrases import failing

ENOUGH = 4
_NAMES = (
    "mail delivery",
    "mailer-daemon",
    "mailer daemon",
    "mail system",
    "delivery subsystem",
    "postmaster",
    "system administrator",
    "mail administrator",
    "daemon",
    "mail deliver",
)
_LOCAL = ("mailer", "postmaster", "post_master", "mdaemon", "daemon", "mail.delivery", "smtp")
_NO_ONE = ("no-reply", "noreply", "no_reply", "donotreply", "do-not-reply", "admin", "ndr")
_SUBJECTS = (
    "undeliver",
    "returned mail",
    "returned to sender",
    "returning message",
    "delivery status",
    "delivery notification",
    "failure notice",
    "delivery fail",
    "delivery has failed",
    "delivery problem",
    "delivery error",
    "delivery report",
    "delivery warning",
    "failure delivery",
    "mail delivery",
    "message delivery",
    "delivery delayed",
    "non-deliver",
    "nondeliver",
    "not delivered",
    "mail failed",
    "mail error",
    "mail system error",
    "could not be",
    "returned",
    "bounce",
    "delayed",
    "non remis",
    "unzustellbar",
    "unzustellbarkeit",
    "недостав",
    "доставлено",
    "配信",
    "エラー",
    "退信",
)


def enough(parts: Parts, lines: list[str], *, listed: bool) -> bool:
    """Tell whether header and text make a message a report of a mail system.

    ``listed`` says that the text lists failed addresses.
    """
    header = parts.header
    if _vacation(header) or (header.first("in-reply-to") and _written_by_somebody(header)):
        return False
    told = " ".join(lines[:40])
    origin = 3 if _mailer(header) else 2 if _daemon(header) else 1 if _null(header) else 0
    named = 3 * bool(header.first("x-failed-recipients")) + 2 * parts.typed
    about = _subject(header)
    form = (
        (2 + listed if about else 0) + bool(header.first("auto-submitted")) + bool(parts.returned)
    )
    words = failing(told) + bool(codes.derived(told))
    return origin + named + form + words + _nobody(header) >= ENOUGH


def sure(parts: Parts) -> bool:
    """Tell whether a mail system wrote it or it returns something, whatever the words are."""
    return parts.typed or bool(parts.returned) or _daemon(parts.header)


def subject(header: Header) -> str:
    """Return the subject in lower case."""
    return words.decode(header.first("subject") or b"").lower()


def _subject(header: Header) -> bool:
    text = subject(header)
    return any(phrase in text for phrase in _SUBJECTS)


def _null(header: Header) -> bool:
    path = header.first("return-path")
    return path is not None and (path.strip() in (b"", b"<>") or _daemon_address(path))


def _mailer(header: Header) -> bool:
    return "mailer-daemon" in field(header, "from").lower()


def _daemon_address(path: bytes) -> bool:
    return path.strip(b" <>").lower().startswith(b"mailer-daemon")


def _daemon(header: Header) -> bool:
    value = field(header, "from")
    lowered = words.decode(value.encode()).lower()
    if not value.strip() or "<>" in value or any(name in lowered for name in _NAMES):
        return True
    return any(_is_system(each.address) for each in parse_list(value) if each.address)


def _is_system(address: str) -> bool:
    return is_daemon(address) or address.startswith(_LOCAL)


def _nobody(header: Header) -> bool:
    return any(
        each.address.startswith(_NO_ONE) or "-admin@" in each.address
        for each in parse_list(to_text(header.first("from") or b""))
        if each.address
    )


def _written_by_somebody(header: Header) -> bool:
    return not (_daemon(header) or _null(header) or header.first("auto-submitted"))


def _vacation(header: Header) -> bool:
    subject = Header([("subject", header.first("subject") or b"")])
    return classify(subject, null_sender=True) == AUTO_REPLY
