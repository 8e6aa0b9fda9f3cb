"""Message-IDs (RFC 5322 section 3.6.4): found in fields that keep the rules or do not."""

from __future__ import annotations

from _blake2 import blake2b

MAX_LENGTH = 250
"""Characters of an id that is kept as it is; a longer one is known by its hash."""
MAX_REFERENCES = 32
"""Ids of References that are looked at, the newest."""
_MADE_DOMAIN = "made.mailgate.invalid"


def first_id(field: str) -> str | None:
    """Return the id of a Message-ID field as ``<...>``, or None where there is none."""
    ids = _found(field)
    return canonical(ids[0]) if ids else None


def all_ids(field: str, limit: int = MAX_REFERENCES) -> list[str]:
    """Return the last ``limit`` ids of a field in their order.

    Broken ones are mended: white space inside, comments and commas around, missing brackets.
    """
    return [canonical(identifier) for identifier in _found(field)[-limit:]]


def canonical(identifier: str) -> str:
    """Return an id in brackets as it is stored and compared; a very long one as its hash."""
    identifier = "".join(identifier.split()).strip("<>")
    if len(identifier) > MAX_LENGTH:
        return made(identifier.encode("utf-8", "replace"))
    return f"<{identifier}>"


def made(content: bytes) -> str:
    """Return the id by which content without one of its own is known."""
    return f"<{blake2b(content, digest_size=20).hexdigest()}@{_MADE_DOMAIN}>"


def is_made(identifier: str) -> bool:
    """Tell whether an id was made here: nobody else knows the message by it."""
    return identifier.endswith(f"@{_MADE_DOMAIN}>")


def _found(field: str) -> list[str]:
    if "(" in field:
        field = _without_comments(field)
    found = _bracketed(field)
    if found:
        return found
    words = field.replace(",", " ").replace("<", " ").replace(">", " ").split()
    return [word for word in words if "@" in word.strip("@")]


def _bracketed(field: str) -> list[str]:
    found = []
    for piece in field.split("<")[1:]:
        identifier, closed, _ = piece.partition(">")
        if not closed:
            identifier = identifier.replace(",", " ").partition(" ")[0]
        if identifier.strip():
            found.append(identifier)
    return found


def _without_comments(field: str) -> str:
    """Drop comments that stand outside angle brackets, nested ones too."""
    kept, depth, inside = [], 0, False
    for character in field:
        if depth == 0 and character in "<>":
            inside = character == "<"
        if not inside and character == "(":
            depth += 1
        elif not inside and character == ")" and depth:
            depth -= 1
        elif depth == 0:
            kept.append(character)
    return "".join(kept)
