"""The Date field (RFC 5322 section 3.3) and its relatives, as UTC."""

from __future__ import annotations

from time import gmtime, strftime

MAX_LENGTH = 200
_DAY = 24 * 60 * 60
_FIRST_YEAR = 1900
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def read(text: str) -> str | None:
    """Return ``2026-11-22T17:00:00Z`` for a date as mail writes it, None where it is unreadable.

    A zone that cannot be one counts as UTC, as RFC 5322 section 4.3 asks for unknown ones.
    """
    text = text[:MAX_LENGTH]
    return (_plain(text) or _odd(text)) if text.isascii() else None


def seconds(text: str) -> int | None:
    """Return the time of ``Sun, 22 Nov 2026 17:00:00 +0100``, the form that nearly all mail has.

    None is returned for any other form.
    """
    text = text[:MAX_LENGTH]
    if not text.isascii():
        return None
    words = text.rpartition(",")[2].partition("(")[0].split()
    if len(words) != 5 or words[1].lower() not in _MONTHS or len(words[2]) != 4:
        return None
    clock = words[3].split(":")
    zone = words[4]
    if zone in ("GMT", "UT", "UTC", "Z"):
        zone = "+0000"
    numbers = [words[0], words[2], *clock, zone[1:]]
    if len(clock) != 3 or len(zone) != 5 or zone[0] not in "+-":
        return None
    if not all(number.isdigit() and len(number) < 5 for number in numbers):
        return None
    day, year, hour, minute, second = map(int, numbers[:-1])
    month = _MONTHS.index(words[1].lower()) + 1
    if not (1 <= day <= _LENGTHS[month - 1] and hour < 24 and minute < 60 and second < 61):
        return None
    if year < _FIRST_YEAR or (month == 2 and day == 29 and not _leap(year)):
        return None
    offset = int(zone[1:3]) * 3600 + int(zone[3:]) * 60
    found = _days(year, month, day) * _DAY + hour * 3600 + minute * 60 + min(second, 59)
    if offset < _DAY:
        found -= offset if zone[0] == "+" else -offset
    return found if _FIRST_YEAR <= gmtime(found).tm_year <= 9999 else None


def _plain(text: str) -> str | None:
    found = seconds(text)
    return None if found is None else strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(found))


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01 in the proleptic Gregorian calendar."""
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719162
    days += sum(_LENGTHS[: month - 1]) - (1 if month > 2 and not _leap(year) else 0)
    return days + day - 1


def _odd(text: str) -> str | None:
    """Read what else the standard library makes out, at the price of importing it."""
    from datetime import datetime, timedelta
    from email.utils import parsedate_tz

    try:
        parsed = parsedate_tz(text)
        if parsed is None:
            return None
        offset = parsed[9] or 0
        year, month, day, hour, minute, second = parsed[:6]
        local = datetime(year, month, day, hour, minute, min(second, 59))
        moment = local - timedelta(seconds=offset if abs(offset) < _DAY else 0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.isoformat() + "Z" if moment.year >= _FIRST_YEAR else None
