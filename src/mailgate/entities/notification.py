"""A notification: one outgoing message to one recipient, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

FAILED = frozenset(("bounced", "failed"))
"""The statuses that are shown in red: a report said so, or it could not be handed over."""
NO_ERROR = "no error"
"""The reason where none can be found: something failed, but what is not known."""
_SUBJECTS = ("address", "mailbox", "system", "network", "protocol", "content", "policy")
"""The subjects of status codes from 1 on (RFC 3463 section 3)."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One recipient of one outgoing message.

    ``status`` is ready, sent, delayed, bounced, failed or cancelled. ``status_code`` is of
    RFC 3463 (5.1.1), ``failure_reason`` text of the server that refused; both, and
    ``failure_type``, are None where nothing was said.
    """

    id: int
    message: int
    record: int
    recipient: str
    status: str
    failure_type: str | None
    failure_reason: str | None
    status_code: str | None
    at: str


def failure_type(status_code: str | None) -> str:
    """Return what a failure is about: ``address``, ``mailbox``, ``system``, ``network``,
    ``protocol``, ``content`` or ``policy``, as the status code says, else ``unknown``."""
    parts = (status_code or "").split(".")
    subject = parts[1] if len(parts) == 3 else ""
    if len(subject) == 1 and "1" <= subject <= "7":
        return _SUBJECTS[int(subject) - 1]
    return "unknown"
