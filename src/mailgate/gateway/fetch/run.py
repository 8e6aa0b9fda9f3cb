"""One run over one mailbox: read, take, commit, and only then mark."""

from __future__ import annotations

from _blake2 import blake2b
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import islice
from time import monotonic
from typing import Any

from mailgate import clock
from mailgate.channels.mailbox import ABSENT, Letter, Mailbox, MarkError
from mailgate.channels.mailbox import OVERSIZE as TOO_LARGE
from mailgate.entities.count import counted
from mailgate.entities.server import Server
from mailgate.errors import TemporaryError
from mailgate.gateway import poison
from mailgate.gateway.ahead import Ahead, Taking, read_here
from mailgate.gateway.crew import WORK
from mailgate.gateway.deliver import Gateway
from mailgate.gateway.fetch.reading import (
    HANDLED,
    MADE,
    MOST_ABSENT,
    OVERSIZE,
    TOLD_TRIES,
    Reading,
    broken,
    tries,
)
from mailgate.gateway.group import leave, take_group
from mailgate.gateway.ready import header_of
from mailgate.gateway.unpacking import MESSAGE, REPORT
from mailgate.gateway.watch import watched
from mailgate.mail.envelope import Envelope
from mailgate.mail.original import Reader
from mailgate.store import servers
from mailgate.store.driver import Connection

