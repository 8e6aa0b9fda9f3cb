"""The Date field: RFC 5322 section 3.3 and its relatives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail import dates

DATES = [
    ("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z"),
    ("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z"),
    ("Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)", "1969-02-14T03:02:00Z"),
    ("Mon, 30 Jun 2025 23:59:60 +0000", "2025-06-30T23:59:59Z"),
    ("Sun, 22 Nov 2026 17:00:00 -0000", "2026-11-22T17:00:00Z"),
    ("Sun, 22 Nov 2026 17:00:00 +9999", "2026-11-22T17:00:00Z"),
    ("Sun, 22 Nov 2026 17:00:00 EST", "2026-11-22T22:00:00Z"),
    ("", None),
    ("yesterday", None),
    ("Mon, 32 Nov 2026 17:00:00 +0000", None),
    ("Mon, 02 Nov 99999999999 10:00:00 +0000", None),
    ("1 Jan 1700 00:00:00 +1200", None),
]


@pytest.mark.parametrize(("text", "moment"), DATES)
def test_a_date_is_told_in_utc(text: str, moment: str | None) -> None:
    assert dates.read(text) == moment


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert dates.read(text) is None or text


@given(st.from_regex(r"\d{1,3} (Jan|Feb|Dec) \d{1,12} \d{1,3}:\d{1,3}:\d{1,3} [+-]\d{1,9}"))
def test_any_almost_date_is_a_date_or_none(text: str) -> None:
    moment = dates.read(text)
    assert moment is None or (len(moment) == 20 and moment.endswith("Z"))
