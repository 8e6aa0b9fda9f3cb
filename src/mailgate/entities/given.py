"""What is given twice, or given and taken away at once: a contradiction, and so refused."""

from __future__ import annotations

from collections.abc import Collection

from mailgate.errors import MailgateError


def require_once(names: Collection[str]) -> None:
    """Refuse a name that occurs twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise MailgateError(f"{name} is given twice: give it once")
        seen.add(name)


def require_one(given: Collection[object], taken: Collection[object], option: str) -> None:
    """Refuse what is given and taken away; ``option`` is the one that gives, without hyphens."""
    for each in given:
        if each in taken:
            raise MailgateError(
                f"--{option} and --no-{option} {each} exclude each other: leave one out"
            )


def require_one_of(given: object | None, taken: bool, option: str) -> None:
    """Refuse an option beside its opposite, which takes no value."""
    if given is not None and taken:
        raise MailgateError(f"--{option} and --no-{option} exclude each other: leave one out")
