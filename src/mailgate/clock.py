"""The clock: seconds since 1970 UTC, and ISO 8601 in and out.

Cheap to import: the accept path reads it once a message.
"""

from __future__ import annotations

from time import gmtime, strftime, time

from mailgate.errors import MailgateError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LAST = 253402300799
"""The last second of the year 9999, the end of what ISO 8601 writes in four digits."""


def now() -> int:
    """Return the time in seconds, or what ``MAILGATE_NOW`` (ISO 8601) says in its place."""
    import os

    return at(os.environ.get("MAILGATE_NOW"))


def at(text: str | None) -> int:
    """Return the time that ``MAILGATE_NOW`` says, or the real one where it says nothing."""
    if not text:
        return int(time())
    moment = parse(text)
    if moment is None:
        raise MailgateError(
            f"MAILGATE_NOW={text!a} is no ISO 8601 time: write it as 2026-11-22T17:00:00Z"
        )
    return moment


def iso(seconds: int) -> str:
    """Return a time as ``2026-11-22T17:00:00Z``."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


def parse(text: str) -> int | None:
    """Return the seconds of an ISO 8601 date or time, or None; without a zone it is UTC."""
    text = text.strip().upper().replace(" ", "T")
    if not text.isascii() or len(text) > 40:
        return None
    date, _, clock = text.partition("T")
    days = _days(date)
    seconds = _clock(clock) if clock else 0
    if days is None or seconds is None:
        return None
    moment = days * 86400 + seconds
    return moment if 0 <= moment <= LAST else None


def duration(text: str) -> int | None:
    """Return the seconds of ``90m``, ``12h`` or ``7d`` (s, m, h, d, w), or None."""
    text = text.strip()
    number, unit = text[:-1], text[-1:].lower()
    if unit in _UNITS and number.isascii() and number.isdigit() and len(number) < 10:
        return int(number) * _UNITS[unit]
    return None


def since(text: str, present: int) -> int:
    """Return the seconds meant by an ISO 8601 time or an age such as ``90m``, ``12h``, ``7d``."""
    seconds = duration(text)
    if seconds is not None:
        return max(0, present - seconds)
    moment = parse(text)
    if moment is None:
        raise MailgateError(
            f"{text!a} is no time: write an age (90m, 12h, 7d) or a date (2026-11-22,"
            " 2026-11-22T17:00:00Z)"
        )
    return moment


def _digits(text: str, length: int) -> int | None:
    return int(text) if len(text) == length and text.isdigit() else None


def _days(date: str) -> int | None:
    """Return the days from 1970-01-01 to a date of the proleptic Gregorian calendar."""
    parts = date.split("-") if "-" in date else [date[:4], date[4:6], date[6:]]
    if len(parts) != 3:
        return None
    year, month, day = _digits(parts[0], 4), _digits(parts[1], 2), _digits(parts[2], 2)
    if year is None or month is None or day is None or not 1 <= month <= 12 or year < 1970:
        return None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = 29 if leap and month == 2 else _DAYS[month - 1]
    if not 1 <= day <= length:
        return None
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719162
    days += sum(_DAYS[: month - 1]) + (1 if leap and month > 2 else 0)
    return days + day - 1


def _clock(text: str) -> int | None:
    """Return the seconds since midnight UTC of ``17:00:00.5+01:00`` and its shorter forms."""
    text, offset = _zone(text)
    whole, _, fraction = text.partition(".")
    if fraction and not fraction.isdigit():
        return None
    plain = whole.replace(":", "")
    if whole not in (plain, ":".join(plain[i : i + 2] for i in range(0, len(plain), 2))):
        return None
    if not plain.isdigit() or len(plain) not in (2, 4, 6):
        return None
    plain = plain.ljust(6, "0")
    hour, minute, second = int(plain[:2]), int(plain[2:4]), int(plain[4:])
    if hour > 23 or minute > 59 or second > 60 or offset is None:
        return None
    return hour * 3600 + minute * 60 + min(second, 59) - offset


def _zone(text: str) -> tuple[str, int | None]:
    """Split off the zone; its offset in seconds, or None where it is none."""
    if text[-1:] == "Z":
        return text[:-1], 0
    for sign in "+-":
        clock, found, zone = text.partition(sign)
        if found:
            digits = zone.replace(":", "").ljust(4, "0")
            if not digits.isdigit() or len(digits) != 4 or digits[2:] > "59":
                return clock, None
            offset = int(digits[:2]) * 3600 + int(digits[2:]) * 60
            return clock, offset if sign == "+" else -offset
    return text, 0
