"""The journal, as it is read: one entry for every message that came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mailgate.clock import iso
from mailgate.entities.entry import Entry, RecipientOutcome, RecordAction
from mailgate.errors import MailgateError
from mailgate.store.driver import Connection

_SELECT = """
    SELECT id, at, channel, server, queue_id, sender, author, message_id, subject, size, outcome,
        rule, reason, flags, duration_ms, notice, notice_to
    FROM journal
"""
_RECIPIENT = "id IN (SELECT journal FROM journal_recipient WHERE address = ?)"
_FLAG = "instr(' ' || flags || ' ', ' ' || ? || ' ') > 0"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries to list; None stands for all. ``since`` in seconds."""

    outcome: str | None = None
    rule: str | None = None
    since: int | None = None
    sender: str | None = None
    recipient: str | None = None
    flag: str | None = None
    limit: int | None = None


def matching(connection: Connection, wanted: Filter) -> list[Entry]:
    """Return the entries that a filter describes, newest first."""
    conditions: dict[str, str | int | None] = {
        "outcome = ?": wanted.outcome,
        "rule = ?": wanted.rule,
        "at >= ?": wanted.since,
        "? IN (sender, author)": wanted.sender,
        _RECIPIENT: wanted.recipient,
        _FLAG: wanted.flag,
    }
    used = {text: value for text, value in conditions.items() if value is not None}
    where = "WHERE " + " AND ".join(used) if used else ""
    limit = -1 if wanted.limit is None else wanted.limit
    rows = connection.execute(
        f"{_SELECT} {where} ORDER BY id DESC LIMIT ?",
        (*used.values(), limit),
    ).fetchall()
    return [_entry(connection, row) for row in rows]


def get(connection: Connection, number: int) -> Entry:
    """Return an entry by id; raises MailgateError."""
    row = connection.execute(_SELECT + "WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise MailgateError(f"no journal entry {number}: mailgate journal list shows the newest")
    return _entry(connection, row)


def _recipients(connection: Connection, entry: int) -> tuple[RecipientOutcome, ...]:
    rows = connection.execute(
        "SELECT address, outcome, rule, status, reason FROM journal_recipient"
        " WHERE journal = ? ORDER BY number",
        (entry,),
    )
    return tuple(RecipientOutcome(*row) for row in rows)


def _records(connection: Connection, entry: int) -> tuple[RecordAction, ...]:
    rows = connection.execute(
        "SELECT record, model, action, alias FROM journal_record WHERE journal = ? ORDER BY number",
        (entry,),
    )
    return tuple(RecordAction(*row) for row in rows)


def _entry(connection: Connection, row: tuple[Any, ...]) -> Entry:
    number, at, channel, server, queue_id, sender, author, message_id, subject, size = row[:10]
    outcome, rule, reason, flags, duration_ms, notice, notice_to = row[10:]
    return Entry(
        id=number,
        at=iso(at),
        channel=channel,
        server=server,
        queue_id=queue_id,
        sender=sender,
        author=author,
        recipients=_recipients(connection, number),
        message_id=message_id,
        subject=subject,
        size=size,
        outcome=outcome,
        rule=rule,
        records=_records(connection, number),
        notice={"kind": notice, "to": notice_to} if notice else None,
        reason=reason,
        flags=tuple(flags.replace(",", " ").split()),
        duration_ms=duration_ms,
    )
