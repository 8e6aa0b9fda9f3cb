"""A part of a transaction that can fail by itself: what it wrote goes, the rest stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mailgate.store.driver import Connection


def undo_in_memory(connection: Connection) -> None:
    """Keep in memory, not in a file, what savepoints would undo; not within a transaction.

    A message changes a few dozen pages, and only pages that were there before are kept.
    """
    connection.execute("PRAGMA temp_store = MEMORY")


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo everything inside where an exception leaves it, which goes on to the caller."""
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        # An error as of a full disk has already undone the whole transaction.
        if connection.in_transaction:
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")
