"""Which parts of a message are its text, which are attachments.

RFC 8621 section 4.1.4 in spirit: an alternative is read in both its forms, everything else is
read one part after the other.
"""

from __future__ import annotations

from mailgate.mail.mime import Part, leaves


class Bodies:
    """The leaves that are read as text: ``text`` for body_text, ``html`` for body_html.

    A leaf that has only one form is in both lists.
    """

    __slots__ = ("html", "text")

    def __init__(self, text: list[Part], html: list[Part]) -> None:
        self.text = text
        self.html = html


def split(root: Part) -> tuple[Bodies, list[Part]]:
    """Return the bodies, and the attachments in their order."""
    ordered = leaves(root)
    bodies = _bodies(root)
    shown = {id(part) for part in bodies.text + bodies.html}
    return bodies, [part for part in ordered if id(part) not in shown]


def _bodies(part: Part) -> Bodies:
    if not part.children:
        shown = [part] if _is_body(part) else []
        return Bodies(shown, shown)
    if part.media_type == "multipart/alternative":
        return _alternative([_bodies(child) for child in part.children], part.depth + 1)
    children = part.children
    if part.media_type == "multipart/report":
        children = children[:1]
    found = [_bodies(child) for child in children]
    if part.media_type == "multipart/related":
        found = found[:1] + [_unnamed(each) for each in found[1:]]
    return Bodies(
        [leaf for each in found for leaf in each.text],
        [leaf for each in found for leaf in each.html],
    )


def _alternative(found: list[Bodies], depth: int) -> Bodies:
    plain = [each for each in found if any(is_plain(leaf) for leaf in each.text)]
    rich = [each for each in found if any(not is_plain(leaf) for leaf in each.html)]
    text, html = _direct(plain, depth) or plain[:1], _direct(rich, depth) or rich[-1:]
    return Bodies(
        [leaf for each in text or html for leaf in each.text],
        [leaf for each in html or text for leaf in each.html],
    )


def _direct(found: list[Bodies], depth: int) -> list[Bodies]:
    """Return those that are leaves of the alternative itself."""
    return [each for each in found if len(each.text) == 1 and each.text[0].depth == depth]


def _unnamed(found: Bodies) -> Bodies:
    """Drop what HTML refers to by its id: a text in a related part is then no body."""
    return Bodies(
        [leaf for leaf in found.text if not leaf.raw("content-id")],
        [leaf for leaf in found.html if not leaf.raw("content-id")],
    )


def is_plain(part: Part) -> bool:
    """Tell plain text from HTML among bodies."""
    return part.media_type != "text/html"


def _is_body(part: Part) -> bool:
    if part.media_type.startswith("multipart/"):
        return part.depth == 1
    if part.media_type not in ("text/plain", "text/html"):
        return False
    disposition = part.disposition
    if disposition.value == "attachment":
        return False
    return part.depth == 1 or not (disposition.text("filename") or part.content_type.text("name"))
