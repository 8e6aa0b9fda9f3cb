"""The quarantine: messages that are held, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mailgate.clock import iso
from mailgate.entities.held import Held
from mailgate.errors import MailgateError
from mailgate.store.driver import Connection

_SELECT = (
    "SELECT id, journal, at, reason, detail, sender, recipients, subject, attempts, next_attempt"
    " FROM quarantine "
)
_REFERENCES = ("message", "quarantine", "outbox")
"""Tables whose rows need the original bytes."""

HeldId = tuple[str, str, bytes | None, bytes | None]
"""What is remembered of a held message: (message id, recipient, identity, digest)."""


def matching(connection: Connection, reason: str | None, limit: int | None) -> list[Held]:
    """Return what is held for a reason, or for any, newest first."""
    rows = connection.execute(
        _SELECT + "WHERE reason = coalesce(?, reason) ORDER BY id DESC LIMIT ?",
        (reason, -1 if limit is None else limit),
    )
    return [_held(*row) for row in rows]


def numbers(connection: Connection) -> list[int]:
    """Return the ids of all that is held, oldest first."""
    return [number for (number,) in connection.execute("SELECT id FROM quarantine ORDER BY id")]


def get(connection: Connection, number: int) -> Held:
    """Return what is held under an id; raises MailgateError."""
    row = connection.execute(_SELECT + "WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise MailgateError(
            f"nothing is held under {number}: mailgate quarantine list shows what is"
        )
    return _held(*row)


def digest(connection: Connection, number: int) -> bytes:
    """Return the digest of the original bytes of what is held under an id."""
    row = connection.execute("SELECT digest FROM quarantine WHERE id = ?", (number,)).fetchone()
    return bytes(row[0])


def due(connection: Connection, at: int, limit: int) -> list[int]:
    """Return the ids of what is to be tried again by then, the longest due first."""
    rows = connection.execute(
        "SELECT id FROM quarantine WHERE next_attempt <= ? ORDER BY next_attempt, id LIMIT ?",
        (at, limit),
    )
    return [number for (number,) in rows]


def broken(connection: Connection, content: bytes) -> int | None:
    """Return under which id these bytes are held because handling them failed, or None."""
    row = connection.execute(
        "SELECT id FROM quarantine WHERE digest = ? AND reason = 'error'", (content,)
    ).fetchone()
    return row[0] if row else None


def schedule(connection: Connection, number: int, attempts: int, next_attempt: int | None) -> None:
    """Say how often handling a message failed, and when it is tried again (seconds)."""
    connection.execute(
        "UPDATE quarantine SET attempts = ?, next_attempt = ? WHERE id = ?",
        (attempts, next_attempt, number),
    )


def hold_for(
    connection: Connection, number: int, reason: str, detail: str, recipients: Sequence[str]
) -> None:
    """Hold a message for another reason from now on: a person's decision, not another attempt."""
    connection.execute(
        "UPDATE quarantine SET reason = ?, detail = ?, recipients = ?, next_attempt = NULL"
        " WHERE id = ?",
        (reason, detail, "\n".join(recipients), number),
    )


def keep_for(connection: Connection, number: int, recipients: Sequence[str]) -> None:
    """Hold a message for these recipients from now on; for none, hold it no longer."""
    if recipients:
        connection.execute(
            "UPDATE quarantine SET recipients = ? WHERE id = ?", ("\n".join(recipients), number)
        )
    else:
        connection.execute("DELETE FROM quarantine WHERE id = ?", (number,))


def forget_held(
    connection: Connection, journal: int, ids: Collection[str], recipients: Collection[str]
) -> list[HeldId]:
    """Forget that a message is held for these recipients, and return what was remembered."""
    rows: list[tuple[str, str, bytes | None, bytes | None]] = []
    for identifier in dict.fromkeys(ids):
        rows += connection.execute(
            "SELECT message_id, recipient, identity, digest FROM known_id"
            " WHERE message_id = ? AND record = 0 AND journal = ? AND direction = 'in'",
            (identifier, journal),
        )
    held = [row for row in rows if row[1] in recipients]
    for identifier, recipient, *_ in held:
        connection.execute(
            "DELETE FROM known_id WHERE message_id = ? AND recipient = ? AND record = 0",
            (identifier, recipient),
        )
    return held


def remember_taken(
    connection: Connection, held: Sequence[HeldId], ids: Collection[str], journal: int
) -> None:
    """Remember for the recipients of a held message what a journal entry made of it.

    So the message is a repeat for them whatever address took it.
    """
    taken: list[tuple[object, ...]] = []
    for identifier in dict.fromkeys(ids):
        taken += connection.execute(
            "SELECT record, model, alias, started, message FROM known_id"
            " WHERE message_id = ? AND journal = ? AND direction = 'in'",
            (identifier, journal),
        )
    for identifier, recipient, identity, content in held:
        for record, model, alias, started, message in taken or [(0, None, None, 0, None)]:
            connection.execute(
                "INSERT INTO known_id VALUES (?, ?, ?, ?, ?, ?, ?, 'in', ?, ?, ?)"
                " ON CONFLICT (message_id, recipient, record) DO NOTHING",
                (
                    identifier,
                    recipient,
                    record,
                    model,
                    alias,
                    started,
                    message,
                    identity,
                    content,
                    journal,
                ),
            )


def forget_openings(connection: Connection, author: str, journal: int) -> None:
    """Count what a journal entry held by a limit no longer as held."""
    connection.execute(
        "DELETE FROM opening WHERE author = ? AND journal = ? AND held = 1", (author, journal)
    )


def drop_original(connection: Connection, digest: bytes) -> None:
    """Remove original bytes that no record, held message or waiting mail needs."""
    for table in _REFERENCES:
        query = f"SELECT 1 FROM {table} WHERE digest = ? LIMIT 1"
        if connection.execute(query, (digest,)).fetchone():
            return
    connection.execute("DELETE FROM original WHERE digest = ?", (digest,))


def _held(
    number: int,
    journal: int,
    at: int,
    reason: str,
    detail: str,
    sender: str | None,
    recipients: str,
    subject: str,
    attempts: int,
    next_attempt: int | None,
) -> Held:
    return Held(
        id=number,
        journal=journal,
        at=iso(at),
        reason=reason,
        detail=detail,
        attempts=attempts,
        next_attempt=None if next_attempt is None else iso(next_attempt),
        sender=sender,
        recipients=tuple(recipients.split("\n")) if recipients else (),
        subject=subject,
    )
