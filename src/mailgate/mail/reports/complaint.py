"""Feedback reports (RFC 5965) and disposition notifications (RFC 8098)."""

from __future__ import annotations

from mailgate.mail.address import parse_list
from mailgate.mail.header import to_text
from mailgate.mail.reports import codes, delivery
from mailgate.mail.reports.fields import fields
from mailgate.mail.reports.parts import Parts
from mailgate.mail.reports.values import MAX_SAID, Said

_MAX_TYPE = 40
_REJECTED = ("reject", "refuse", "could not be delivered", "was not delivered")


def feedback(parts: Parts) -> tuple[list[Said], str]:
    """Return whom the complained-about message went to, and the type of the feedback."""
    kind, reason = "", ""
    named: dict[str, None] = {}
    for name, value in _fields(parts.feedback):
        if name == "feedback-type" and not kind:
            kind = codes.reason(value)[:_MAX_TYPE].lower()
        elif name in ("original-rcpt-to", "removal-recipient") and len(named) < MAX_SAID:
            address = delivery.recipient(value)
            if address:
                named[address] = None
        elif name == "user-agent":
            reason = codes.reason(value)
    found = list(named) or recipients(parts)
    return [Said(address, reason=kind or reason) for address in found], kind


def disposition(parts: Parts) -> list[Said]:
    """Return what a receipt says of its recipient; the reason is the disposition itself."""
    address, done = _receipt(parts)
    return [Said(address, reason=codes.reason(done.rpartition(";")[2]))] if address or done else []


def rejection(parts: Parts, lines: list[str]) -> list[Said]:
    """Return the failure that a receipt stands for: a filter's rejection (RFC 5429, 2.1.2)."""
    address, done = _receipt(parts)
    if "automatic-action" not in done or "deleted" not in done:
        return []
    told = " ".join(lines[:40])
    if not any(word in told.lower() for word in _REJECTED):
        return []
    why = " ".join(line for line in lines[:10] if line)
    return [Said(address, "failed", codes.derived(told), codes.reason(why))]


def _receipt(parts: Parts) -> tuple[str, str]:
    """Return the recipient of a receipt, and its disposition in lower case."""
    values: dict[str, str] = {}
    for name, value in _fields(parts.disposition):
        values.setdefault(name, value)
    address = delivery.recipient(values.get("original-recipient", "")) or delivery.recipient(
        values.get("final-recipient", "")
    )
    return address, values.get("disposition", "").lower()


def recipients(parts: Parts) -> list[str]:
    """Return the address in the To field of what was returned, where it names exactly one."""
    found: dict[str, None] = {}
    for header in parts.returned[:1]:
        for name in ("to", "cc"):
            for value in header.all(name):
                for mailbox in parse_list(to_text(value)):
                    found[mailbox.address or ""] = None
    return list(found) if len(found) == 1 and "" not in found else []


def _fields(texts: list[str]) -> list[tuple[str, str]]:
    return [pair for text in texts for pair in fields(text) if pair[0]]
