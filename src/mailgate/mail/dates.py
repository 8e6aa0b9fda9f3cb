"""The Date field (RFC 5322 section 3.3) and its relatives, as UTC."""

from __future__ import annotations

MAX_LENGTH = 200
_DAY = 24 * 60 * 60


def read(text: str) -> str | None:
    """Return ``2026-11-22T17:00:00Z`` for a date as mail writes it, None where it is unreadable.

    A zone that cannot be one counts as UTC, as RFC 5322 section 4.3 asks for unknown ones.
    """
    from datetime import datetime, timedelta
    from email.utils import parsedate_tz

    try:
        parsed = parsedate_tz(text[:MAX_LENGTH])
        if parsed is None or not text.isascii():
            return None
        offset = parsed[9] or 0
        year, month, day, hour, minute, second = parsed[:6]
        local = datetime(year, month, day, hour, minute, min(second, 59))
        moment = local - timedelta(seconds=offset if abs(offset) < _DAY else 0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.isoformat() + "Z" if moment.year >= 1900 else None
