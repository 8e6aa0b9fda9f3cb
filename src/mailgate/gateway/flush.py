"""``outbox flush``: sends what is due, the oldest first, each letter by one process only.

    claim   a batch of letters is held, so that no other run takes them
    send    the channel takes them one after another
    note    the result of each is noted before the bytes of the next one are sent

A process that dies between sending and noting leaves one letter that is sent again, with the
same Message-ID. A power failure may leave all that were sent in the last COMMIT_SECONDS.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from random import uniform
from time import monotonic

from mailgate import clock
from mailgate.channels.outgoing import DEFERRED, FAILED, SENT, UNUSABLE, Channel, Parcel, Result
from mailgate.entities.notification import failure_type
from mailgate.errors import TemporaryError
from mailgate.gateway import holder, letters
from mailgate.store import sending, sentlog
from mailgate.store.driver import Connection
from mailgate.store.sending import Row
from mailgate.store.sentlog import SentLog
from mailgate.store.sqlite import CHECKPOINT_BYTES, Database

BATCH = 100
"""Letters that are claimed at once."""
CLAIM_SECONDS = 7200
RENEW_SECONDS = 4800
"""A claim that ends sooner is renewed before a letter is sent; three do not take that long."""
COMMIT_SECONDS = 0.1
"""What is sent sooner after a commit is committed together; until then it is in a log."""
LIFETIME = 5 * 86400
"""Seconds for which a letter that is not taken is tried again."""
FIRST_DELAY = 300
LONGEST_DELAY = 4 * 3600
OUTAGE_DELAY = 1800
"""The longest delay where it is not the letter that is not taken: one connection tells."""
_JITTER = 0.25
_POSTPONED = 500
"""Letters that one transaction postpones."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A letter that was tried and not sent: ``outcome`` is failed or deferred."""

    id: int
    recipient: str
    outcome: str
    status_code: str
    reason: str


@dataclass(slots=True)
class Flushed:
    """What a flush did.

    ``postponed`` counts letters that were due and not tried, because nothing could be sent;
    ``unusable`` says why. ``unsent`` are the letters that were tried and not sent.
    """

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    postponed: int = 0
    unusable: str | None = None
    unsent: list[Unsent] = field(default_factory=list)


