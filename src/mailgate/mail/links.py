"""The web links of a message, as visible text: found, never fetched."""

from __future__ import annotations

import re

from mailgate.mail.markup import START, tokens

MAX_LINKS = 100
MAX_LENGTH = 2000
"""Characters of one link; what is longer is no link."""

_LINK = re.compile(r"https?://[^\s<>\"`\\^{|}\x00-\x20]+", re.IGNORECASE)
_SCHEMES = ("http://", "https://")
_PAIRS = {")": "(", "]": "["}


def find(text: str, html: str) -> tuple[str, ...]:
    """Return the http and https links of a text and of a page, in order, without repeats."""
    found: dict[str, None] = {}
    for match in _LINK.finditer(text):
        if match.end() - match.start() <= MAX_LENGTH:
            _keep(found, _without_punctuation(match.group()))
    for token in tokens(html):
        if token.kind == START and token.name in ("a", "area"):
            _keep(found, token.attributes().get("href", "").strip())
    return tuple(found)


def _keep(found: dict[str, None], link: str) -> None:
    known = link[:8].lower().startswith(_SCHEMES)
    if known and len(link) <= MAX_LENGTH and len(found) < MAX_LINKS:
        found[link] = None


def _without_punctuation(link: str) -> str:
    """Return a link without the end of the sentence that it stands in."""
    while link:
        last = link[-1]
        if last in ".,;:!?'*" or (last in _PAIRS and _PAIRS[last] not in link):
            link = link[:-1]
        else:
            break
    return link
