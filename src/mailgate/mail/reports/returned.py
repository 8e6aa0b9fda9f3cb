"""Where, in a text without parts, the report ends and the message that came back begins."""

from __future__ import annotations

from mailgate.mail.header import Header, scan

MAX_LINES = 5000
"""Lines of a text that are read."""
_MARKS = (
    "original message",
    "original mail",
    "original e-mail",
    "copy of the message",
    "copy of your message",
    "copy of the original",
    "copy of the mail",
    "returned message",
    "returned mail",
    "unsent message",
    "undelivered message",
    "rejected message",
    "source mail",
    "old message",
    "message header",
    "headers of the message",
    "message headers",
    "header of the",
    "message text",
    "message body",
    "message reads",
    "message follows",
    "mail follows",
    "below this line",
    "below the next line",
    "mensaje original",
    "mensagem original",
    "message d'origine",
    "ursprüngliche nachricht",
    "originalnachricht",
    "messaggio originale",
)
_RULES = "-=*#_+|"
_STRONG = frozenset(("received", "return-path"))
_TRACES = _STRONG | {"message-id", "mime-version", "dkim-signature", "delivered-to"}
_COMMON = _TRACES | {
    "from",
    "to",
    "cc",
    "date",
    "subject",
    "reply-to",
    "sender",
    "content-type",
    "content-transfer-encoding",
    "user-agent",
    "x-mailer",
}


def divide(text: str) -> tuple[list[str], list[Header]]:
    """Return the lines of a report in a text, and the headers of messages found behind or in it."""
    lines = text.split("\n", MAX_LINES)[:MAX_LINES]
    report: list[str] = []
    headers: list[Header] = []
    at = 0
    while at < len(lines):
        if report and is_mark(lines[at]):
            return report, headers + _headers(lines[at + 1 :])
        names = _run(lines, at)
        if names & _STRONG:
            return report, headers + _headers(lines[at:])
        if names & _TRACES:
            # Fields quoted in the middle of a report: it goes on behind them.
            end = at
            while end < len(lines) and lines[end].strip():
                end += 1
            headers += _headers(lines[at:end])
            at = end
            continue
        if lines[at].strip() or report[-1:] != [""]:
            report.append(lines[at].rstrip())
        at += 1
    return report, headers


def is_mark(line: str) -> bool:
    """Tell whether a line says that the message itself follows."""
    bare = line.strip()
    lowered = bare.lower()
    if not bare or len(bare) > 120 or not any(mark in lowered for mark in _MARKS):
        return False
    if "transcript" in lowered:
        return False
    ruled = bare[0] in _RULES and bare[1:2] in _RULES
    return (
        ruled
        or lowered.rstrip(" .:").endswith(("follow", "follows", "following"))
        or (
            bare.endswith(":")
            and not lowered.startswith(("the original message was", "your message"))
        )
        or lowered.startswith("your message reads")
    )


def _run(lines: list[str], at: int) -> set[str]:
    """Return the names of three or more fields in a row that begin at a line, else nothing."""
    names: set[str] = set()
    count = 0
    for line in lines[at : at + 12]:
        name = _name(line)
        if name:
            names.add(name)
            count += 1
        elif not count or line[:1] not in " \t" or not line.strip():
            break
    return names if count >= 3 else set()


def _name(line: str) -> str:
    """Return the name of a field of a mail header, or nothing."""
    name, colon, _ = line.partition(":")
    name = name.strip().lower()
    known = name in _COMMON or (name.startswith("x-") and " " not in name)
    return name if colon and known else ""


def _headers(lines: list[str]) -> list[Header]:
    """Read the fields at the beginning of lines, indented or not."""
    start = 0
    while start < len(lines) and not _name(lines[start]):
        start += 1
        if start > 20:
            return []
    block = lines[start : start + 500]
    if not block:
        return []
    margin = len(block[0]) - len(block[0].lstrip(" \t>"))
    text = "\n".join(_without(line, margin) for line in block)
    return [scan(text.encode("utf-8", "replace"))]


def _without(line: str, margin: int) -> str:
    return line[margin:] if not line[:margin].strip(" \t>") else line