def delay(failing: int, longest: int = LONGEST_DELAY) -> int:
    """Return how many seconds to wait after ``failing`` seconds of not being taken.

    It is half of them, so it grows by half each time, between 5 minutes and ``longest``, a
    quarter more or less by chance.
    """
    wait = min(longest, max(FIRST_DELAY, failing // 2))
    return int(wait * uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311  spreads load, no secret


def flush(
    database: Database,
    channel: Channel,
    limit: int | None = None,
    now: Callable[[], int] = clock.now,
) -> Flushed:
    """Send letters that are due, at most ``limit``; raises DatabaseError."""
    run = _Run(database, limit, now)
    try:
        with closing(_results(channel, run)) as results:
            for parcel, result in results:
                run.note(parcel.key, result)
                if run.done.unusable is not None:
                    break
    finally:
        run.end()
    if run.done.unusable is not None:
        run.postpone(run.done.unusable)
    return run.done


def _results(channel: Channel, run: _Run) -> Generator[tuple[Parcel, Result], None, None]:
    yield from channel.send(run.parcels())


class _Run:
    """One flush: what it holds, and what it did."""

    def __init__(self, database: Database, limit: int | None, now: Callable[[], int]) -> None:
        self.done = Flushed()
        self._database = database
        self._left = limit
        self._now = now
        self._due = now()
        self._holder = holder.new()
        self._rows: dict[int, Row] = {}
        self._held: set[int] = set()
        self._until = 0
        self._log = SentLog(database.path, self._holder)
        self._noted: list[int] = []
        self._last_commit = 0.0

    def parcels(self) -> Iterator[Parcel]:
        """Claim and yield letters, until nothing is left that was due when the run began."""
        first = True
        while self._left != 0:
            limit = BATCH if self._left is None else min(BATCH, self._left)
            with self._database.writing() as connection:
                sending.mark_sent(connection, self._holder, self._noted)
                gone = self._take_over(connection) if first else []
                if first:
                    sending.cancel_suppressed(connection, self._due)
                rows = self._claim(connection, limit)
                if not rows and not first:
                    gone = self._take_over(connection)
                    rows = self._claim(connection, limit)
            self._committed()
            for name in gone:
                sentlog.remove(self._database.path, name)
            if not rows:
                return
            first = False
            if self._left is not None:
                self._left -= len(rows)
            self._rows.update((row.id, row) for row in rows)
            self._held.update(row.id for row in rows)
            for row in rows:
                if self._is_held(row):
                    yield self._parcel(row)
            if self._database.wal_size() > CHECKPOINT_BYTES:
                with suppress(TemporaryError):
                    self._database.checkpoint(1.0)

    def _take_over(self, connection: Connection) -> list[str]:
        """Let go what runs held that are gone or whose time is over, and return these.

        What they had sent by then is noted first.
        """
        now = self._now()
        gone = [
            name
            for name, until in sending.holders(connection, self._due)
            if name != self._holder and (until <= now or holder.is_dead(name))
        ]
        for name in gone:
            sending.mark_sent(connection, name, sentlog.left_by(self._database.path, name))
            sending.release(connection, name)
        return gone

    def _claim(self, connection: Connection, limit: int) -> list[Row]:
        self._until = self._now() + CLAIM_SECONDS
        return sending.claim(connection, self._holder, limit, due=self._due, until=self._until)

    def _is_held(self, row: Row) -> bool:
        """Tell whether a letter is ours, for long enough to be sent, and still to be sent."""
        now = self._now()
        if self._until - now < RENEW_SECONDS:
            self._until = now + CLAIM_SECONDS
            with self._database.writing() as connection:
                sending.renew(connection, self._holder, self._until)
                self._look(connection)
        return row.id in self._held

    def _look(self, connection: Connection) -> None:
        """See which letters are still ours: some may be cancelled, or taken over."""
        self._held = sending.held(connection, self._holder, self._rows)

    def _parcel(self, row: Row) -> Parcel:
        return Parcel(
            row.id,
            row.sender,
            row.recipient,
            lambda: letters.chunks(self._database.connection, row.digest, row.head, row.piece),
        )

    def note(self, number: int, result: Result) -> None:
        """Note what became of a letter, so that it is known when this process ends."""
        row = self._rows.pop(number)
        if result.outcome == UNUSABLE:
            self.done.unusable = result.text
        elif result.outcome == SENT:
            self._noted.append(number)
            self.done.sent += 1
            late = monotonic() - self._last_commit >= COMMIT_SECONDS
            if late or not self._log.add(number):
                self._commit()
        else:
            with self._database.writing() as connection:
                self._not_sent(connection, row, result)

    def _commit(self) -> None:
        """Commit what was sent."""
        with self._database.writing() as connection:
            sending.mark_sent(connection, self._holder, self._noted)
            self._look(connection)
        self._committed()

    def _committed(self) -> None:
        self._noted.clear()
        self._log.clear()
        self._last_commit = monotonic()

    def end(self) -> None:
        """Commit what was sent, and let go what was not."""
        with self._database.writing() as connection:
            sending.mark_sent(connection, self._holder, self._noted)
            sending.release(connection, self._holder)
        self._committed()
        self._log.close()

    def _not_sent(self, connection: Connection, row: Row, result: Result) -> None:
        """Note that a letter failed, or when it is tried again."""
        now, tried = self._now(), result.outcome != UNUSABLE
        since = now if row.failing_since is None else row.failing_since
        given_up = result.outcome != FAILED and now - since >= LIFETIME
        text = (
            f"given up after {LIFETIME // 86400} days: {result.text}" if given_up else result.text
        )
        if given_up or result.outcome == FAILED:
            failure = (failure_type(result.status), result.status, text)
            sending.mark_failed(connection, row, text, failure, tried=tried)
            self.done.failed += 1
            self.done.unsent.append(Unsent(row.id, row.recipient, FAILED, result.status, text))
            return
        wait = delay(now - since, LONGEST_DELAY if tried else OUTAGE_DELAY)
        at = max(self._due + 1, min(now + wait, since + LIFETIME))
        sending.mark_deferred(connection, row, text, now, at, tried=tried)
        if not tried:
            self.done.postponed += 1
            return
        self.done.deferred += 1
        self.done.unsent.append(Unsent(row.id, row.recipient, DEFERRED, result.status, text))

    def postpone(self, reason: str) -> None:
        """Put off everything that is due and that nobody else sends."""
        outage = Result(UNUSABLE, "4.4.1", reason)
        while True:
            with self._database.writing() as connection:
                rows = self._claim(connection, _POSTPONED)
                for row in rows:
                    self._not_sent(connection, row, outage)
            if not rows:
                return
