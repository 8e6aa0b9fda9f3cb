"""A mail domain of this installation, with its two special addresses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain.

    ``catchall`` and ``bounce`` are local parts, ``redirect_from`` domains that stand for this one,
    ``retired`` addresses that were ours, ``aliases`` a count. ``verify_until`` (ISO 8601) is when
    the holding of mail to catchall and bounce ends, None where it is not on.
    """

    id: int
    name: str
    company: str
    contact: str
    catchall: str
    bounce: str
    redirect_from: tuple[str, ...]
    retired: tuple[str, ...]
    verify_until: str | None
    aliases: int
