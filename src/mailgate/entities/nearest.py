"""The nearest known name for an unknown one, and the error that says it."""

from __future__ import annotations

from collections.abc import Iterable

from mailgate.errors import MailgateError

FEW = 5
"""So many names are all said where none is near."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``name``, or None where none is like it."""
    from difflib import get_close_matches

    names = list(known)
    wanted = name[:200].lower()
    found = get_close_matches(wanted, names, 1, 0.6)
    if found:
        return found[0]
    inside = [other for other in names if wanted and (wanted in other or other in wanted)]
    return inside[0] if inside else None


def unknown(kind: str, name: str, known: Iterable[str], listing: str) -> MailgateError:
    """Return the error for a name that is not there; ``listing`` is the command that lists."""
    names = list(known)
    match = nearest(name, names)
    if match is not None:
        return MailgateError(f"no {kind} {name}: did you mean {match}?")
    if not names:
        return MailgateError(f"no {kind} {name}: there is none yet")
    if len(names) <= FEW:
        return MailgateError(f"no {kind} {name}: there is {', '.join(sorted(names))}")
    return MailgateError(f"no {kind} {name}: {listing} shows all {len(names)}")
