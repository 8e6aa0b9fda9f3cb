"""One table for what became of a message: outcome, exit status (sysexits) and enhanced code.

Outcomes stand in the order of success: that of a whole message is its best recipient's.
"""

from __future__ import annotations

OK = 0
FAILURE = 1
DATA_ERROR = 65
NO_USER = 67
UNAVAILABLE = 69
TEMPORARY = 75
NO_PERMISSION = 77

OUTCOMES = (
    "created",
    "replied",
    "report",
    "refused",
    "held",
    "ignored",
    "duplicate",
    "quarantined",
    "rejected",
)
"""Every outcome, the most successful first."""

TAKEN = frozenset({"created", "replied", "report"})
"""Outcomes by which a recipient took the message."""

ACCEPTED = "2.0.0"

EXIT_BY_STATUS = {
    "5.1.1": NO_USER,
    "5.1.3": NO_USER,
    "5.3.4": DATA_ERROR,
    "5.4.6": UNAVAILABLE,
    "5.6.0": DATA_ERROR,
    "5.7.1": NO_PERMISSION,
}
"""Exit status of a rejected recipient by its enhanced code (RFC 3463)."""


def exit_status(outcome: str, status: str) -> int:
    """Return the exit status for one recipient's outcome and enhanced code."""
    return EXIT_BY_STATUS[status] if outcome == "rejected" else OK
