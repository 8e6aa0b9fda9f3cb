"""Processes that unpack what others take, seen by their parent.

One message can break a process or make it hang: then the process is ended, that message stays
pending, and the others are unpacked by the next process.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterable
from selectors import EVENT_READ, BaseSelector
from time import monotonic

from mailgate.gateway.child import WAIT_SECONDS
from mailgate.gateway.unpacking import Item, Place, be_child, serve

MOST = 2
"""Processes: what they write, they write one after another."""
_GROUP = 200
"""Messages of one transaction."""
_LIFETIME = 2000
"""Messages after which a new process begins, so that memory is given back."""
_MOST_DEATHS = 100


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Unpackers:
    """Processes that unpack: two where there is more than one processor and much to do."""

    def __init__(self, path: str, selector: BaseSelector, lifeline: tuple[int, int]) -> None:
        self._queue: deque[Item] = deque()
        many = min(MOST, _processors())
        self._all = [_Unpacker(path, selector, lifeline, self._queue) for _ in range(many)]

    @property
    def is_busy(self) -> bool:
        """Tell whether there is something to unpack."""
        return bool(self._queue) or any(each.is_busy for each in self._all)

    def add(self, items: Iterable[Item]) -> None:
        """Have items unpacked."""
        self._queue.extend(items)

    def feed(self) -> None:
        """Hand groups to those that wait for one; a second begins where one has much to do."""
        if sum(each.deaths for each in self._all) >= _MOST_DEATHS:
            self._queue.clear()
        for each in self._all:
            if self._queue and not each.is_busy and self._may_work(each):
                each.feed(alone=not any(other.runs for other in self._all))

    def _may_work(self, each: _Unpacker) -> bool:
        """Tell whether it runs already, or there is work enough to begin it."""
        at_work = any(other.is_busy for other in self._all)
        return each.runs or not at_work or len(self._queue) >= _GROUP

    def end_late(self) -> None:
        """End those that are busy with one message for too long; call it every second."""
        for each in self._all:
            each.end_late()

    def stop(self) -> None:
        """Send all away; what they were doing stays pending."""
        for each in self._all:
            each.stop()


class _Unpacker:
    """One child, seen by its parent: it gets a group of the queue at a time."""

    def __init__(
        self, path: str, selector: BaseSelector, lifeline: tuple[int, int], queue: deque[Item]
    ) -> None:
        self._path = path
        self._selector = selector
        self._lifeline = lifeline
        self._queue = queue
        self._group: list[Item] = []
        self._place = Place()
        self._seen: Item | None = None
        self._child: tuple[int, int, int] | None = None
        self._until = 0.0
        self._done = 0
        self.deaths = 0

    @property
    def is_busy(self) -> bool:
        """Tell whether the child has something to unpack."""
        return bool(self._group)

    @property
    def runs(self) -> bool:
        """Tell whether there is a child."""
        return self._child is not None

    def feed(self, *, alone: bool) -> None:
        """Hand the next group to the child, which waits for one.

        Raises OSError where there can be no child, if it would be ``alone``.
        """
        if self._child is None or self._done >= _LIFETIME:
            self.stop()
            try:
                self._start()
            except OSError:
                if alone:
                    raise
                return
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
        # The end of its pipe may be open in processes that began after it: it would wait for more.
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def _bury(self) -> None:
        """Take leave of a child that died or hangs: all but the message it had comes again."""
        self.stop()
        self.deaths += 1
        culprit = self._place.get() or (self._group[0] if self._group else None)
        again = [item for item in self._group if item != culprit]
        self._group = []
        self._queue.extendleft(reversed(again))

    def _start(self) -> None:
        orders, results = os.pipe(), os.pipe()
        try:
            pid = os.fork()
        except OSError:
            for end in (*orders, *results):
                os.close(end)
            raise
        if pid == 0:
            os.close(orders[1])
            os.close(results[0])
            be_child(self._lifeline)
            serve(self._path, orders[0], results[1], self._place)
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
