"""How messages of a mailbox are put into batches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.channels import batches as module
from mailgate.channels.batches import FIRST, batches

SIZES = st.lists(st.integers(0, 100), max_size=300)


def test_few_come_first_and_then_twice_as_many_each_time() -> None:
    found = batches(((key, 1) for key in range(1000)), 400, 10)
    assert [len(batch) for batch in found] == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST, 400, 225]


@pytest.mark.parametrize("most", [1, 2, 30])
def test_there_are_never_more_than_are_wanted(most: int) -> None:
    found = list(batches(((key, 1) for key in range(100)), most, 10))
    assert max(map(len, found)) == most
    assert sum(map(len, found)) == 100


@given(SIZES)
def test_every_message_comes_once_in_order_within_the_bytes_or_alone(sizes: list[int]) -> None:
    """Those above the limit are not loaded, and take no room."""
    limit, room = 80, 100
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_BYTES", room)
        found = list(batches(enumerate(sizes), 400, limit))
    assert [pair for batch in found for pair in batch] == list(enumerate(sizes))
    for batch in found:
        loaded = [size for _, size in batch if size <= limit]
        assert sum(loaded) <= room
