"""A message in quarantine: kept whole until a person decides."""

from __future__ import annotations

from dataclasses import dataclass

REASONS = (
    "loop",
    "verification",
    "spam",
    "alias",
    "error",
    "no-route",
    "policy",
    "oversize",
    "empty",
)
"""Why a message may be held: what stopped it, or the rule that would have rejected it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A held message; ``recipients`` are those it is held for.

    ``sender`` is that of the envelope, ``""`` where it is null; ``links`` are the web links in it,
    where they were looked for.
    """

    id: int
    journal: int
    at: str
    reason: str
    detail: str
    attempts: int
    next_attempt: str | None
    sender: str | None
    recipients: tuple[str, ...]
    subject: str
    links: tuple[str, ...] = ()
