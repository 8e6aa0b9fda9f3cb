"""A process that unpacks what others take, and its parent's side.

One message can break it or make it hang: then the process is ended, that message stays pending,
and the others are unpacked by the next process.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable
from mmap import mmap
from resource import (
    RLIM_INFINITY,
    RLIMIT_AS,
    RLIMIT_CORE,
    RLIMIT_CPU,
    RUSAGE_SELF,
    getrusage,
    setrlimit,
)
from selectors import EVENT_READ, BaseSelector
from time import monotonic

from mailgate.gateway.child import CPU_SECONDS, MEMORY_BYTES, WAIT_SECONDS

MESSAGE = "message"
REPORT = "report"
"""A journal entry whose report is to be carried out."""
Item = tuple[str, int]
_GROUP = 300
"""Messages of one transaction."""
_PLACE = 32
"""Bytes for the kind and number of an item."""
_COLLECT_AFTER = 50_000
"""Objects after which garbage is looked for: few messages make so many."""
_LIFETIME = 2000
"""Messages after which a new process begins, so that memory is given back."""
_MOST_DEATHS = 100
_NICE = 5
"""Taking mail goes first."""


class Unpacker:
    """The parent's side: items wait in a queue and are handed to one child, a group at a time."""

    def __init__(self, path: str, selector: BaseSelector, lifeline: tuple[int, int]) -> None:
        self._path = path
        self._selector = selector
        self._lifeline = lifeline
        self._queue: deque[Item] = deque()
        self._group: list[Item] = []
        self._place = _Place()
        self._seen: Item | None = None
        self._child: tuple[int, int, int] | None = None
        self._until = 0.0
        self._done = 0
        self._deaths = 0

    @property
    def is_busy(self) -> bool:
        """Tell whether there is something to unpack."""
        return bool(self._queue or self._group)

    def add(self, items: Iterable[Item]) -> None:
        """Have items unpacked."""
        if self._deaths < _MOST_DEATHS:
            self._queue.extend(items)

    def feed(self) -> None:
        """Hand the next group to the child, where it waits for one."""
        if self._group or not self._queue:
            return
        if self._child is None or self._done >= _LIFETIME:
            self.stop()
            self._start()
        self._group = [self._queue.popleft() for _ in range(min(_GROUP, len(self._queue)))]
        self._place.set(None)
        self._seen, self._until = None, monotonic() + WAIT_SECONDS
        line = " ".join(f"{kind}:{number}" for kind, number in self._group)
        if self._child is not None:
            try:
                os.write(self._child[2], line.encode() + b"\n")
            except BrokenPipeError:
                self._bury()

    def end_late(self) -> None:
        """End a child that is busy with one message for too long; call it every second."""
        current = self._place.get()
        if current != self._seen:
            self._seen, self._until = current, monotonic() + WAIT_SECONDS
        if self._group and self._child is not None and monotonic() > self._until:
            self._bury()

    def stop(self) -> None:
        """Send the child away; what it was doing stays pending."""
        if self._child is None:
            return
        pid, reading, writing = self._child
        self._child, self._done = None, 0
        self._selector.unregister(reading)
        os.close(reading)
        os.close(writing)
        if self._group:
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def _bury(self) -> None:
        """Take leave of a child that died or hangs: all but the message it had comes again."""
        self.stop()
        self._deaths += 1
        culprit = self._place.get() or (self._group[0] if self._group else None)
        again = [item for item in self._group if item != culprit]
        self._group = []
        self._queue.extendleft(reversed(again))
        if self._deaths >= _MOST_DEATHS:
            self._queue.clear()

    def _start(self) -> None:
        orders, results = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(orders[1])
            os.close(results[0])
            be_child(self._lifeline)
            _serve(self._path, orders[0], results[1], self._place)
        os.close(orders[0])
        os.close(results[1])
        self._child = (pid, results[0], orders[1])
        self._selector.register(results[0], EVENT_READ, self._read)

    def _read(self) -> None:
        if self._child is None:
            return
        if not os.read(self._child[1], 1):
            self._bury()
            return
        self._done += len(self._group)
        self._group = []


class _Place:
    """What the child is at, in memory that both see: saying so wakes nobody."""

    def __init__(self) -> None:
        self._memory = mmap(-1, _PLACE)

    def set(self, item: Item | None) -> None:
        """Say it, before it is begun."""
        text = "" if item is None else f"{item[0]}:{item[1]}"
        self._memory[:] = text.encode().ljust(_PLACE)

    def get(self) -> Item | None:
        """Return what was said last."""
        kind, _, number = self._memory[:].decode().rstrip().partition(":")
        return (kind, int(number)) if number else None


def be_child(lifeline: tuple[int, int]) -> None:
    """End with the parent, and at once when a person interrupts."""
    reading, writing = lifeline
    os.close(writing)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)

    def stay() -> None:
        os.read(reading, 1)
        os._exit(1)

    threading.Thread(target=stay, daemon=True).start()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


def _serve(path: str, orders: int, results: int, place: _Place) -> None:
    """Unpack group after group until the parent closes its end."""
    try:
        os.nice(_NICE)
        setrlimit(RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        setrlimit(RLIMIT_CORE, (0, 0))
        from mailgate.gateway.report import carry_out
        from mailgate.gateway.unpack_group import unpack_group
        from mailgate.store.sqlite import open_database

        def announce(number: int) -> None:
            used = getrusage(RUSAGE_SELF)
            seconds = int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1
            setrlimit(RLIMIT_CPU, (seconds, RLIM_INFINITY))
            place.set((MESSAGE, number))

        database = open_database(path)
        with os.fdopen(orders) as lines:
            for line in lines:
                items = [(kind, int(number)) for kind, _, number in map(_parts, line.split())]
                numbers = [number for kind, number in items if kind == MESSAGE]
                unpack_group(database, numbers, announce)
                for kind, number in items:
                    if kind == REPORT:
                        place.set((kind, number))
                        carry_out(database, [number])
                os.write(results, b"\n")
    except BaseException:  # noqa: BLE001  what it had stays pending
        os._exit(1)
    os._exit(0)


def _parts(text: str) -> tuple[str, str, str]:
    return text.partition(":")
