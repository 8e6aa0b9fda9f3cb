"""Message numbers as ranges."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.channels.keys import GREATEST, Keys

NUMBERS = st.lists(st.integers(1, 300))


@given(NUMBERS)
def test_keys_are_the_set_of_their_numbers_ascending(numbers: list[int]) -> None:
    """Order and repetition of what goes in mean nothing."""
    keys = Keys(numbers)
    assert list(keys) == sorted(set(numbers))
    assert len(keys) == len(set(numbers))


@given(NUMBERS, st.integers(1, 300))
def test_a_lower_bound_keeps_what_is_not_below_it(numbers: list[int], bound: int) -> None:
    """As IMAP's `n:*` should have meant."""
    assert list(Keys(numbers).at_least(bound)) == sorted({n for n in numbers if n >= bound})


def test_the_text_is_a_sequence_set() -> None:
    """RFC 9051, 9: sequence-set."""
    assert Keys([9, 1, 2, 3, 4]).text() == "1:4,9"
    assert Keys().text() == ""


def test_ranges_may_overlap_and_stand_backwards() -> None:
    """RFC 9051: 4:2 is 2:4."""
    assert Keys.of_ranges([(4, 2), (3, 7), (8, 8)]) == Keys(range(2, 9))


def test_a_claim_of_all_numbers_takes_no_room() -> None:
    """It is walked, never expanded."""
    keys = Keys.of_ranges([(1, GREATEST)])
    assert len(keys) == GREATEST
    assert next(iter(keys)) == 1
    assert sys.getsizeof(keys) < 200


@pytest.mark.parametrize("wrong", [(0, 1), (1, GREATEST + 1)])
def test_numbers_that_imap_does_not_have_are_refused(wrong: tuple[int, int]) -> None:
    """RFC 9051: nz-number, 32 bits."""
    with pytest.raises(ValueError, match="no range"):
        Keys.of_ranges([wrong])
