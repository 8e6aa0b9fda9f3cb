"""A process that reads the messages of the next batch while its parent takes those of the last.

Reading is half of what a message costs, and touches nothing but its bytes. Where the process
ends, by whatever message, its parent reads for itself from then on.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import FileIO
from marshal import dumps, loads
from signal import SIGKILL

from mailgate.channels.mailbox import Letter, MailboxError
from mailgate.gateway.ready import Ready, read
from mailgate.gateway.transit import pack, unpack
from mailgate.mail.envelope import Envelope

MOST = 8_000_000
"""Bytes of a batch that goes through both processes; a larger one would be in memory twice."""
_ROOM = 1 << 20
"""Bytes that a pipe holds: what Linux allows everybody; other systems have no say."""
_LENGTH = 8
"""Octets before each block that say how long it is."""


class Batch:
    """Letters as the mailbox handed them over, and as they were read, those that have data.

    ``broken`` is what went wrong behind them, None where nothing did: they are the last then.
    """

    __slots__ = ("broken", "group", "letters")

    def __init__(self, letters: Sequence[Letter], group: list[Ready]) -> None:
        self.letters = letters
        self.group = group
        self.broken: MailboxError | None = None


class Ahead:
    """Reads batches in a process of its own; ``with`` ends it.

    Make it before a database is open, which must not cross a fork.
    """

    def __init__(self) -> None:
        orders, results = _pipe(), _pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(orders[1])
            os.close(results[0])
            _serve(FileIO(orders[0]), FileIO(results[1], "w"))
        os.close(orders[0])
        os.close(results[1])
        self._orders, self._results = FileIO(orders[1], "w"), FileIO(results[0])
        self._lost = False

    def read(
        self, batches: Iterable[Sequence[Letter]], envelope: Envelope, limit: int
    ) -> Iterator[Batch]:
        """Yield batches as they come, each while the next one is read.

        An error of the mailbox is raised after what came before it was yielded.
        """
        reading = None
        source = iter(batches)
        while True:
            broken = letters = None
            try:
                letters = next(source, None)
            except MailboxError as error:
                broken = error
            done = reading.end() if reading is not None else None
            reading = None if letters is None else _Reading(self, letters, envelope, limit)
            if done is not None:
                done.broken = broken
                yield done
            if broken is not None:
                raise broken
            if letters is None:
                return

    def ask(self, limit: int, messages: list[bytes]) -> bool:
        """Have messages read; False where nobody does it."""
        with suppress(OSError):
            if not self._lost:
                _write(self._orders, dumps([limit, messages]))
                return True
        self._lost = True
        return False

    def answer(self) -> list[bytes] | None:
        """Return the messages that were asked for, packed; None where nobody did it."""
        with suppress(OSError):
            data = _block(self._results)
            if data is not None:
                found: list[bytes] = loads(data)  # noqa: S302  of our own process
                return found
        self._lost = True
        return None

    def close(self) -> None:
        """End the process."""
        self._orders.close()
        self._results.close()
        os.kill(self._pid, SIGKILL)
        os.waitpid(self._pid, 0)

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Reading:
    """A batch that is being read."""

    def __init__(
        self, ahead: Ahead, letters: Sequence[Letter], envelope: Envelope, limit: int
    ) -> None:
        self._ahead = ahead
        self._letters = letters
        self._envelope = envelope
        self._limit = limit
        self._whole = [letter.key for letter in letters if letter.data is not None]
        messages = [letter.data for letter in letters if letter.data is not None]
        few = sum(map(len, messages)) <= MOST
        self._asked = bool(messages) and few and ahead.ask(limit, messages)

    def end(self) -> Batch:
        """Wait until all are read, or read them here."""
        packed = self._ahead.answer() if self._asked else None
        if packed is None:
            return read_here(self._letters, self._envelope, self._limit)
        pairs = zip(self._whole, packed, strict=True)
        return Batch(self._letters, [unpack(each, key, self._envelope) for key, each in pairs])


def read_here(letters: Sequence[Letter], envelope: Envelope, limit: int) -> Batch:
    """Read a batch in this process."""
    group = [
        read(letter.key, (letter.data,), envelope, limit)
        for letter in letters
        if letter.data is not None
    ]
    return Batch(letters, group)


def _serve(orders: FileIO, results: FileIO) -> None:
    """Read what comes until the parent has closed its end, or is gone."""
    try:
        nobody = Envelope("")
        while (data := _block(orders)) is not None:
            order: tuple[int, list[bytes]] = loads(data)  # noqa: S302  of our own process
            limit, messages = order
            _write(results, dumps([pack(read(None, (each,), nobody, limit)) for each in messages]))
    except BaseException:  # noqa: BLE001  the parent notices
        os._exit(1)
    os._exit(0)


def _pipe() -> tuple[int, int]:
    """Return a pipe that holds a whole batch, where the system allows it."""
    ends = os.pipe()
    with suppress(OSError, AttributeError):
        fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, _ROOM)
    return ends


def _write(pipe: FileIO, data: bytes) -> None:
    pipe.write(len(data).to_bytes(_LENGTH, "big"))
    block = memoryview(data)
    while block:
        block = block[pipe.write(block) :]


def _block(pipe: FileIO) -> bytearray | None:
    """Return the next block, None where there is no more."""
    head = _exactly(pipe, _LENGTH)
    return None if head is None else _exactly(pipe, int.from_bytes(head, "big"))


def _exactly(pipe: FileIO, size: int) -> bytearray | None:
    data = bytearray(size)
    view, at = memoryview(data), 0
    while at < size:
        count = pipe.readinto(view[at:])
        if not count:
            return None
        at += count
    return data
