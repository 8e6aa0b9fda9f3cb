"""Status codes (RFC 3463), replies (RFC 5321 section 4.2) and reasons, found in any text."""

from __future__ import annotations

from mailgate.mail.reports.values import MAX_REASON

MAX_SCANNED = 4000
"""Characters of a text that are searched."""


_REPLIES = frozenset(map(str, (*range(420, 460), 471, *range(500, 572))))
"""Codes that servers answer with; other numbers of three digits are something else."""

_ACCEPTED = frozenset(("250", "251", "252", "253"))


def status_of(text: str) -> str:
    """Return the enhanced status code in a text (``5.1.1``), or nothing.

    One behind a reply code comes before one that stands alone, which may be a version.
    """
    first, previous = "", ""
    for number, word in enumerate(_words(text)):
        code = _enhanced(word)
        if code and code[0] == previous[:1]:
            return code
        if code and (code[0] != "2" or number == 0):
            first = first or code
        previous = word if word in _REPLIES or word in _ACCEPTED else ""
    return first


def reply_of(text: str) -> str:
    """Return the first three-digit reply code that tells of a failure (``550``), or nothing."""
    words = _words(text)
    for position, word in enumerate(words):
        if word.rstrip(".-") in _REPLIES and not _is_count(words, position):
            return word[:3]
    return ""


def from_reply(reply: str) -> str:
    """Return the class that a reply code stands for, as a status code."""
    return f"{reply[0]}.0.0" if reply[:1] in ("2", "4", "5") else ""


def derived(*texts: str) -> str:
    """Return the status code that the first text with a code says, or nothing."""
    for text in texts:
        found = status_of(text)
        if found:
            return found
    for text in texts:
        found = from_reply(reply_of(text))
        if found:
            return found
    return ""


def quoted(text: str) -> str:
    """Return the reply of a server that a text quotes, from its code on, or the whole text."""
    text = text[:MAX_SCANNED]
    for at in range(len(text) - 2):
        if text[at : at + 3] in _REPLIES and _is_quoted(text, at):
            reply = text[at:].rstrip()
            return reply[:-1] if reply.endswith(")") and "(" not in reply else reply
    return text.lstrip(" -,;.:")


def _is_quoted(text: str, at: int) -> bool:
    """Tell whether the number at that place begins a reply."""
    before = text[:at].rstrip()[-1:]
    return text[at + 3 : at + 4] in ("", " ", "-", ":", ",") and before in ("", ":", "<", "(", ">")


def reason(text: str) -> str:
    """Return text as a reason: one line, printable, bounded, without its type (``smtp;``)."""
    text = text[: 4 * MAX_REASON]
    kind, semicolon, rest = text.partition(";")
    kind = kind.strip()
    if semicolon and kind.replace("-", "").replace("_", "").isalnum() and len(kind) <= 20:
        text = rest
    words = "".join(c if c.isprintable() else " " for c in text).split()
    return _whole(" ".join(words))


def _whole(line: str) -> str:
    if len(line) <= MAX_REASON:
        return line
    return line[: MAX_REASON - 1].rstrip() + "…"


def _words(text: str) -> list[str]:
    """Split at what stands around codes: white space, brackets, ``#`` and dashes after a reply."""
    text = text[:MAX_SCANNED]
    for mark in "()[]{}<>#,;:=\"'/|":
        if mark in text:
            text = text.replace(mark, " ")
    words: list[str] = []
    for word in text.split():
        head, dash, tail = word.partition("-")
        words += [head, tail] if dash and len(head) == 3 and head.isdigit() and tail else [word]
    return words


def _enhanced(word: str) -> str:
    word = word.rstrip(".-")
    pieces = word.split(".")
    if len(pieces) != 3 or pieces[0] not in ("2", "4", "5"):
        return ""
    if not all(piece.isascii() and piece.isdigit() and len(piece) <= 3 for piece in pieces):
        return ""
    return ".".join(str(int(piece)) for piece in pieces)


_COUNTED = ("seconds", "minutes", "hours", "days", "bytes", "kb", "mb", "recipients", "messages")


def _is_count(words: list[str], position: int) -> bool:
    """Tell a number of things from a reply code."""
    following = words[position + 1].lower() if position + 1 < len(words) else ""
    return following.rstrip(".") in _COUNTED
