"""Delivery status notifications (RFC 3464, 6533): what they say of each recipient."""

from __future__ import annotations

from mailgate.mail import words
from mailgate.mail.address import normalise
from mailgate.mail.reports import codes
from mailgate.mail.reports.fields import Group, groups
from mailgate.mail.reports.values import MAX_SAID, Said

_ACTIONS = (
    ("fail", "failed"),
    ("error", "failed"),
    ("bounce", "failed"),
    ("reject", "failed"),
    ("expired", "failed"),
    ("delay", "delayed"),
    ("defer", "delayed"),
    ("deliver", "delivered"),
    ("success", "delivered"),
    ("relay", "relayed"),
    ("expand", "expanded"),
)
_CLASSES = {"5": "failed", "4": "delayed", "2": "delivered"}
_TYPES = ("rfc822", "utf-8", "smtp", "local", "internet", "unknown", "x-local", "rfc-822")


def walk(text: str) -> list[Said]:
    """Return what the fields of a delivery status say, one value for each recipient."""
    found: dict[str, Said] = {}
    for group in groups(text):
        said = _said(group)
        known = found.get(said.recipient)
        if known is None or (said.action == "failed" and known.action != "failed"):
            found[said.recipient] = said
        if len(found) >= MAX_SAID:
            break
    return list(found.values())


def recipient(value: str) -> str:
    """Return the address of a recipient field, normalised, or nothing.

    The type before the semicolon may be missing, or be one of those that hold mail addresses.
    """
    kind, semicolon, rest = value.partition(";")
    if not semicolon:
        kind, rest = "", value
    kind = kind.strip().lower()
    if kind and kind not in _TYPES and "@" not in rest:
        return ""
    if kind and "@" in kind and "@" not in rest:
        rest = kind
    rest = _bare(rest)
    if kind == "utf-8":
        rest = _from_utf_8(rest)
    return normalise(rest) or "" if "@" in rest else ""


def action(value: str) -> str:
    """Return the action that a field names, in its proper spelling, or nothing."""
    value = value.lower()
    for beginning, name in _ACTIONS:
        if value.startswith(beginning):
            return name
    return ""


def by_status(status: str) -> str:
    """Return the action that a status code stands for, where no action is named."""
    return _CLASSES.get(status[:1], "")


def _said(group: Group) -> Said:
    diagnostic = words.decode(group.get("diagnostic-code", "").encode())
    named = group.get("status", "")
    done = action(group.get("action", ""))
    status = _status(codes.status_of(named), codes.derived(diagnostic, named), done)
    reason = codes.reason(diagnostic) or codes.reason(_comment(named))
    return Said(_recipient(group), done or by_status(status), status, reason)


def _status(named: str, told: str, done: str) -> str:
    """Return the code of the Status field, unless the diagnostic text knows better.

    ``x.0.0`` says nothing (RFC 3463 section 3.1), and what has failed for good is no 4.x.
    """
    vague = named.endswith(".0.0") and told[:1] == named[:1]
    belied = done == "failed" and named[:1] == "4" and told[:1] == "5"
    return told if not named or vague or belied else named


def _recipient(group: Group) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        address = recipient(group.get(name, ""))
        if address:
            return address
    return ""


def _comment(value: str) -> str:
    """Return what stands in brackets behind a status code."""
    return value.partition("(")[2].rpartition(")")[0]


def _bare(text: str) -> str:
    text = text.strip().strip("\"'").strip()
    if "<" in text:
        text = text.partition("<")[2].partition(">")[0]
    if not text.startswith('"'):
        text = text.split("(", 1)[0].strip()
    for prefix in ("mailto:", "smtp:", "rfc822;"):
        if text.lower().startswith(prefix):
            text = text[len(prefix) :].strip()
    return text


def _from_utf_8(text: str) -> str:
    """Undo the escapes of ``utf-8`` addresses (RFC 6533 section 3): ``\\x{E9}``."""
    out, rest = [], text
    while "\\x{" in rest:
        before, _, rest = rest.partition("\\x{")
        code, closed, rest = rest.partition("}")
        out.append(before)
        if closed and 2 <= len(code) <= 6 and all(c in "0123456789abcdefABCDEF" for c in code):
            value = int(code, 16)
            out.append(chr(value) if value < 0xD800 or 0xDFFF < value < 0x110000 else "")
    return "".join(out) + rest
