"""Compares a database with what was accepted: every message in exactly one place, nothing half."""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from faults.installation import Installation
from faults.mta import Task

_ORPHANS = {
    "an original that nothing refers to": (
        "SELECT count(*) FROM original o WHERE NOT EXISTS (SELECT 1 FROM journal j"
        " WHERE j.digest = o.digest)"
    ),
    "a message without its original": (
        "SELECT count(*) FROM message m WHERE NOT EXISTS (SELECT 1 FROM original o"
        " WHERE o.digest = m.digest AND o.piece = 0)"
    ),
    "a message without its journal entry": (
        "SELECT count(*) FROM message m WHERE NOT EXISTS (SELECT 1 FROM journal_record j"
        " WHERE j.journal = m.journal AND j.record = m.record)"
    ),
    "a journal entry without recipient": (
        "SELECT count(*) FROM journal j WHERE NOT EXISTS (SELECT 1 FROM journal_recipient r"
        " WHERE r.journal = j.id)"
    ),
    "a record without message": (
        "SELECT count(*) FROM record r WHERE NOT EXISTS (SELECT 1 FROM message m"
        " WHERE m.record = r.id)"
    ),
    "a message twice in one record": (
        "SELECT count(*) - count(DISTINCT message_id || ' ' || record) FROM message"
    ),
    "a content of what is not unpacked, or none of what is": (
        "SELECT count(*) FROM message m LEFT JOIN content c ON c.message = m.id"
        " WHERE (m.unpacked = 'done') <> (c.message IS NOT NULL)"
    ),
}


def violations(database: Path, accepted: Iterable[Task], *, complete: bool = True) -> list[str]:
    """Return one line for each broken promise; with ``complete`` nothing else may be there."""
    with closing(sqlite3.connect(database)) as connection:
        try:
            found = damage(connection)
            found += _misplaced(connection, list(accepted), complete)
            for what, query in _ORPHANS.items():
                (count,) = connection.execute(query).fetchone()
                if count:
                    found.append(f"{what}: {count}")
        except sqlite3.DatabaseError as error:
            return [f"the database cannot be read: {error}"]
    return found


def damage(connection: sqlite3.Connection) -> list[str]:
    """Return what SQLite itself finds wrong."""
    (said,) = connection.execute("PRAGMA integrity_check").fetchone()
    found = [] if said == "ok" else [f"integrity_check: {said}"]
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    return found + ([f"foreign_key_check: {broken[:3]}"] if broken else [])


def _misplaced(connection: sqlite3.Connection, accepted: list[Task], complete: bool) -> list[str]:
    found = []
    stored = Counter(row[0] for row in connection.execute("SELECT message_id FROM message"))
    records = Counter(
        row[0] for row in connection.execute("SELECT message_id FROM known_id WHERE started = 1")
    )
    for task in accepted:
        identifier = task.mail.message_id
        if stored[identifier] != len(task.recipients):
            found.append(
                f"{identifier} was accepted for {len(task.recipients)} recipients"
                f" and is there {stored[identifier]} times"
            )
        elif records[identifier] != (0 if task.answers else len(task.recipients)):
            found.append(f"{identifier} started {records[identifier]} records")
        elif original(connection, identifier) != task.mail.data:
            found.append(f"{identifier}: the original bytes are others")
    expected = sum(len(task.recipients) for task in accepted)
    if complete and sum(stored.values()) != expected:
        found.append(f"{sum(stored.values())} messages are there, {expected} were accepted")
    return found


def count(database: Path, query: str) -> int:
    """Return the number that a query gives."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(query).fetchone()[0])


def original(connection: sqlite3.Connection, identifier: str) -> bytes:
    """Return the original bytes of a message as they came; nothing where they are damaged."""
    rows = connection.execute(
        "SELECT data FROM original WHERE digest ="
        " (SELECT digest FROM message WHERE message_id = ? LIMIT 1) ORDER BY piece",
        (identifier,),
    )
    try:
        return zlib.decompress(b"".join(data for (data,) in rows))
    except zlib.error:
        return b""


def unpack_rest(installation: Installation, database: Path) -> list[str]:
    """Unpack what a fault left, as an administrator would; say what cannot be unpacked."""
    for kind in ("--pending", "--failed"):
        installation.mailgate(database, "unpack", kind)
    with closing(sqlite3.connect(database)) as connection:
        (left,) = connection.execute(
            "SELECT count(*) FROM message WHERE unpacked <> 'done'"
        ).fetchone()
    return [f"{left} messages cannot be unpacked later"] if left else []
