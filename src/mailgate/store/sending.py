"""The outbox, as it is sent: who sends which letter, and what became of it.

Everything here is called within ``writing``, so of two that claim at once one sees what the other
took.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mailgate.store.driver import Connection

_FREE = "holder = NULL, held_until = NULL"
_SMALL = 64 * 1024
"""Bytes of a stored piece that is read with the letter it belongs to."""
_LOOKED_AT = 1000
"""Letters that are looked at for holders that are gone: more than some runs hold at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """A letter that was claimed: its envelope, and where its bytes are.

    ``head`` and ``digest`` are as ``gateway/letters.py`` reads them; ``piece`` is the first piece
    of the original, where that is small. ``failing_since`` is when the letter was first not taken
    (seconds), None where it was not tried yet.
    """

    id: int
    kind: str
    sender: str
    recipient: str
    digest: bytes
    head: bytes | None = field(repr=False)
    failing_since: int | None
    piece: bytes | None = field(repr=False)


def holders(connection: Connection, due: int) -> list[tuple[str, int]]:
    """Return who holds letters that were due by then, and until when (seconds).

    Only the longest due letters are looked at.
    """
    return connection.execute(
        "SELECT holder, max(held_until) FROM (SELECT holder, held_until FROM outbox"
        " WHERE status = 'queued' AND coalesce(next_attempt, at) <= ?"
        " ORDER BY coalesce(next_attempt, at), id LIMIT ?)"
        " WHERE holder IS NOT NULL GROUP BY holder",
        (due, _LOOKED_AT),
    ).fetchall()


def release(connection: Connection, holder: str) -> None:
    """Let go what somebody holds."""
    connection.execute(
        f"UPDATE outbox SET {_FREE} WHERE holder = ? AND status = 'queued'", (holder,)
    )


def cancel_suppressed(connection: Connection, due: int) -> None:
    """Cancel letters that were due by then to contacts that are not to be written to any more."""
    numbers = connection.execute(
        "UPDATE outbox SET status = 'cancelled', next_attempt = NULL,"
        " last_error = recipient || ' is suppressed, since mail to it failed'"
        " WHERE status = 'queued' AND holder IS NULL AND coalesce(next_attempt, at) <= ?"
        " AND recipient IN (SELECT address FROM contact WHERE suppressed = 1) RETURNING id",
        (due,),
    ).fetchall()
    connection.executemany(
        "UPDATE notification SET status = 'cancelled' WHERE outbox = ? AND status = 'ready'",
        numbers,
    )


def claim(connection: Connection, holder: str, limit: int, *, due: int, until: int) -> list[Row]:
    """Claim letters that nobody holds and that were due by ``due``, the oldest first.

    They are held until ``until``; both are in seconds.
    """
    rows = [
        Row(*row)
        for row in connection.execute(
            "SELECT o.id, o.kind, o.sender, o.recipient, o.digest, o.head, o.failing_since, p.data"
            " FROM outbox o LEFT JOIN original p ON p.digest = o.digest AND p.piece = 0"
            " AND length(p.data) <= ?"
            " WHERE o.status = 'queued' AND coalesce(o.next_attempt, o.at) <= ?"
            " AND o.holder IS NULL"
            " ORDER BY coalesce(o.next_attempt, o.at), o.id LIMIT ?",
            (_SMALL, due, limit),
        )
    ]
    connection.executemany(
        "UPDATE outbox SET holder = ?, held_until = ? WHERE id = ?",
        [(holder, until, row.id) for row in rows],
    )
    return rows


def renew(connection: Connection, holder: str, until: int) -> None:
    """Hold until then what one still holds."""
    connection.execute(
        "UPDATE outbox SET held_until = ? WHERE holder = ? AND status = 'queued'", (until, holder)
    )


def held(connection: Connection, holder: str, numbers: Iterable[int]) -> set[int]:
    """Return which of these letters somebody still holds, to send them."""
    statement = "SELECT 1 FROM outbox WHERE id = ? AND holder = ? AND status = 'queued'"
    return {
        number
        for number in numbers
        if connection.execute(statement, (number, holder)).fetchone() is not None
    }


def mark_sent(connection: Connection, holder: str, numbers: Sequence[int]) -> None:
    """Note that letters were handed over by their holder."""
    connection.executemany(
        "UPDATE outbox SET status = 'sent', attempts = attempts + 1, next_attempt = NULL,"
        f" last_error = NULL, failing_since = NULL, {_FREE}"
        " WHERE id = ? AND status = 'queued' AND holder = ?",
        [(number, holder) for number in numbers],
    )
    connection.executemany(
        "UPDATE notification SET status = 'sent' WHERE outbox = ? AND status = 'ready'"
        " AND EXISTS (SELECT 1 FROM outbox WHERE id = ? AND status = 'sent')",
        [(number, number) for number in numbers],
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
