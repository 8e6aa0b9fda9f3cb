"""The entries of the journal (what came in) and of the audit log (what was changed)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RecipientOutcome:
    """What became of a message for one recipient; ``status`` is the enhanced code (RFC 3463)."""

    address: str
    outcome: str
    rule: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordAction:
    """What a message did to one record: ``action`` is created or replied."""

    id: int
    model: str
    action: str
    alias: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    id: int
    at: str
    channel: str
    server: str | None
    queue_id: str | None
    sender: str | None
    author: str | None
    recipients: tuple[RecipientOutcome, ...]
    message_id: str | None
    subject: str
    size: int
    outcome: str
    rule: str
    records: tuple[RecordAction, ...]
    notice: dict[str, str] | None
    reason: str
    flags: tuple[str, ...]
    duration_ms: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One administrative change; ``old`` and ``new`` are the object before and after."""

    id: int
    at: str
    who: str
    action: str
    object: str
    old: Any
    new: Any
