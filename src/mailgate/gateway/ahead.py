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

from mailgate.channels.mailbox import Letter
from mailgate.gateway.ready import Ready, read
from mailgate.gateway.transit import dump, load
from mailgate.mail.envelope import Envelope

MOST = 8_000_000
"""Bytes of a batch that goes through both processes; a larger one would be in memory twice."""
_ROOM = 1 << 20
"""Bytes that a pipe holds: what Linux allows everybody; other systems have no say."""
_LENGTH = 8
"""Octets before each block that say how long it is."""


class Taking:
    """Letters of one batch as the mailbox handed them over, and as they were read, if they were.

    ``broken`` is what went wrong behind them, None where nothing did: they are the last then.
    """

    __slots__ = ("broken", "group", "letters")

    def __init__(self, letters: Sequence[Letter], group: list[Ready]) -> None:
        self.letters = letters
        self.group = group
        self.broken: Exception | None = None


class Ahead:
    """Reads batches in a process of its own, where one can be had; ``with`` ends it.

    Make it before a database is open, which must not cross a fork. Without ``helped`` it reads
    in this process.
    """

    def __init__(self, *, helped: bool = True) -> None:
        self._helper: _Helper | None = None
        if helped:
            with suppress(OSError):
                self._helper = _Helper()

    def read(
        self, batches: Iterable[Sequence[Letter]], envelope: Envelope, limit: int
    ) -> Iterator[Taking]:
        """Yield batches as they come, each while the next one is read.

        What the source raises is raised after what came before it was yielded.
        """
        reading = None
        source = iter(batches)
        while True:
            broken = letters = None
            try:
                letters = next(source, None)
            except Exception as error:  # noqa: BLE001  raised below, behind what is ready
                broken = error
            done = reading.end() if reading is not None else None
            reading = None if letters is None else _Reading(self, letters, envelope, limit)
            if done is not None:
                done.broken = broken
                yield done
                done = None
            if broken is not None:
                raise broken
            if letters is None:
                return

    def ask(self, limit: int, messages: list[bytes]) -> bool:
        """Have messages read; False where nobody does it."""
        return self._helper is not None and (self._helper.ask(limit, messages) or self._lose())

    def answer(self) -> list[bytes] | None:
        """Return the messages that were asked for, dumped; None where nobody did it."""
        found = self._helper.answer() if self._helper is not None else None
        if found is None:
            self._lose()
        return found

    def _lose(self) -> bool:
        """Go on without a helper."""
        self.close()
        return False

    def close(self) -> None:
        """End the process."""
        if self._helper is not None:
            self._helper.end()
            self._helper = None

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Helper:
    """The process that reads, seen by its parent. Raises OSError where there can be none."""

    def __init__(self) -> None:
        ends: list[int] = []
        parent = os.getpid()
        try:
            ends += _pipe()
            ends += _pipe()
            self.pid = os.fork()
        except OSError:
            for end in ends:
                os.close(end)
            raise
        heard, order, answers, answer = ends
        if self.pid == 0:
            os.close(order)
            os.close(answers)
            _serve(FileIO(heard), FileIO(answer, "w"), parent)
        os.close(heard)
        os.close(answer)
        self._orders, self._results = FileIO(order, "w"), FileIO(answers)

    def ask(self, limit: int, messages: list[bytes]) -> bool:
        """Have messages read; False where it is gone."""
        try:
            _write(self._orders, dumps([limit, messages]))
        except OSError:
            return False
        return True

    def answer(self) -> list[bytes] | None:
        """Return the messages that were asked for; None where it is gone."""
        data = None
        with suppress(OSError):
            data = _block(self._results)
        if data is None:
            return None
        found: list[bytes] = loads(data)  # noqa: S302  of our own process
        return found

    def end(self) -> None:
        """End it, whatever it is at."""
        self._orders.close()
        self._results.close()
        os.kill(self.pid, SIGKILL)
        os.waitpid(self.pid, 0)


class _Reading:
    """A batch that is being read."""

    def __init__(
        self, ahead: Ahead, letters: Sequence[Letter], envelope: Envelope, limit: int
    ) -> None:
        self._ahead = ahead
        self._letters = letters
        self._envelope = envelope
        self._limit = limit
        self._keys = [letter.key for letter in letters if letter.data is not None]
        messages = [letter.data for letter in letters if letter.data is not None]
        few = sum(map(len, messages)) <= MOST
        self._asked = bool(messages) and few and ahead.ask(limit, messages)

    def end(self) -> Taking:
        """Wait until all are read, or read them here."""
        dumped = self._ahead.answer() if self._asked else None
        if dumped is None:
            return read_here(self._letters, self._envelope, self._limit)
        pairs = zip(self._keys, dumped, strict=True)
        return Taking(self._letters, [load(each, key, self._envelope) for key, each in pairs])


def read_here(letters: Sequence[Letter], envelope: Envelope, limit: int) -> Taking:
    """Read a batch in this process."""
    group = [
        read(letter.key, (letter.data,), envelope, limit)
        for letter in letters
        if letter.data is not None
    ]
    return Taking(letters, group)


def _serve(orders: FileIO, results: FileIO, parent: int) -> None:
    """Read what comes until the parent has closed its end, or is gone."""
    try:
        nobody = Envelope("")
        while (data := _block(orders)) is not None:
            order: tuple[int, list[bytes]] = loads(data)  # noqa: S302  of our own process
            limit, messages = order
            found = []
            for each in messages:
                if os.getppid() != parent:
                    os._exit(1)
                found.append(dump(read(None, (each,), nobody, limit)))
            _write(results, dumps(found))
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
