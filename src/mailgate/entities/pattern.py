"""A pattern of senders: an address, or ``*@domain`` for all of a domain."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.entities.names import address, domain_name


@dataclass(frozen=True, slots=True)
class Pattern:
    """An entry of the allow or the block list."""

    id: int
    pattern: str


def normal_pattern(text: str) -> str:
    """Return a pattern normalised; raises MailgateError."""
    text = text.strip()
    if text.startswith("*@"):
        return "*@" + domain_name(text[2:])
    return address(text)
