"""Several messages taken in one transaction, on channels that cannot hand a message back.

One that cannot be handled is set aside whole and does not spoil the others.
"""

from __future__ import annotations

from _blake2 import blake2b
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from time import monotonic
from zlib import compressobj

from mailgate.gateway import poison
from mailgate.gateway.asking import Kept
from mailgate.gateway.deliver import take
from mailgate.gateway.gather import gather, parameters
from mailgate.gateway.poison import Bytes
from mailgate.gateway.watch import watched
from mailgate.mail.envelope import Envelope
from mailgate.mail.header import MAX_BLOCK
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import PIECE, Reader
from mailgate.routing.facts import Parameters
from mailgate.status import ACCEPTED
from mailgate.store import intake
from mailgate.store.driver import Connection
from mailgate.store.savepoint import savepoint, undo_in_memory
from mailgate.store.sqlite import Database

OVERSIZE = "oversize"


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that was read: ``key`` is the channel's; ``fault`` says why ``message`` is None.

    ``oversize`` says that it has more bytes than may be, and that not all of them are there.
    """

    key: object
    envelope: Envelope
    message: Incoming | None
    data: Bytes
    fault: str = ""
    oversize: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one message: its outcome, and what of it waits to be unpacked.

    ``messages`` are ids of messages, ``reports`` journal entries.
    """

    key: object
    outcome: str
    messages: tuple[int, ...] = ()
    reports: tuple[int, ...] = ()


def read(key: object, chunks: Iterable[bytes], envelope: Envelope, limit: int) -> Ready:
    """Read a message of at most ``limit`` bytes; what goes wrong is found in the result."""
    source, begun = iter(chunks), list[bytes]()
    try:
        reader = Reader(limit, mbox=False)
        for chunk in source:
            begun = [*begun, chunk] if reader.size <= MAX_BLOCK else []
            with watched():
                whole = reader.feed(chunk)
            if not whole:
                break
        with watched():
            original = reader.finish()
            data = Bytes(original.digest, original.pieces, original.size)
    except Exception as error:
        if not poison.concerns_message(error) or (reader.size > MAX_BLOCK and not begun):
            raise
        return Ready(key, envelope, None, _bare(chain(begun, source)), poison.describe(error))
    try:
        with watched():
            message = Incoming(original, envelope)
    except Exception as error:
        if not poison.concerns_message(error):
            raise
        return Ready(key, envelope, None, data, poison.describe(error))
    return Ready(key, envelope, message, data, oversize=not original.complete)


def _bare(chunks: Iterable[bytes]) -> Bytes:
    """Return bytes as they are kept, without a look at what they are."""
    stream, digest = compressobj(1), blake2b(digest_size=32)
    packed, size = bytearray(), 0
    for chunk in chunks:
        digest.update(chunk)
        packed += stream.compress(chunk)
        size += len(chunk)
    packed += stream.flush()
    pieces = tuple(bytes(packed[at : at + PIECE]) for at in range(0, len(packed), PIECE))
    return Bytes(digest.digest(), pieces, size)


def take_group(
    database: Database,
    group: Sequence[Ready],
    at: int,
    also: Callable[[Connection], None] = lambda connection: None,
) -> list[Done]:
    """Take messages in one transaction, with what the channel has to remember of them.

    When this returns they are on disk. Raises MailgateError, and then nothing has changed.
    """
    undo_in_memory(database.connection)
    with database.writing() as connection:
        limits = parameters(connection)
        kept = Kept(connection)
        done = [_take(connection, ready, limits, at, kept) for ready in group]
        also(connection)
    return done


def _take(connection: Connection, ready: Ready, limits: Parameters, at: int, kept: Kept) -> Done:
    started = monotonic()

    def took() -> int:
        return int((monotonic() - started) * 1000)

    if ready.oversize:
        reason = f"larger than {limits.max_bytes} bytes (mail.message.max.bytes): left where it is"
        leave(connection, ready.envelope, ready.data.size, at, OVERSIZE, reason, ready.message)
        return Done(ready.key, "held")
    fault = ready.fault
    if ready.message is not None:
        try:
            with savepoint(connection), watched():
                result = take(connection, ready.message, limits, at, took, kept)
            outcome, applied = result.plan.best.outcome, result.applied
            if applied is None:
                return Done(ready.key, outcome)
            return Done(ready.key, outcome, tuple(applied.messages), tuple(applied.reports))
        except Exception as error:
            if not poison.concerns_message(error):
                raise
            fault = poison.describe(error)
    outcome = poison.set_aside(connection, ready.data, ready.envelope, at, fault, took())
    return Done(ready.key, outcome)


def leave(
    connection: Connection,
    envelope: Envelope,
    size: int,
    at: int,
    rule: str,
    reason: str,
    message: Incoming | None = None,
) -> None:
    """Journal a message that is left where it is, for a person to see to: nothing of it is kept."""
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
        return
    recipients, _ = gather(connection, message, parameters(connection), at)
    for number, recipient in enumerate(r for r in recipients if r.address):
        said = (recipient.address, "held", rule, ACCEPTED, reason)
        intake.add_journal_recipient(connection, entry, number, said)


def header_of(data: bytes, envelope: Envelope) -> Incoming | None:
    """Return what the beginning of a message says of it, or None where it cannot be read."""
    reader = Reader(len(data), mbox=False)
    try:
        reader.feed(data)
        return Incoming(reader.finish(), envelope)
    except Exception as error:
        if not poison.concerns_message(error):
            raise
        return None
