"""The life of a message on one screen: gather, route, plan, apply, in one transaction."""

from __future__ import annotations

import posix

from mailgate.errors import TemporaryError
from mailgate.gateway.apply import apply
from mailgate.gateway.gather import gather, parameters
from mailgate.mail.envelope import Envelope
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import Original
from mailgate.routing.facts import Parameters
from mailgate.routing.plan import Applied, Plan, plan
from mailgate.routing.router import WHOLE, Chain
from mailgate.store import lookups
from mailgate.store.sqlite import (
    CHECKPOINT_BYTES,
    LOCK_SECONDS,
    Database,
    directory_of,
    open_database,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from mailgate.gateway.asking import Kept
    from mailgate.gateway.gather import Without
    from mailgate.routing.facts import Facts
    from mailgate.routing.verdict import Sending
    from mailgate.store.driver import Connection

_MIB = 1024 * 1024


class Result:
    """What became of a message: the plan, what was done (None where nothing was to be), and
    the notices that go out."""

    __slots__ = ("applied", "message", "notices", "plan")

    def __init__(
        self,
        message: Incoming,
        decided: Plan,
        applied: Applied | None,
        notices: list[Sending],
    ) -> None:
        self.message = message
        self.notices = notices
        self.plan = decided
        self.applied = applied


def _notices(
    connection: Connection, message: Incoming, decided: Plan, facts: Facts
) -> list[Sending]:
    if not decided.wishes:
        return []
    from mailgate.gateway.notify import decide

    return decide(connection, message, decided, facts)


def send_on(connection: Connection, message: Incoming, decided: Plan, facts: Facts) -> None:
    """Decide who gets copies of what comes into records; nothing is imported for nobody."""
    author = message.author or ""
    targets = [target for verdict in decided.verdicts for target in verdict.targets]
    records = [target.record for target in targets if target.record is not None]
    followed = any(address != author for target in targets for address in target.followers)
    if followed or (records and lookups.followed(connection, records, author)):
        from mailgate.gateway.forward import decide

        decide(connection, message, decided, facts)


def take(
    connection: Connection,
    message: Incoming,
    limits: Parameters,
    at: int,
    took: Callable[[], int],
    kept: Kept | None = None,
) -> Result:
    """Decide about a message and do what was decided, in the transaction of the caller.

    ``kept`` is for all messages of that transaction.
    """
    recipients, facts = gather(connection, message, limits, at, kept=kept)
    decided = plan(message, recipients, facts)
    send_on(connection, message, decided, facts)
    sendings = _notices(connection, message, decided, facts)
    applied = apply(connection, message, decided, facts, sendings, took())
    return Result(message, decided, applied, sendings)


class Gateway:
    """One open database and the parameters with which a message is read from its channel."""

    __slots__ = ("database", "limits")

    def __init__(self, path: str) -> None:
        self.database: Database = open_database(path)
        with self.database.reading() as connection:
            self.limits: Parameters = parameters(connection)

    def require_space(self) -> None:
        """Raise TemporaryError where the disk has less room than the parameter asks for."""
        floor = self.limits.disk_floor
        if not floor:
            return
        free = posix.statvfs(directory_of(self.database.path))
        if free.f_bavail * free.f_frsize < floor * _MIB:
            raise TemporaryError(f"less than {floor} MB of disk are free (mail.disk.floor.mb)")

    def deliver(
        self, original: Original, envelope: Envelope, at: int, took: Callable[[], int], left: float
    ) -> Result:
        """Accept a message: when this returns, it is on disk.

        It waits for a lock as long as is usual, at most the seconds that are ``left``;
        ``took`` says how many milliseconds went by so far. Raises MailgateError, and then
        nothing has changed.
        """
        message = Incoming(original, envelope)
        with self.database.writing(max(0.0, min(LOCK_SECONDS, left))) as connection:
            return take(connection, message, parameters(connection), at, took)

    def decide(
        self,
        original: Original,
        envelope: Envelope,
        at: int,
        chain: Chain = WHOLE,
        without: Without | None = None,
    ) -> Result:
        """Say what would become of a message, and change nothing."""
        message = Incoming(original, envelope)
        with self.database.reading() as connection:
            limits = parameters(connection)
            recipients, facts = gather(connection, message, limits, at, without)
            decided = plan(message, recipients, facts, chain)
            send_on(connection, message, decided, facts)
            sendings = _notices(connection, message, decided, facts)
        return Result(message, decided, None, sendings)

    def tidy(self, most: int = CHECKPOINT_BYTES) -> None:
        """Write a log of more bytes back into the database; without hurry, never failing."""
        if self.database.wal_size() > most:
            try:
                self.database.checkpoint(1.0)
            except TemporaryError:
                return
