"""The clock: ISO 8601 in and out, ages, and the one that replaces it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate import clock
from mailgate.errors import MailgateError

MOMENT = int(datetime(2026, 11, 22, 17, 0, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T17:00:00Z",
        "2026-11-22 17:00",
        "2026-11-22t17:00:00z",
        "20261122T170000Z",
        "2026-11-22T17Z",
        "2026-11-22T18:00:00+01:00",
        "2026-11-22T11:30-0530",
        "2026-11-22T17:00:00.25Z",
    ],
)
def test_every_form_of_iso_8601_is_read(text: str) -> None:
    assert clock.parse(text) == MOMENT


NO_TIMES = [
    *("", "now", "2026-02-29", "2026-13-01", "2026-11-22T25:00", "2026-11-22T17:0", "2026-1-1"),
    *("1969-12-31", "2026-11-22T17:00+1:00x", "٢٠٢٦-11-22", "2026-11-22T17:00:00.x", "9" * 50),
]


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time_is_none(text: str) -> None:
    assert clock.parse(text) is None


@given(st.integers(0, clock.LAST))
def test_what_is_written_is_read_back(seconds: int) -> None:
    text = clock.iso(seconds)
    assert clock.parse(text) == seconds
    assert datetime.fromisoformat(text) == datetime.fromtimestamp(seconds, UTC)


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)),
    st.integers(-23 * 60, 23 * 60),
)
def test_zones_are_honoured(local: datetime, minutes: int) -> None:
    moment = local.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert clock.parse(moment.isoformat()) == int(moment.timestamp())


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    assert clock.parse(text) is None or isinstance(clock.parse(text), int)


def test_ages_count_back_from_now() -> None:
    assert clock.since("90m", 10_000) == 10_000 - 5400
    assert clock.since("7d", 1_000_000) == 1_000_000 - 604800
    assert clock.since("2026-11-22T17:00:00Z", 0) == MOMENT
    with pytest.raises(MailgateError, match="write an age"):
        clock.since("later", 0)


def test_the_clock_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-22T17:00:00Z")
    assert clock.now() == MOMENT
    monkeypatch.setenv("MAILGATE_NOW", "soon")
    with pytest.raises(MailgateError, match="MAILGATE_NOW"):
        clock.now()
    monkeypatch.delenv("MAILGATE_NOW")
    assert clock.now() > MOMENT - 10**8
