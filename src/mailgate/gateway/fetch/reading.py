"""What is to be read of a mailbox, and what is remembered of it: the same for IMAP and POP3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from mailgate.store.driver import Connection

HANDLED = "handled"
KEPT = "kept"
"""Handled before it was said anew what is done with handled mail: it stays as it is."""
OVERSIZE = "oversize"
"""With the limit it was over, in bytes; with 0 it is still to be journalled."""
BROKEN = "broken"
"""With how often it was not handed over, and from when on (seconds) it is asked for again."""
LEFT = "left"
"""Given up by an earlier version, which none is any more: asked for again."""
MADE = "made:"
"""Begins the id of a message to which the server gave none."""
TOLD_TRIES = 3
"""A message that was not handed over so often is journalled, and told as an error."""
_FIRST_WAIT = 600
_LONGEST_WAIT = 86400
MOST_ABSENT = 1000
"""Messages of one run that a server lists and does not hand over, before the run fails."""


class Reading(Protocol):
    """Which messages a run reads.

    ``begin`` and ``committed`` write; they are called within a transaction, the others are not.
    """

    total: int

    def begin(self, connection: Connection) -> None:
        """Remember where this run began, so that one that is interrupted loses nothing."""

    def ordinary(self) -> Iterator[int]:
        """Yield the keys of what is to be read, ascending."""

    def doubtful(self) -> list[int]:
        """Return the keys of what went wrong before and is still there: to be read last."""

    def unmarked(self) -> list[int]:
        """Return the keys of what was handled before, but is still there as if it were not."""

    def hidden(self) -> list[int]:
        """Return the keys of what was handled and is to go, and is there though nobody lists it.

        A person has read what a run that was cut off did not delete or move.
        """

    def expunge(self) -> None:
        """Let go what an earlier run marked as deleted, if it is still there."""

    def uid(self, key: int) -> str | None:
        """Return the unique id under which a message is remembered, None where it has none."""

    def committed(self, connection: Connection, keys: Sequence[int]) -> None:
        """Remember that the run came so far: all up to the greatest of the keys is settled."""

    def complete(self, connection: Connection) -> None:
        """Remember that nothing was left to be read."""


def broken(number: int, at: int) -> str:
    """Return the state of a message that was not handed over for the ``number``-th time.

    The next run asks for it again, later ones less and less often, once a day at last: as long as
    it is there, it is never given up.
    """
    wait = 0 if number == 1 else min(_LONGEST_WAIT, _FIRST_WAIT << min(20, 2 * (number - 2)))
    return f"{BROKEN} {number} {at + wait}"


def tries(state: str) -> int:
    """Return how often a message was not handed over."""
    word, *numbers = state.split(" ")
    return int(numbers[0]) if word == BROKEN and numbers else 0


def is_open(state: str, limit: int, now: int) -> bool:
    """Tell whether a message that is remembered so is to be looked at again, at a time."""
    word, *numbers = state.split(" ")
    if word == OVERSIZE:
        return int(numbers[0]) < limit
    if word == BROKEN:
        return len(numbers) < 2 or int(numbers[1]) <= now
    return word == LEFT
