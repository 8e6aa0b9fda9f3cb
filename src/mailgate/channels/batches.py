"""Messages of a mailbox in batches: few at first, so that the work on them begins at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

FIRST = 25
"""Messages of the first batch; each one after it may have twice as many as that before."""
MOST_BYTES = 4_000_000
"""Bytes of a batch, unless a single message has more."""

Batch = list[tuple[int, int]]
"""Pairs of key and size in bytes."""


def batches(messages: Iterable[tuple[int, int]], most: int, limit: int) -> Iterator[Batch]:
    """Yield messages (key, size) in batches, bounded by count and by the bytes to be loaded.

    Those above ``limit`` bytes are not loaded.
    """
    batch: Batch = []
    room, count = MOST_BYTES, min(FIRST, most)
    for key, size in messages:
        loaded = size if size <= limit else 0
        if batch and (len(batch) >= count or loaded > room):
            yield batch
            batch, room, count = [], MOST_BYTES, min(2 * count, most)
        batch.append((key, size))
        room -= loaded
    if batch:
        yield batch
