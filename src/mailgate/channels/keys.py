"""Many message numbers in little room: ascending ranges, as IMAP writes them (1:4,9).

A server's claim `1:4294967295` takes the room of two numbers here and is walked, never expanded.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

GREATEST = 0xFFFFFFFF
"""IMAP numbers are 32 bits wide and not zero (RFC 9051, 9)."""


class Keys:
    """An ascending set of numbers from 1 to 4294967295."""

    __slots__ = ("_first", "_last")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        """Take numbers in any order, repeated or not."""
        self._first = array("I")
        self._last = array("I")
        self._fill((number, number) for number in sorted(numbers))

    @classmethod
    def of_ranges(cls, ranges: Iterable[tuple[int, int]]) -> Keys:
        """Take (first, last) pairs in any order, overlapping or not, each pair in any order."""
        keys = cls()
        keys._fill(sorted((min(pair), max(pair)) for pair in ranges))
        return keys

    def _fill(self, ranges: Iterable[tuple[int, int]]) -> None:
        for first, last in ranges:
            if not 0 < first <= last <= GREATEST:
                raise ValueError(f"{first}:{last} is no range of message numbers")
            if self._last and first <= self._last[-1] + 1:
                self._last[-1] = max(self._last[-1], last)
            else:
                self._first.append(first)
                self._last.append(last)

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return sum(self._last) - sum(self._first) + len(self._first)

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers, ascending."""
        for first, last in self.ranges():
            yield from range(first, last + 1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keys) and list(self.ranges()) == list(other.ranges())

    __hash__ = None  # type: ignore[assignment]  # equal by content, like the arrays inside

    def __repr__(self) -> str:
        return f"Keys({self.text()[:200]})"

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Yield (first, last) pairs, ascending and apart."""
        return zip(self._first, self._last, strict=True)

    def among(self, numbers: Iterable[int]) -> Iterator[int]:
        """Yield those of some numbers that are in the set, ascending; the set is not walked."""
        ranges = list(self.ranges())
        at = 0
        for number in sorted(numbers):
            while at < len(ranges) and ranges[at][1] < number:
                at += 1
            if at < len(ranges) and ranges[at][0] <= number:
                yield number

    def at_least(self, number: int) -> Keys:
        """Return those that are not below ``number``."""
        return Keys.of_ranges(
            (max(first, number), last) for first, last in self.ranges() if last >= number
        )

    def text(self) -> str:
        """Return the sequence set of RFC 9051: ``1:4,9``; empty where there is no number."""
        return ",".join(
            str(first) if first == last else f"{first}:{last}" for first, last in self.ranges()
        )
