"""The audit log, as it is read: who changed what, when, from what to what."""

from __future__ import annotations

import json

from mailgate.clock import iso
from mailgate.entities.entry import AuditEntry
from mailgate.store.driver import Connection


def since(connection: Connection, at: int, limit: int | None) -> list[AuditEntry]:
    """Return the entries from ``at`` (seconds) on, newest first."""
    rows = connection.execute(
        "SELECT id, at, who, action, object, old, new FROM audit WHERE at >= ?"
        " ORDER BY id DESC LIMIT ?",
        (at, -1 if limit is None else limit),
    )
    return [
        AuditEntry(number, iso(moment), who, action, name, _value(old), _value(new))
        for number, moment, who, action, name, old, new in rows
    ]


def is_empty(connection: Connection) -> bool:
    """Tell whether nothing was ever changed."""
    return connection.execute("SELECT 1 FROM audit LIMIT 1").fetchone() is None


def _value(text: str | None) -> object:
    return None if text is None else json.loads(text)
