"""The outbox, as it is sent: who sends which letter, and what became of it.

Everything here is called within ``writing``, so of two that claim at once one sees what the other
took.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailgate.store.driver import Connection

_FREE = "holder = NULL, held_until = NULL"


@dataclass(frozen=True, slots=True)
class Row:
    """A letter that was claimed: its envelope, and where its bytes are.

    ``head`` and ``digest`` are as ``gateway/letters.py`` reads them; ``failing_since`` is when
    it was first not taken (seconds), None where it was not tried yet.
    """

    id: int
    kind: str
    sender: str
    recipient: str
    digest: bytes
    head: bytes | None = field(repr=False)
    failing_since: int | None


def holders(connection: Connection) -> list[str]:
    """Return all who hold letters."""
    rows = connection.execute("SELECT DISTINCT holder FROM outbox WHERE holder IS NOT NULL")
    return [holder for (holder,) in rows]


def release(connection: Connection, holder: str) -> None:
    """Let go what somebody holds."""
    connection.execute(f"UPDATE outbox SET {_FREE} WHERE holder = ?", (holder,))


def claim(
    connection: Connection, holder: str, limit: int, *, due: int, now: int, until: int
) -> list[Row]:
    """Claim letters that were due by ``due`` until ``until`` (seconds), the oldest first.

    What another holds is his, unless his time is over by ``now``.
    """
    rows = [
        Row(*row)
        for row in connection.execute(
            "SELECT id, kind, sender, recipient, digest, head, failing_since FROM outbox"
            " WHERE status = 'queued' AND coalesce(next_attempt, at) <= ?"
            " AND (holder IS NULL OR (held_until <= ? AND holder <> ?))"
            " ORDER BY coalesce(next_attempt, at), id LIMIT ?",
            (due, now, holder, limit),
        )
    ]
    connection.executemany(
        "UPDATE outbox SET holder = ?, held_until = ? WHERE id = ?",
        [(holder, until, row.id) for row in rows],
    )
    return rows


def renew(connection: Connection, holder: str, until: int) -> set[int]:
    """Hold what one holds until then, and return which letters that still are."""
    connection.execute(
        "UPDATE outbox SET held_until = ? WHERE holder = ? AND status = 'queued'", (until, holder)
    )
    rows = connection.execute(
        "SELECT id FROM outbox WHERE holder = ? AND status = 'queued'", (holder,)
    )
    return {number for (number,) in rows}


def mark_sent(connection: Connection, row: Row) -> None:
    """Note that a letter was handed over."""
    connection.execute(
        "UPDATE outbox SET status = 'sent', attempts = attempts + 1, next_attempt = NULL,"
        f" last_error = NULL, failing_since = NULL, {_FREE} WHERE id = ? AND status = 'queued'",
        (row.id,),
    )
    if row.kind == "notification":
        connection.execute(
            "UPDATE notification SET status = 'sent' WHERE outbox = ? AND status = 'ready'",
            (row.id,),
        )


def mark_failed(
    connection: Connection, row: Row, error: str, failure: tuple[str, str, str], *, tried: bool
) -> None:
    """Note that a letter will not be sent: (failure type, status code, reason).

    ``tried`` says that this was an attempt.
    """
    connection.execute(
        "UPDATE outbox SET status = 'failed', attempts = attempts + ?, next_attempt = NULL,"
        f" last_error = ?, {_FREE} WHERE id = ? AND status = 'queued'",
        (tried, error, row.id),
    )
    if row.kind == "notification":
        connection.execute(
            "UPDATE notification SET status = 'failed', failure_type = ?, status_code = ?,"
            " failure_reason = ?, dismissed = 0 WHERE outbox = ? AND status = 'ready'",
            (*failure, row.id),
        )


def mark_deferred(
    connection: Connection, row: Row, error: str, at: int, next_attempt: int, *, tried: bool
) -> None:
    """Note that a letter was not taken now, and when it is tried again."""
    connection.execute(
        "UPDATE outbox SET attempts = attempts + ?, next_attempt = ?, last_error = ?,"
        f" failing_since = coalesce(failing_since, ?), {_FREE} WHERE id = ? AND status = 'queued'",
        (tried, next_attempt, error, at, row.id),
    )


def next_due(connection: Connection) -> int | None:
    """Return when the next letter is due (seconds), None where none waits."""
    row = connection.execute(
        "SELECT coalesce(next_attempt, at) FROM outbox WHERE status = 'queued'"
        " ORDER BY coalesce(next_attempt, at), id LIMIT 1"
    ).fetchone()
    return row[0] if row else None


def waiting(connection: Connection) -> int:
    """Return how many letters wait."""
    row = connection.execute("SELECT count(*) FROM outbox WHERE status = 'queued'").fetchone()
    return int(row[0])
