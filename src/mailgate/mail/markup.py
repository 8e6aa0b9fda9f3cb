"""HTML as a row of tokens: linear in the length of its input, whatever that holds.

The standard library's ``html.parser`` takes quadratic time over unterminated declarations on
Pythons before mid-2025; this one only looks for what text and sanitising need.
"""

from __future__ import annotations

import re
from html import unescape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TAG = 64 * 1024
"""Characters of one tag; inline images are long."""
MAX_ATTRIBUTES = 50
VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source "
    "track wbr".split()
)
_SKIPPED = frozenset(
    "script style title template textarea xmp iframe noembed noframes plaintext select object "
    "applet svg math".split()
)
"""Elements whose content is no text of the page, or is text by other rules."""
_NAME = re.compile(r"[a-zA-Z][^\s/>]{0,40}")
_STOP = re.compile(r"[\"'>]")
_ATTRIBUTE = re.compile(
    r"([a-zA-Z][a-zA-Z-]{0,30})[ \t\r\n]{0,20}=[ \t\r\n]{0,20}"
    r"(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))"
)
TEXT, START, END = "text", "start", "end"


class Token:
    """A piece of text (``name`` empty), or a tag with its raw attributes."""

    __slots__ = ("kind", "name", "raw")

    def __init__(self, kind: str, name: str, raw: str) -> None:
        self.kind = kind
        self.name = name
        self.raw = raw

    def text(self) -> str:
        """Return the characters of a text token."""
        return unescape(self.raw).replace("\0", "�") if "&" in self.raw else self.raw

    def attributes(self) -> dict[str, str]:
        """Return the attributes of a tag by lower-case name."""
        found: dict[str, str] = {}
        for number, match in enumerate(_ATTRIBUTE.finditer(self.raw)):
            if number == MAX_ATTRIBUTES:
                break
            name, double, single, bare = match.groups()
            found.setdefault(name.lower(), unescape(double or single or bare or ""))
        return found


def tokens(html: str) -> Iterator[Token]:
    """Yield the texts and tags of a page; comments, declarations and scripts are left out."""
    at = 0
    closings: dict[str, bool] = {}
    while at < len(html):
        start = html.find("<", at)
        if start < 0:
            start = len(html)
        if start > at:
            yield Token(TEXT, "", html[at:start])
        if start == len(html):
            return
        after = html[start + 1 : start + 2]
        if after in ("!", "?"):
            at = _declaration_end(html, start, closings)
            continue
        end = after == "/"
        match = _NAME.match(html, start + 1 + end)
        if match is None:
            yield Token(TEXT, "", "&lt;")
            at = start + 1
            continue
        at = _tag_end(html, match.end())
        name = match.group().lower()
        if name in _SKIPPED:
            if not end:
                at = _element_end(html, at, name, closings)
            continue
        yield Token(END if end else START, name, "" if end else html[match.end() : at - 1])


def _declaration_end(html: str, start: int, closings: dict[str, bool]) -> int:
    """Return where a comment, CDATA section or declaration ends; unterminated ones at ``>``."""
    if html.startswith("<!--", start) and closings.get("-->", True):
        if html.startswith((">", "->"), start + 4):
            return html.index(">", start) + 1
        end = html.find("-->", start + 4)
        if end >= 0:
            return end + 3
        closings["-->"] = False
    end = html.find(">", start)
    return len(html) if end < 0 else end + 1


def _tag_end(html: str, at: int) -> int:
    """Return what follows the ``>`` of a tag; quoted values may hold one."""
    first = html.find(">", at)
    if first < 0:
        return len(html) + 1
    limit = at + MAX_TAG
    while True:
        match = _STOP.search(html, at, limit)
        if match is None:
            return first + 1
        if match.group() == ">":
            return match.end()
        closing = html.find(match.group(), match.end(), limit)
        if closing < 0 or html[match.start() - 1] not in "= \t\r\n":
            at = match.end()
            continue
        at = closing + 1


def _element_end(html: str, at: int, name: str, closings: dict[str, bool]) -> int:
    """Return what follows the end tag of an element; without one, only its start tag goes."""
    if not closings.get(name, True):
        return at
    match = re.compile("</" + name + r"[\s/>]", re.IGNORECASE).search(html, at)
    if match is None:
        closings[name] = False
        return len(html) if name in ("script", "style", "plaintext") else at
    end = html.find(">", match.end() - 1)
    return len(html) if end < 0 else end + 1
