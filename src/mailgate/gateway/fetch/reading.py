"""What is to be read of a mailbox, and what is remembered of it: the same for IMAP and POP3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from mailgate.store.driver import Connection

HANDLED = "handled"
LEFT = "left"
"""The server never handed it over: journalled, and left for a person."""
OVERSIZE = "oversize"
"""With the limit it was over, in bytes; with 0 it is still to be journalled."""
BROKEN = "broken"
"""With how often it was not handed over."""
MADE = "made:"
"""Begins the id of a message to which the server gave none."""
MOST_TRIES = 3
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

    def finish(self) -> None:
        """Let go what an earlier run marked as deleted, if it is still there."""

    def uid(self, key: int) -> str | None:
        """Return the unique id under which a message is remembered, None where it has none."""

    def committed(self, connection: Connection, keys: Sequence[int]) -> None:
        """Remember that the run came so far: all up to the greatest of the keys is settled."""

    def complete(self, connection: Connection) -> None:
        """Remember that nothing was left to be read."""


def tries(state: str) -> int:
    """Return how often a message was not handed over."""
    word, _, number = state.partition(" ")
    return int(number) if word == BROKEN and number.isdigit() else 0


def is_open(state: str, limit: int) -> bool:
    """Tell whether a message that is remembered so is to be looked at again."""
    word, _, number = state.partition(" ")
    if word == OVERSIZE:
        return int(number or 0) < limit
    return word == BROKEN
