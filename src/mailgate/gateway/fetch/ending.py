"""The end of a run: what is remembered of it, how long the next one waits, and who is told."""

from __future__ import annotations

from mailgate.clock import iso
from mailgate.entities.server import Server
from mailgate.store import servers
from mailgate.store.driver import Connection

FREE_ERRORS = 2
"""So many errors in a row are followed by a run as soon as one is wanted."""
FIRST_WAIT = 600
LONGEST_WAIT = 4 * 3600
ALARM_ERRORS = 3
"""A person is told from this error in a row on."""
ALARM_INTERVAL = 86400
MAX_ERROR = 500
"""Characters of an error that are kept."""


def wait_after(errors: int) -> int:
    """Return how many seconds the next run waits after that many errors in a row."""
    if errors <= FREE_ERRORS:
        return 0
    return min(LONGEST_WAIT, FIRST_WAIT << min(20, errors - FREE_ERRORS - 1))


def end(
    connection: Connection, server: Server, at: int, error: str | None, *, wait: bool = True
) -> None:
    """Note how a run that began at ``at`` (seconds) ended; ``error`` is None for a success.

    Without ``wait`` the next run need not wait, however often this went wrong: its mail was read.
    """
    if error is None:
        servers.succeeded(connection, server.id, at)
        return
    from mailgate.mail import compose

    state = servers.state(connection, server.id)
    errors = state.consecutive_errors + 1
    seconds = wait_after(errors) if wait else 0
    text = compose.clean(error)[:MAX_ERROR]
    servers.failed(connection, server.id, at, text, at + seconds if seconds else None)
    late = state.alarmed_at is None or at - state.alarmed_at >= ALARM_INTERVAL
    if errors >= ALARM_ERRORS and late and _write(connection, server, at, text, errors):
        servers.alarmed(connection, server.id, at)


def _write(connection: Connection, server: Server, at: int, error: str, errors: int) -> bool:
    """Write to the contact of the mailbox's domain, else of another; False where there is none."""
    from mailgate.gateway.alarms import raise_alarm

    subject = f"Mail of {server.name} cannot be fetched"
    domain = server.user.rpartition("@")[2].lower()
    return raise_alarm(connection, subject, _text(server, error, errors), at, domain)


def _text(server: Server, error: str, errors: int) -> str:
    since = server.last_success or "never"
    return (
        f"The mailbox {server.name} ({server.user or 'no user'} at {server.host}) could not be"
        f" fetched, {errors} times in a row.\n\n"
        f"    {error}\n\n"
        f"Last success: {since}\n\n"
        "Mail in it waits there and is not lost. To see what is wrong, run\n\n"
        f"    mailgate server test {server.name}\n\n"
        "Attempts go on, less and less often; this letter is repeated once a day until one\n"
        "succeeds. To fetch the mailbox no more:\n\n"
        f"    mailgate server disable {server.name}\n"
    )


def waits(connection: Connection, server: Server, at: int) -> str | None:
    """Return until when (ISO 8601) a server waits after errors, None where it does not."""
    until = servers.state(connection, server.id).next_run
    return iso(until) if until is not None and until > at else None
