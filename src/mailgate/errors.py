"""The errors that end a command: each carries its exit status and says what to do.

Temporary or permanent is decided where an error is raised; ``deliver`` turns every error that is
not about the message itself into 75 (EX_TEMPFAIL).
"""

from __future__ import annotations

from mailgate.status import FAILURE, TEMPORARY


class MailgateError(Exception):
    """An error a user can cause or must mend; its text is one line for stderr."""

    exit_code = FAILURE


class TemporaryError(MailgateError):
    """Not the message's fault: the sender of the message keeps it and tries again."""

    exit_code = TEMPORARY


class ConfigurationError(TemporaryError):
    """What was configured cannot work: the administrator has to act."""


class DatabaseError(TemporaryError):
    """The database is missing, locked, full, read-only, damaged, or of another version."""
