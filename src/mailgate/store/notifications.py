"""The table of notifications: who got which outgoing message, and what became of it."""

from __future__ import annotations

from mailgate.clock import iso
from mailgate.entities.notification import NO_ERROR, Notification
from mailgate.errors import MailgateError
from mailgate.store.driver import Connection

_SELECT = """
    SELECT n.id, n.message, m.record, n.recipient, n.status, n.failure_type, n.failure_reason,
        n.status_code, n.at
    FROM notification n JOIN message m ON m.id = n.message
"""
_RED = "n.status IN ('bounced', 'failed') AND n.dismissed = 0"


def matching(
    connection: Connection, limit: int | None, *, failed: bool = False
) -> list[Notification]:
    """Return notifications, or those that failed and were not dismissed, newest first."""
    rows = connection.execute(
        f"{_SELECT} {'WHERE ' + _RED if failed else ''} ORDER BY n.id DESC LIMIT ?",
        (-1 if limit is None else limit,),
    )
    return [_notification(*row) for row in rows]


def get(connection: Connection, number: int) -> Notification:
    """Return a notification by id; raises MailgateError."""
    row = connection.execute(_SELECT + "WHERE n.id = ?", (number,)).fetchone()
    if row is None:
        raise MailgateError(
            f"no notification {number}: mailgate notification list shows the newest"
        )
    return _notification(*row)


def exists(connection: Connection, number: int) -> bool:
    """Tell whether there is a notification of that id."""
    row = connection.execute("SELECT 1 FROM notification WHERE id = ?", (number,)).fetchone()
    return row is not None


def failures(connection: Connection) -> int:
    """Return how many failed and were not dismissed."""
    row = connection.execute(f"SELECT count(*) FROM notification n WHERE {_RED}").fetchone()
    return int(row[0])


def failed_in(connection: Connection, record: int) -> list[Notification]:
    """Return what failed of a record's messages and was not dismissed, oldest first."""
    rows = connection.execute(f"{_SELECT} WHERE m.record = ? AND {_RED} ORDER BY n.id", (record,))
    return [_notification(*row) for row in rows]


def of_message(connection: Connection, message: int) -> list[tuple[int, str]]:
    """Return (id, recipient) of each notification of a message, oldest first."""
    return connection.execute(
        "SELECT id, recipient FROM notification WHERE message = ? ORDER BY id", (message,)
    ).fetchall()


def bounce(connection: Connection, number: int, kind: str, code: str | None, reason: str) -> None:
    """Mark that a message did not reach its recipient: (failure type, status code, reason).

    It is red then, also where a person dismissed that it could not be handed over. Of what
    bounced before, only a reason that was not known is filled in.
    """
    connection.execute(
        "UPDATE notification SET status = 'bounced', failure_type = ?1, status_code = ?2,"
        " failure_reason = ?3, dismissed = CASE status WHEN 'bounced' THEN dismissed ELSE 0 END"
        " WHERE id = ?4 AND (status <> 'bounced' OR (failure_reason = ?5 AND ?3 <> ?5))",
        (kind, code, reason, number, NO_ERROR),
    )


def delay(connection: Connection, number: int, code: str | None, reason: str | None) -> None:
    """Mark that a message is still on its way, unless it failed."""
    connection.execute(
        "UPDATE notification SET status = 'delayed', status_code = ?, failure_reason = ?"
        " WHERE id = ? AND status NOT IN ('bounced', 'failed')",
        (code, reason, number),
    )


def dismiss(connection: Connection, number: int) -> bool:
    """Take a failure off the list of failures; False where it was off already."""
    cursor = connection.execute(
        "UPDATE notification SET dismissed = 1 WHERE id = ? AND dismissed = 0", (number,)
    )
    return bool(cursor.rowcount)


def letter(connection: Connection, number: int) -> tuple[int, str, bytes] | None:
    """Return (id, status, digest) of a notification's letter, None where it has none."""
    row: tuple[int, str, bytes] | None = connection.execute(
        "SELECT o.id, o.status, o.digest FROM notification n JOIN outbox o ON o.id = n.outbox"
        " WHERE n.id = ?",
        (number,),
    ).fetchone()
    return row


def copy_letter(connection: Connection, number: int, at: int) -> int:
    """Queue a letter that was sent once more, with the same Message-ID; return the copy's id."""
    cursor = connection.execute(
        "INSERT INTO outbox (kind, about, message_id, message, sender, recipient, subject, digest,"
        " head, at) SELECT kind, about, message_id, message, sender, recipient, subject, digest,"
        " head, ? FROM outbox WHERE id = ?",
        (at, number),
    )
    return int(cursor.lastrowid or 0)


def ready(connection: Connection, number: int, letter: int) -> None:
    """Mark that a message waits to be sent, as that letter; what failed before is forgotten."""
    connection.execute(
        "UPDATE notification SET status = 'ready', outbox = ?, dismissed = 0,"
        " failure_type = NULL, failure_reason = NULL, status_code = NULL WHERE id = ?",
        (letter, number),
    )


def _notification(
    number: int,
    message: int,
    record: int,
    recipient: str,
    status: str,
    failure_type: str | None,
    failure_reason: str | None,
    status_code: str | None,
    at: int,
) -> Notification:
    return Notification(
        number,
        message,
        record,
        recipient,
        status,
        failure_type,
        failure_reason,
        status_code,
        iso(at),
    )
