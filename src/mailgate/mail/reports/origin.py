"""Which message a report is about: the ids it may be known by, best first."""

from __future__ import annotations

from mailgate.mail.header import Header, to_text
from mailgate.mail.message_id import all_ids, first_id
from mailgate.mail.reports.values import MAX_IDS

_RETURNED = ("x-mailgate-message-id", "x-microsoft-original-message-id", "message-id")
_FIELDS = ("original-message-id", "x-original-message-id", "x-microsoft-original-message-id")
_WORDS = ("message-id", "message id", "messageid", "msgid")
MAX_LINES = 20_000
MAX_BODY = 512 * 1024


def of_returned(returned: list[Header]) -> list[str]:
    """Return the ids of the returned messages: those that lists and exchangers keep come first."""
    found: list[str] = []
    for name in _RETURNED:
        for header in returned:
            found += _first(header, name)
    return found


def of_fields(texts: list[str]) -> list[str]:
    """Return the ids that fields for machines name (RFC 8098 section 3.2.5)."""
    found: list[str] = []
    for text in texts:
        for line in text.split("\n", MAX_LINES)[:MAX_LINES]:
            name, _, value = line.partition(":")
            if name.strip().lower() in _FIELDS:
                found += all_ids(value[:2000])
    return found


def of_texts(texts: list[str]) -> list[str]:
    """Return the ids that are quoted in texts, where a line says that they are some."""
    found: list[str] = []
    for text in texts:
        lines = text.split("\n", MAX_LINES)[:MAX_LINES]
        for position, line in enumerate(lines):
            lowered = line[:500].lower()
            if any(word in lowered for word in _WORDS):
                below = lines[position + 1][:500] if position + 1 < len(lines) else ""
                found += _quoted(line[:500]) or _quoted(below if below[:1] in " \t" else "")
            if len(found) >= MAX_IDS:
                return found
    return found


def of_body(body: bytes) -> list[str]:
    """Return the ids of Message-ID fields wherever they stand in a damaged message."""
    text = to_text(body[:MAX_BODY])
    found = of_returned([Header([(name, value)]) for name, value in _lines(text)])
    return found[:MAX_IDS]


def _lines(text: str) -> list[tuple[str, bytes]]:
    lines = text.splitlines()
    found: list[tuple[str, bytes]] = []
    for number, line in enumerate(lines):
        name, colon, value = line[:1000].partition(":")
        name = name.strip(" \t>").lower()
        if colon and name in _RETURNED:
            if not value.strip() and number + 1 < len(lines):
                value = lines[number + 1][:1000]
            found.append((name, value.encode("utf-8", "replace")))
            if len(found) >= MAX_IDS:
                break
    return found


def unique(*lists: list[str]) -> tuple[str, ...]:
    """Return the ids of all lists in their order, each once, bounded."""
    return tuple(dict.fromkeys(each for ids in lists for each in ids))[:MAX_IDS]


def references(header: Header) -> tuple[str, ...]:
    """Return what the report itself answers, the likeliest first."""
    answered = all_ids(to_text(header.first("in-reply-to") or b""))
    newest = list(reversed(all_ids(to_text(header.first("references") or b""))))
    return unique(answered, newest)


def _first(header: Header, name: str) -> list[str]:
    value = header.first(name)
    found = first_id(to_text(value)) if value else None
    return [found] if found else []


def _quoted(text: str) -> list[str]:
    """Return the ids in angle brackets of a line, or its one word with an ``@``."""
    if "<" in text:
        return [each for each in all_ids(text) if "@" in each]
    return [each for each in all_ids(text.rpartition(":")[2]) if "@" in each][:1]
