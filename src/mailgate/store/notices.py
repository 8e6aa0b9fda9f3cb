"""Notices and acknowledgements in the outbox: what was sent lately, and new ones."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgate.store.driver import Connection


ALARM = "alarm"
"""The kind of a letter that says that something has stopped working."""


def kinds_since(connection: Connection, to: str, since: int, but: str = "") -> set[str]:
    """Return the kinds of notices to an address since a time, but not about that message."""
    rows = connection.execute(
        "SELECT DISTINCT notice FROM outbox"
        " WHERE recipient = ? AND notice IS NOT NULL AND at > ? AND about <> ?",
        (to, since, but),
    )
    return {kind for (kind,) in rows}


def kinds_about(connection: Connection, to: str, message_id: str) -> set[str]:
    """Return the kinds of notices that answered this message before."""
    rows = connection.execute(
        "SELECT DISTINCT notice FROM outbox"
        " WHERE recipient = ? AND notice IS NOT NULL AND about = ?",
        (to, message_id),
    )
    return {kind for (kind,) in rows}


def count_since(connection: Connection, since: int, most: int, but: str = "") -> int:
    """Return how many notices were written since a time, counted up to ``most``.

    Those that answer the message ``but`` do not count.
    """
    row = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM outbox"
        " WHERE notice IS NOT NULL AND at > ? AND about <> ? LIMIT ?)",
        (since, but, max(1, most)),
    ).fetchone()
    return int(row[0])


def alarmed_since(connection: Connection, subject: str, since: int) -> bool:
    """Tell whether an alarm of that subject was written since a time."""
    row = connection.execute(
        "SELECT 1 FROM outbox WHERE notice IS NOT NULL AND at > ? AND notice = ? AND subject = ?"
        " LIMIT 1",
        (since, ALARM, subject),
    ).fetchone()
    return row is not None


def is_suppressed(connection: Connection, address: str) -> bool:
    """Tell whether an address is a contact that is not written to."""
    row = connection.execute(
        "SELECT 1 FROM contact WHERE address = ? AND suppressed = 1", (address,)
    ).fetchone()
    return row is not None


def add_outbox(connection: Connection, values: Sequence[object]) -> int:
    """Queue a letter: (kind, notice, about, message_id, message, sender, recipient, subject,
    digest, at)."""
    cursor = connection.execute(
        "INSERT INTO outbox (kind, notice, about, message_id, message, sender, recipient, subject,"
        " digest, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    return cursor.lastrowid or 0


def add_original(connection: Connection, digest: bytes, data: bytes) -> None:
    """Keep the bytes of a letter."""
    connection.execute(
        "INSERT INTO original VALUES (?, 0, ?) ON CONFLICT (digest, piece) DO NOTHING",
        (digest, data),
    )


def add_message(connection: Connection, values: Sequence[object]) -> int:
    """Add an outgoing message to its record and return its id.

    ``values``: (message_id, record, parent, journal, digest, sender, subject, at).
    """
    cursor = connection.execute(
        "INSERT INTO message (message_id, record, parent, journal, digest, kind, direction,"
        " sender, subject, at, class)"
        " VALUES (?, ?, ?, ?, ?, 'notification', 'out', ?, ?, ?, 'auto-reply')",
        values,
    )
    return cursor.lastrowid or 0


def remember(
    connection: Connection,
    message_id: str,
    record: int,
    model: int | None,
    alias: int | None,
    message: int | None,
) -> None:
    """Remember an id as sent from here; record 0 is a notice, which belongs to none."""
    connection.execute(
        "INSERT INTO known_id (message_id, recipient, record, model, alias, message, direction)"
        " VALUES (?, '', ?, ?, ?, ?, 'out')",
        (message_id, record, model, alias, message),
    )
