"""When the gateway writes to a sender by itself, and when it does not (RFC 3834)."""

from __future__ import annotations

from mailgate.mail.automatic import PERSON
from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts

_NEVER = frozenset(
    "mailer-daemon postmaster not-reply nobody bounce bounces listserv majordomo".split()
)
_NEVER_FIRST = (
    *("owner-", "bounce-", "bounces-", "noreply", "no-reply", "no_reply", "no.reply"),
    *("donotreply", "do-not-reply", "do_not_reply", "do.not.reply", "dontreply"),
)
_NEVER_LAST = ("-request", "-bounces", "-owner", "-noreply", "-no-reply")
_SUPPRESSED = ("all", "autoreply")
IMPORT = "import"
"""The channel of mail that is not of today: nobody is written to because of it."""
MAX_ADDRESS = 64 + 1 + 255
"""Octets of an address that is written to (RFC 5321 section 4.5.3.1)."""


class Lately:
    """What was sent lately: kinds to this address within the interval, and all of an hour.

    ``ours`` says that the address is one of our own, ``suppressed`` that nobody writes to it.
    """

    __slots__ = ("hour", "kinds", "ours", "suppressed")

    def __init__(
        self, kinds: frozenset[str], hour: int, *, ours: bool, suppressed: bool = False
    ) -> None:
        self.kinds = kinds
        self.hour = hour
        self.ours = ours
        self.suppressed = suppressed


def addressee(message: Incoming) -> str | None:
    """Return whom a notice would go to: the envelope sender, else the author; None for nobody."""
    if message.sender == "":
        return None
    return message.sender or message.author


def silence(message: Incoming, facts: Facts) -> str | None:
    """Return why no notice at all may answer this message, or None."""
    if message.envelope.channel == IMPORT:
        return "the message was imported"
    if message.sender == "":
        return "the sender is null"
    to = addressee(message)
    if to is None:
        return "no sender is known"
    local_part = to.partition("@")[0].partition("+")[0]
    if local_part in _NEVER or local_part.startswith(_NEVER_FIRST):
        return f"{to} reads no mail"
    if local_part.endswith(_NEVER_LAST):
        return f"{to} reads no mail"
    if len(to.encode("utf-8", "replace")) > MAX_ADDRESS:
        return f"the sender's address is longer than {MAX_ADDRESS} octets"
    if message.kind != PERSON:
        return f"the message is {message.kind} mail"
    if any(name.startswith("list-") for name, _ in message.header.fields):
        return "the message is list mail"
    if message.header.text("precedence").strip().lower() in ("bulk", "junk", "list"):
        return "the message is bulk mail"
    suppressed = message.header.text("x-auto-response-suppress").lower()
    if any(word.strip() in _SUPPRESSED for word in suppressed.split(",")):
        return "the message asks for no automatic answer"
    if facts.author_failed:
        return "the author is not proven"
    return None


def refusal(kind: str, to: str, facts: Facts, lately: Lately) -> str | None:
    """Return why this kind of notice is not sent to an address now, or None."""
    parameters = facts.parameters
    if lately.ours:
        return f"{to} is one of our addresses"
    if lately.suppressed:
        return f"{to} is suppressed: mail to it came back"
    if kind in lately.kinds:
        return f"{to} got one for this message, or within {parameters.notice_interval} minutes"
    if lately.hour >= parameters.notice_max:
        return f"{lately.hour} notices were sent within the hour"
    return None