SOFT_SECONDS = 480.0
"""After this a run asks for no more messages, and ends in order; the next one goes on."""
PATIENCE = 2
"""Errors in a row after which no fault of a server's is taken for one of all its messages."""
LONGEST_LOG = 64 * 1024 * 1024
"""Bytes of a write-ahead log with which a run goes on; a shorter one is written back at the end."""
Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What ``fetch`` was asked: at most ``limit`` messages, older mail from a day on too."""

    limit: int | None = None
    since: date | None = None
    dry_run: bool = False


class Run:
    """The reading of one mailbox; what happens is told as it happens."""

    def __init__(
        self,
        gateway: Gateway,
        server: Server,
        box: Mailbox,
        reading: Reading,
        remembered: dict[str, str],
        options: Options,
        tell: Tell,
    ) -> None:
        self._gateway = gateway
        self._database = gateway.database
        self._server = server
        self._box = box
        self._reading = reading
        self._remembered = remembered
        self._options = options
        self._tell = tell
        self._limit = gateway.limits.max_bytes
        self._until = monotonic() + SOFT_SECONDS
        self._cut = False
        self._absent = 0
        self._large: list[tuple[int, int]] = []
        self._obtained = 0
        self._errors = server.consecutive_errors
        self._trouble: str | None = None
        self.counts: Counter[str] = Counter()
        self._envelope = Envelope(
            server.protocol, model=server.model, server=server.name, refusable=False
        )

    def read(self, ahead: Ahead) -> None:
        """Read what is to be read; raises MailgateError, and then what was committed stays."""
        with self._database.writing() as connection:
            self._reading.begin(connection)
        self._mark(self._reading.unmarked())
        self._mark_hidden(self._reading.hidden())
        with suppress(MarkError):
            self._reading.expunge()
        self._tell({"total": min(self._reading.total, self._options.limit or self._reading.total)})
        batches = self._box.messages(self._keys())
        for batch in ahead.read(batches, self._envelope, self._limit):
            self._take(batch, ordinary=True)
            if monotonic() > self._until:  # much may have been asked for ahead
                self._cut = True
                break
        if not self._cut:
            with self._database.writing() as connection:
                self._reading.complete(connection)
        for key in self._reading.doubtful():
            for letters in self._box.messages([key]):
                self._take(read_here(letters, self._envelope, self._limit), ordinary=False)
        self._journal_large()
        self._box.finish()
        if self._trouble is None and self._absent and not self._obtained:
            self._trouble = f"the server hands over none of {counted(self._absent, 'message')}"
        if self._trouble is not None:
            raise MarkError(self._trouble)

    def judge(self) -> None:
        """Say what would become of what is to be read, and change nothing anywhere."""
        self._tell({"total": min(self._reading.total, self._options.limit or self._reading.total)})
        for batch in self._box.messages(self._keys()):
            for letter in batch:
                if letter.data is not None or letter.problem == TOO_LARGE:
                    self.counts.update(("read", self._outcome(letter)))
            self._tell({"counts": dict(self.counts)})

    def failed_at(self, key: int) -> None:
        """Remember with which message the connection broke: it is read last from now on."""
        uid = self._reading.uid(key)
        if uid is not None:
            with self._database.writing() as connection:
                self._not_handed_over(connection, key, uid, clock.now())

    def _keys(self) -> Iterator[int]:
        """Yield what is to be read, while there is time and as much as was asked for."""
        keys = self._reading.ordinary()
        for key in islice(keys, self._options.limit):
            if monotonic() > self._until:
                self._cut = True
                return
            yield key
        self._cut = self._options.limit is not None and next(keys, None) is not None

    def _outcome(self, letter: Letter) -> str:
        if letter.data is None:
            return "held"
        try:
            with watched():
                reader = Reader(self._limit)
                reader.feed(letter.data)
                result = self._gateway.decide(reader.finish(), self._envelope, clock.now())
        except Exception as error:
            if not poison.concerns_message(error):
                raise
            return "quarantined"
        return result.plan.best.outcome

    def _take(self, batch: Taking, *, ordinary: bool) -> None:
        """Take a batch in one transaction, and mark what is committed, while that is possible."""
        self._gateway.require_space()
        at = clock.now()
        keys = [letter.key for letter in batch.letters if letter.data is not None]
        others = [letter for letter in batch.letters if letter.data is None]
        if self._is_refused(batch):
            raise TemporaryError("the server hands over none of its messages")

        def also(connection: Connection) -> None:
            uids = [uid for uid in map(self._reading.uid, keys) if uid is not None]
            servers.remember(connection, self._server.id, uids, HANDLED, at)
            for letter in others:
                self._set_apart(connection, letter, at)
            if ordinary:
                self._reading.committed(connection, [letter.key for letter in batch.letters])

        done = take_group(self._database, batch.group, at, also)
        self._obtained += len(keys)
        self._large += [(o.key, o.size) for o in others if o.problem == TOO_LARGE]
        for each in done:
            self.counts.update(("read", each.outcome))
        work = [(MESSAGE, number) for each in done for number in each.messages]
        work += [(REPORT, number) for each in done for number in each.reports]
        self._tell({"counts": dict(self.counts), WORK: work})
        if batch.broken is None:
            self._mark(keys)
        self._gateway.tidy(LONGEST_LOG)

    def _is_refused(self, batch: Taking) -> bool:
        """Tell whether a server gives nothing of a batch, which is its fault and not the mail's.

        Where it does so run after run, one message may keep it from giving the others: then each
        is asked for alone.
        """
        absent = sum(letter.problem == ABSENT for letter in batch.letters)
        return 1 < absent == len(batch.letters) and self._errors < PATIENCE

    def _set_apart(self, connection: Connection, letter: Letter, at: int) -> None:
        """Remember a message that was not handed over, or is to be journalled later."""
        uid = self._reading.uid(letter.key)
        if letter.problem != TOO_LARGE:
            self._absent += 1
            if self._absent > MOST_ABSENT:
                raise TemporaryError(
                    f"the server lists more than {MOST_ABSENT} messages that it does not hand over"
                )
            if uid is not None:
                self._not_handed_over(connection, letter.key, uid, at)
            else:
                self._trouble = f"the server does not hand over its message {letter.key}"
        elif uid is not None:
            servers.remember(connection, self._server.id, [uid], f"{OVERSIZE} 0", at)

    def _not_handed_over(self, connection: Connection, key: int, uid: str, at: int) -> None:
        number = tries(self._remembered.get(uid, "")) + 1
        if number == TOLD_TRIES:
            self._trouble = f"the server did not hand over its message {uid}, {number} times"
            reason = f"{self._trouble}: it is left there, and asked for again, once a day at last"
            leave(connection, self._envelope, 0, at, poison.REASON, reason)
            self.counts.update(("read", "held"))
        servers.remember(connection, self._server.id, [uid], broken(number, at), at)

    def _journal_large(self) -> None:
        """Journal what is over the limit, once; it stays on the server as it was."""
        for key, size in self._large:
            beginning = self._box.beginning(key)
            uid = self._reading.uid(key) or MADE + blake2b(beginning, digest_size=16).hexdigest()
            state = f"{OVERSIZE} {self._limit}"
            if self._remembered.get(uid) == state:
                continue
            reason = (
                f"it has {size} bytes, more than {self._limit} (mail.message.max.bytes):"
                f" it is left on server {self._server.name}, not marked"
            )
            message = header_of(beginning, self._envelope)
            with self._database.writing() as connection:
                at = clock.now()
                new = leave(connection, self._envelope, size, at, OVERSIZE, reason, message)
                servers.remember(connection, self._server.id, [uid], state, at)
            self.counts.update(("read", "held") if new else ())
            self._tell({"counts": dict(self.counts)})

    def _mark_hidden(self, keys: Sequence[int]) -> None:
        """Finish what an earlier run has left half done; what cannot be is told at the end."""
        if not keys:
            return
        self._mark(keys)
        with self._database.writing() as connection:
            servers.forget(connection, self._server.id, map(str, keys))

    def _mark(self, keys: Sequence[int]) -> None:
        """Do on the server what is to be done with handled mail; a refusal is told at the end."""
        if not keys or self._server.after == "nothing":
            return
        try:
            self._box.mark(keys)
        except MarkError as error:
            self._trouble = str(error)
