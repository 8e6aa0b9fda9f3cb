"""Reports about mail we sent: delivery status, feedback and disposition, from the stored bytes.

The fields for machines count first, then what the header says, then the words for people; what
none of them tells is asked of flufl.bounce.
"""

from __future__ import annotations

from mailgate.mail.address import parse_list
from mailgate.mail.header import Header, to_text
from mailgate.mail.reports import codes, complaint, delivery, evidence, fields, origin, others
from mailgate.mail.reports import parts as dismantled
from mailgate.mail.reports import text as words
from mailgate.mail.reports.phrases import failing, waiting
from mailgate.mail.reports.returned import divide
from mailgate.mail.reports.values import MAX_SAID, Report, Said

__all__ = ["Report", "Said", "read_report"]

NONE = Report("none")


def read_report(data: bytes) -> Report:
    """Read a report from the whole message as it was stored; never raises."""
    try:
        return _read(data)
    except Exception:  # noqa: BLE001  anybody may send a report, of any form
        return NONE


def _read(data: bytes) -> Report:
    parts = dismantled.take_apart(data)
    lines: list[str] = []
    for text in parts.texts:
        told, headers = divide(text)
        lines += [*told, ""]
        parts.returned += headers
    if parts.feedback:
        said, kind = complaint.feedback(parts)
        return _report("feedback", said, parts, kind)
    found = [each for text in parts.status for each in delivery.walk(text)][:MAX_SAID]
    if parts.disposition and not _failed(found):
        return _report("disposition", complaint.disposition(parts), parts)
    entries = words.entries(lines)
    if not found and evidence.enough(parts, lines, listed=words.listed(entries)):
        found = _written(lines) or _told(data, parts, lines, entries)
    elif found:
        found = _named_by_words(found, parts, entries)
    if not found:
        return NONE
    return _report(_kind(found), [_explained(each, lines) for each in found], parts)


def _written(lines: list[str]) -> list[Said]:
    """Return what fields for machines say that were written into a text."""
    said = delivery.walk(fields.written("\n".join(lines)))
    return [each for each in said[:MAX_SAID] if each.recipient and (each.action or each.status)]


def _named_by_words(
    said: list[Said], parts: dismantled.Parts, entries: list[words.Entry]
) -> list[Said]:
    """Give the one recipient whose field holds no address the one that is named elsewhere."""
    if len(said) != 1 or said[0].recipient:
        return said
    named = _named(parts.header) or _others_than_sender(
        parts.header, [entry.address for entry in entries]
    )
    if len(named) != 1:
        return said
    return [Said(named[0], said[0].action, said[0].status, said[0].reason)]


def _told(
    data: bytes, parts: dismantled.Parts, lines: list[str], entries: list[words.Entry]
) -> list[Said]:
    """Return what header and words say, and of whom."""
    reasons = {entry.address: entry.why for entry in entries}
    done = "delayed" if _waits(parts.header, lines) else "failed"
    named = _named(parts.header) or _others_than_sender(parts.header, list(reasons))
    if not named:
        temporary, permanent = others.failures(data)
        named = _others_than_sender(parts.header, permanent or temporary)
        done = done if permanent else "delayed" if temporary else done
    if not named:
        return [Said("", done)] if failing(" ".join(lines[:20])) else []
    return [_because(each, done, reasons.get(each, ""), lines) for each in named[:MAX_SAID]]


def _because(address: str, done: str, why: str, lines: list[str]) -> Said:
    """Return what is said of one recipient; words without a code are the second choice."""
    general = words.explanation(lines)
    status = codes.derived(why) or codes.derived(general)
    return Said(address, done, status, codes.reason(why) or codes.reason(general))


def _explained(said: Said, lines: list[str]) -> Said:
    """Fill in from the words for people what the fields leave open."""
    if said.status and said.reason:
        return said
    why = words.explanation(lines)
    status = said.status or codes.derived(why)
    return Said(said.recipient, said.action, status, said.reason or codes.reason(why))


def _named(header: Header) -> list[str]:
    """Return the addresses of X-Failed-Recipients, as Exim and Google write it."""
    found: dict[str, None] = {}
    for value in header.all("x-failed-recipients"):
        for mailbox in parse_list(to_text(value)):
            if mailbox.address and "@" in mailbox.address:
                found[mailbox.address] = None
    return list(found)


def _others_than_sender(header: Header, found: list[str]) -> list[str]:
    """Leave out whom the report goes to and comes from, unless nobody else is named."""
    own = {
        mailbox.address
        for name in ("to", "from", "delivered-to")
        for value in header.all(name)
        for mailbox in parse_list(to_text(value))
    }
    return [address for address in found if address not in own] or found


def _waits(header: Header, lines: list[str]) -> bool:
    told = " ".join(lines[:100])
    return waiting(told) or ("(delay)" in evidence.subject(header))


def _failed(said: list[Said]) -> bool:
    return any(each.action == "failed" for each in said)


def _kind(said: list[Said]) -> str:
    actions = {each.action for each in said}
    if "failed" in actions:
        return "failure"
    if "delayed" in actions:
        return "delay"
    return "failure" if "" in actions else "success"


def _report(kind: str, said: list[Said], parts: dismantled.Parts, feedback: str = "") -> Report:
    ids = origin.unique(
        origin.of_returned(parts.returned),
        origin.of_fields(parts.disposition + parts.feedback + parts.status),
        origin.of_texts(parts.texts),
    )
    return Report(kind, tuple(said), ids, origin.references(parts.header), feedback)
