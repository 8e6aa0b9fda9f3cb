"""Addresses in running text, and what stands before and behind them. Linear in the text."""

from __future__ import annotations

from mailgate.mail.address import normalise

MAX_LINE = 2000
"""Characters of one line that are read."""
_LOCAL = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-/=?^_`{|}~"
)
_DOMAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
_EDGE = "'`*=/|.!?"
_MAX_LOCAL = 128
_MAX_DOMAIN = 255
_LEAD = " \t>*-=\"'<[(|#\u2022\u00b7\u2013"


class Place:
    """An address in a line: what it is, what stands ``before`` and ``behind`` it."""

    __slots__ = ("address", "before", "behind")

    def __init__(self, address: str, before: str, behind: str) -> None:
        self.address = address
        self.before = before
        self.behind = behind

    @property
    def leads(self) -> bool:
        """Tell whether nothing but bullets and quotes stands before the address."""
        return not self.before.strip(_LEAD)


def addresses(line: str) -> list[Place]:
    """Return the addresses of a line in their order."""
    line = line[:MAX_LINE]
    found: list[Place] = []
    at = line.find("@")
    least = 0
    while at >= 0:
        start, end = _start(line, at, least), _end(line, at)
        address = _normal(line[start:at], line[at + 1 : end])
        if address:
            found.append(Place(address, line[:start], line[end:]))
            least = end
        at = line.find("@", max(end, at + 1))
    return found


def _start(line: str, at: int, least: int) -> int:
    """Return where the local part of the address with ``@`` at that position begins."""
    start = at
    if line[at - 1 : at] == '"':
        quote = line.rfind('"', max(least, at - _MAX_LOCAL), at - 1)
        if quote >= 0:
            return quote
    least = max(least, at - _MAX_LOCAL)
    while start > least and (line[start - 1] in _LOCAL or line[start - 1] > "\x9f"):
        start -= 1
    while start < at and line[start] in _EDGE:
        start += 1
    return start


def _end(line: str, at: int) -> int:
    end, most = at + 1, min(len(line), at + 1 + _MAX_DOMAIN)
    while end < most and (line[end] in _DOMAIN or line[end].isalnum()):
        end += 1
    while end > at + 1 and line[end - 1] in ".-_":
        end -= 1
    return end


def _normal(local_part: str, domain: str) -> str:
    top = domain.rpartition(".")[2]
    if not local_part or "." not in domain or len(top) < 2 or top.isdigit():
        return ""
    return normalise(f"{local_part}@{domain}") or ""
