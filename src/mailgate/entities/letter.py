"""A letter in the outbox: mail of ours that waits to be sent, was sent, or could not be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """One outgoing message; ``kind`` is notification or notice.

    ``sender`` is that of the envelope, ``""`` where it is null.
    """

    id: int
    kind: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    status: str
    attempts: int
    next_attempt: str | None
    last_error: str | None
