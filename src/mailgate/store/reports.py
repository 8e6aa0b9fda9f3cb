"""The tables of reports that came in, what each says, and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailgate.store.driver import Connection

DONE, PENDING, FAILED = "done", "pending", "failed"
UNMATCHED = "unmatched"
"""The flag of a journal entry whose report is none, or about nothing that was sent from here."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a report says of one recipient.

    ``kind`` is that of the report; ``message`` and ``notification`` are what it is about, None
    where that is nothing of ours.
    """

    kind: str
    recipient: str
    action: str
    status_code: str | None
    reason: str
    message: int | None
    notification: int | None


def waiting(connection: Connection, states: Sequence[str] = (PENDING, FAILED)) -> list[int]:
    """Return the journal entries of reports in one of these states, oldest first."""
    marks = ",".join("?" * len(states))
    rows = connection.execute(
        f"SELECT journal FROM report WHERE state <> 'done' AND state IN ({marks}) ORDER BY journal",
        tuple(states),
    )
    return [number for (number,) in rows]


def packed(connection: Connection, since: int, most: int) -> list[int]:
    """Return the journal entries of reports that came since a time (seconds) and wait."""
    rows = connection.execute(
        "SELECT r.journal FROM report r JOIN journal j ON j.id = r.journal"
        " WHERE r.state <> 'done' AND r.state = 'pending' AND j.at >= ?"
        " ORDER BY r.journal LIMIT ?",
        (since, most),
    )
    return [number for (number,) in rows]


def state(connection: Connection, entry: int) -> str | None:
    """Return what became of a report, None where the journal entry has none."""
    row = connection.execute("SELECT state FROM report WHERE journal = ?", (entry,)).fetchone()
    return row[0] if row else None


def mark(connection: Connection, entry: int, became: str) -> None:
    """Set what became of a report."""
    connection.execute("UPDATE report SET state = ? WHERE journal = ?", (became, entry))


def source(connection: Connection, entry: int) -> tuple[int, bytes | None]:
    """Return when the mail of a journal entry came (seconds), and the digest of its bytes."""
    row = connection.execute("SELECT at, digest FROM journal WHERE id = ?", (entry,)).fetchone()
    return int(row[0]), row[1]


def recipients(connection: Connection, entry: int) -> list[str]:
    """Return the addresses at which a report came in."""
    rows = connection.execute(
        "SELECT address FROM journal_recipient WHERE journal = ? AND outcome = 'report'"
        " ORDER BY number",
        (entry,),
    )
    return [address for (address,) in rows]


def sent_as(connection: Connection, message_id: str) -> tuple[bool, int | None]:
    """Return whether an id went out from here, and the message, where there is one still."""
    row = connection.execute(
        "SELECT m.id FROM known_id k LEFT JOIN message m ON m.id = k.message"
        " WHERE k.message_id = ? AND k.direction = 'out' ORDER BY m.id IS NULL, m.id DESC LIMIT 1",
        (message_id,),
    ).fetchone()
    return (False, None) if row is None else (True, row[0])


def counted(connection: Connection, entry: int, notification: int) -> bool:
    """Tell whether the same mail said so before, to another address of ours."""
    row = connection.execute(
        "SELECT 1 FROM report_line l JOIN journal j ON j.id = ?1"
        " JOIN known_id mine ON mine.message_id = j.message_id AND mine.journal = j.id"
        " JOIN known_id other ON other.message_id = mine.message_id"
        "  AND other.journal = l.journal AND other.identity IS mine.identity"
        " WHERE l.notification = ?2 AND l.action = 'failed' AND l.journal <> ?1 LIMIT 1",
        (entry, notification),
    ).fetchone()
    return row is not None


def add_line(connection: Connection, entry: int, number: int, line: Line) -> None:
    """Note what a report says of one recipient."""
    connection.execute(
        "INSERT INTO report_line (journal, number, kind, recipient, action, status_code, reason,"
        " message, notification) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry,
            number,
            line.kind,
            line.recipient,
            line.action,
            line.status_code,
            line.reason,
            line.message,
            line.notification,
        ),
    )


def lines(connection: Connection, entry: int) -> list[Line]:
    """Return what the report of a journal entry says, in its order."""
    rows = connection.execute(
        "SELECT kind, recipient, action, status_code, reason, message, notification"
        " FROM report_line WHERE journal = ? ORDER BY number",
        (entry,),
    )
    return [Line(*row) for row in rows]


def flag_unmatched(connection: Connection, entry: int) -> None:
    """Flag a journal entry whose report is about nothing that was sent from here."""
    connection.execute(
        "UPDATE journal SET flags = ltrim(flags || ' ' || ?1) WHERE id = ?2"
        " AND instr(' ' || flags || ' ', ' ' || ?1 || ' ') = 0",
        (UNMATCHED, entry),
    )
