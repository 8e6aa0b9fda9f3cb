"""The outbox, as people see it: what waits to be sent, what became of it, and what they change."""

from __future__ import annotations

from mailgate.clock import iso
from mailgate.entities.letter import Letter
from mailgate.errors import MailgateError
from mailgate.store.driver import Connection

_SELECT = """
    SELECT id, kind, message_id, sender, recipient, subject, status, attempts, next_attempt,
        last_error
    FROM outbox
"""
_OPEN = "WHERE status IN ('queued', 'failed')"


def matching(connection: Connection, limit: int | None, *, every: bool = False) -> list[Letter]:
    """Return what is queued or failed, or everything, newest first."""
    rows = connection.execute(
        f"{_SELECT} {'' if every else _OPEN} ORDER BY id DESC LIMIT ?",
        (-1 if limit is None else limit,),
    )
    return [_letter(*row) for row in rows]


def get(connection: Connection, number: int) -> Letter:
    """Return a letter by id; raises MailgateError."""
    row = connection.execute(_SELECT + "WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise MailgateError(
            f"no letter {number} in the outbox: mailgate outbox list --all shows what is there"
        )
    return _letter(*row)


def content(connection: Connection, number: int) -> tuple[bytes, bytes | None]:
    """Return where the bytes of a letter are: the digest of an original, and its own head."""
    digest, head = connection.execute(
        "SELECT digest, head FROM outbox WHERE id = ?", (number,)
    ).fetchone()
    return bytes(digest), head


def held(connection: Connection, number: int, now: int) -> str | None:
    """Return who holds a letter to send it, None where nobody does any more."""
    row = connection.execute(
        "SELECT holder FROM outbox WHERE id = ? AND held_until > ?", (number, now)
    ).fetchone()
    return row[0] if row else None


def retry(connection: Connection, number: int) -> None:
    """Make a letter due now; the days for which it is tried begin anew."""
    connection.execute(
        "UPDATE outbox SET status = 'queued', next_attempt = NULL, failing_since = NULL,"
        " holder = NULL, held_until = NULL WHERE id = ?",
        (number,),
    )
    connection.execute(
        "UPDATE notification SET status = 'ready', failure_type = NULL, failure_reason = NULL,"
        " status_code = NULL, dismissed = 0 WHERE outbox = ? AND status IN ('failed', 'cancelled')",
        (number,),
    )


def cancel(connection: Connection, number: int) -> None:
    """Note that a letter is not to be sent."""
    connection.execute(
        "UPDATE outbox SET status = 'cancelled', next_attempt = NULL, holder = NULL,"
        " held_until = NULL WHERE id = ?",
        (number,),
    )
    connection.execute(
        "UPDATE notification SET status = 'cancelled' WHERE outbox = ?"
        " AND status IN ('ready', 'failed')",
        (number,),
    )


def _letter(
    number: int,
    kind: str,
    message_id: str,
    sender: str,
    recipient: str,
    subject: str,
    status: str,
    attempts: int,
    next_attempt: int | None,
    last_error: str | None,
) -> Letter:
    return Letter(
        id=number,
        kind=kind,
        message_id=message_id,
        sender=sender,
        recipients=(recipient,),
        subject=subject,
        status=status,
        attempts=attempts,
        next_attempt=None if next_attempt is None else iso(next_attempt),
        last_error=last_error,
    )
