"""The outbox, as it is read: mail of ours that waits to be sent, and what became of it."""

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


def digest(connection: Connection, number: int) -> bytes:
    """Return the digest of a letter's bytes."""
    row = connection.execute("SELECT digest FROM outbox WHERE id = ?", (number,)).fetchone()
    return bytes(row[0])


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
