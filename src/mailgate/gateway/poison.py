"""Messages whose handling fails: set aside whole, and tried again later.

On a channel that cannot hand a message back, it neither blocks those behind it nor vanishes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailgate.errors import DatabaseError, MailgateError
from mailgate.gateway.watch import watched
from mailgate.mail.envelope import Envelope
from mailgate.store import intake
from mailgate.store import quarantine as store
from mailgate.store.change import Change, changing
from mailgate.store.driver import Connection, Error
from mailgate.store.sqlite import Database, is_message_fault

if TYPE_CHECKING:
    from mailgate.gateway.quarantine import Judged

REASON = "error"
"""The quarantine reason, and the rule in the journal."""
FIRST_WAIT = 600
LONGEST_WAIT = 86400
MOST_ATTEMPTS = 12
"""After so many attempts only a person tries again."""
_AT_ONCE = 100


class Bytes:
    """The bytes of a message that may be nothing but bytes: ``pieces`` are of one zlib stream."""

    __slots__ = ("digest", "pieces", "size")

    def __init__(self, digest: bytes, pieces: tuple[bytes, ...], size: int) -> None:
        self.digest = digest
        self.pieces = pieces
        self.size = size


def concerns_message(error: BaseException) -> bool:
    """Tell whether an error is about the message at hand, not about the database or the set-up."""
    if isinstance(error, DatabaseError):  # as a transaction passes it on
        error = error.__cause__ or error
    if isinstance(error, Error):
        return is_message_fault(error)
    return isinstance(error, Exception) and not isinstance(error, (MailgateError, OSError))


def describe(error: BaseException) -> str:
    """Return an error as one line of bounded length."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return "".join(c if c.isprintable() else "\ufffd" for c in text)[:300]


def set_aside(
    connection: Connection, data: Bytes, envelope: Envelope, at: int, fault: str, took_ms: int
) -> str:
    """Put a message into quarantine in the caller's transaction, and return its outcome.

    It is there once, however often it comes: then it is a duplicate. A person is told.
    """
    from mailgate.gateway import alarms

    number = store.broken(connection, data.digest)
    outcome, kept = ("quarantined", data.digest) if number is None else ("duplicate", None)
    reason = f"handling it failed: {fault}"
    if number is not None:
        reason = f"it is held already under {number}, since handling it failed"
    values = (
        at,
        envelope.channel,
        envelope.server,
        envelope.queue_id,
        envelope.sender,
        int(envelope.recipients is not None),
        envelope.model,
        None,
        None,
        "",
        data.size,
        kept,
        outcome,
        REASON,
        reason,
        None,
        None,
        "",
        took_ms,
    )
    journal = intake.add_journal(connection, values)
    if number is None:
        intake.add_original(connection, data.digest, data.pieces)
        recipients = "\n".join(envelope.recipients or ())
        what = (envelope.sender, recipients, "", data.digest)
        held = intake.add_quarantine(connection, (journal, at, REASON, reason, *what))
        store.schedule(connection, held, 1, at + FIRST_WAIT)
        alarms.of_message(connection, held, reason, at)
    return outcome


def retry(database: Database, number: int, at: int, who: str) -> Judged | None:
    """Judge a held message again; None where handling it failed again, which is noted.

    What was held for an error and can be handled now, but is taken by nobody, is held for that
    reason from then on. Raises MailgateError where it is not there.
    """
    from mailgate.gateway import quarantine as gateway

    with database.reading() as connection:
        held = store.get(connection, number)
    try:
        with database.reading() as connection:
            message = gateway.waiting(connection, number)
        with changing(database, at, who) as change, watched():
            judged = gateway.retry(change, message)
            if held.reason == REASON and not judged.left:
                _hold_on(change, judged)
    except Exception as error:
        if not concerns_message(error):
            raise
        with database.writing() as connection:
            again(connection, number, held.attempts, at)
        return None
    return judged


def _hold_on(change: Change, judged: Judged) -> None:
    """Hold a message for what its rules say of it, now that they can."""
    verdicts = judged.result.plan.verdicts
    reason, detail = next(
        (verdict.held for verdict in verdicts if verdict.held), (None, judged.stays[0][1])
    )
    addresses = [address for address, _ in judged.stays if address]
    store.hold_for(change.connection, judged.held.id, reason or REASON, detail, addresses)


def again(connection: Connection, number: int, attempts: int, at: int) -> None:
    """Note that handling a message failed once more, and wait twice as long as before."""
    attempts += 1
    wait = min(LONGEST_WAIT, FIRST_WAIT << min(20, attempts - 1))
    due = at + wait if attempts < MOST_ATTEMPTS else None
    store.schedule(connection, number, attempts, due)


def retry_due(database: Database, at: int, who: str) -> list[Judged]:
    """Try again what is due, and return what could be handled.

    Where the set-up, or bytes that are gone, stand against it, a person has to act.
    """
    with database.reading() as connection:
        numbers = store.due(connection, at, _AT_ONCE)
    found: list[Judged] = []
    for number in numbers:
        try:
            judged = retry(database, number, at, who)
        except DatabaseError:
            raise
        except MailgateError:
            with database.writing() as connection:
                again(connection, number, MOST_ATTEMPTS, at)
            continue
        found += [judged] if judged is not None else []
    return found
