"""Several messages taken in one transaction, on channels that cannot hand a message back.

One that cannot be handled is set aside whole and does not spoil the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from time import monotonic
from typing import NamedTuple

from mailgate.gateway import poison
from mailgate.gateway.asking import Kept
from mailgate.gateway.deliver import take
from mailgate.gateway.gather import gather, parameters
from mailgate.gateway.ready import Ready
from mailgate.gateway.watch import watched
from mailgate.mail.envelope import Envelope
from mailgate.mail.incoming import Incoming
from mailgate.status import ACCEPTED
from mailgate.store import intake
from mailgate.store.driver import Connection
from mailgate.store.savepoint import savepoint, undo_in_memory
from mailgate.store.sqlite import Database

OVERSIZE = "oversize"


class Done(NamedTuple):
    """What became of one message: its outcome, and what of it waits to be unpacked.

    ``messages`` are ids of messages, ``reports`` journal entries.
    """

    key: object
    outcome: str
    messages: tuple[int, ...] = ()
    reports: tuple[int, ...] = ()


class _SpoiledError(Exception):
    """Handling a message failed within the transaction of others."""

    def __init__(self, ready: Ready, fault: str) -> None:
        super().__init__(fault)
        self.ready = ready
        self.fault = fault


def take_group(
    database: Database,
    group: Sequence[Ready],
    at: int,
    also: Callable[[Connection], None] = lambda connection: None,
) -> list[Done]:
    """Take messages in one transaction, with what the channel has to remember of them.

    When this returns they are on disk. Raises MailgateError, and then nothing has changed.
    A savepoint for each costs a tenth of its taking, since every page that it changes is copied;
    so they are made only where a message has broken a transaction without.
    """
    try:
        return _take_all(database, group, at, also, apart=False)
    except _SpoiledError as error:
        culprit, fault = error.ready, error.fault
    again = [ready.failed(fault) if ready is culprit else ready for ready in group]
    undo_in_memory(database.connection)
    return _take_all(database, again, at, also, apart=True)


def _take_all(
    database: Database,
    group: Sequence[Ready],
    at: int,
    also: Callable[[Connection], None],
    *,
    apart: bool,
) -> list[Done]:
    with database.writing() as connection:
        taking = _Taking(connection, at, apart=apart)
        done = [taking.take(ready) for ready in group]
        also(connection)
    return done


class _Taking:
    """Takes messages one after another in the transaction that the caller holds.

    Where they are ``apart``, what one wrote that fails is undone; else it ends the transaction.
    """

    def __init__(self, connection: Connection, at: int, *, apart: bool) -> None:
        self._connection = connection
        self._at = at
        self._apart = apart
        self._limits = parameters(connection)
        self._kept = Kept(connection)

    def take(self, ready: Ready) -> Done:
        """Take a message, or set it aside."""
        started = monotonic()

        def took() -> int:
            return int((monotonic() - started) * 1000)

        if ready.oversize:
            return Done(ready.key, "held" if self._leave(ready) else "duplicate")
        fault = ready.fault
        if ready.message is not None:
            try:
                return self._judge(ready.key, ready.message, took)
            except Exception as error:
                if not poison.concerns_message(error):
                    raise
                fault = poison.describe(error)
            if not self._apart:
                raise _SpoiledError(ready, fault)
        outcome = poison.set_aside(
            self._connection, ready.data, ready.envelope, self._at, fault, took()
        )
        return Done(ready.key, outcome)

    def _judge(self, key: object, message: Incoming, took: Callable[[], int]) -> Done:
        alone = savepoint(self._connection) if self._apart else nullcontext()
        with alone, watched():
            result = take(self._connection, message, self._limits, self._at, took, self._kept)
        applied = result.applied
        messages, reports = (applied.messages, applied.reports) if applied else ([], [])
        return Done(key, result.plan.best.outcome, tuple(messages), tuple(reports))

    def _leave(self, ready: Ready) -> bool:
        most = self._limits.max_bytes
        reason = f"larger than {most} bytes (mail.message.max.bytes): left where it is"
        what = (ready.data.size, self._at, OVERSIZE, reason, ready.message)
        return leave(self._connection, ready.envelope, *what)


def leave(
    connection: Connection,
    envelope: Envelope,
    size: int,
    at: int,
    rule: str,
    reason: str,
    message: Incoming | None = None,
) -> bool:
    """Journal a message that is left where it is, for a person to see to: nothing of it is kept.

    What is too large is journalled once, however it comes again; then this is False.
    """
    once = message.message_id if rule == OVERSIZE and message is not None else None
    if once is not None and intake.is_journalled(connection, rule, once, size):
        return False
    entry = intake.add_journal(
        connection,
        (
            at,
            envelope.channel,
            envelope.server,
            envelope.queue_id,
            message.sender if message else None,
            0,
            envelope.model,
            message.author if message else None,
            message.message_id if message else None,
            message.subject if message else "",
            size,
            None,
            "held",
            rule,
            reason,
            None,
            None,
            "",
            0,
        ),
    )
    if message is None:
        return True
    recipients, _ = gather(connection, message, parameters(connection), at)
    for number, recipient in enumerate(r for r in recipients if r.address):
        said = (recipient.address, "held", rule, ACCEPTED, reason)
        intake.add_journal_recipient(connection, entry, number, said)
    return True
