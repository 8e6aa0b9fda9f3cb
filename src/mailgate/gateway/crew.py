"""Work that is done side by side, each piece in a process of its own that can only harm itself.

A process that hangs is ended, one that ends by itself is noticed, and none outlives this one. The
database is opened by each process for itself, and never here: SQLite must not see a connection
cross a fork. What was taken is unpacked meanwhile, see ``unpacker``.
"""

from __future__ import annotations

import json
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Any

from mailgate.gateway.unpacker import Unpackers
from mailgate.gateway.unpacking import Item, be_child

Tell = Callable[[dict[str, Any]], None]
"""Hands an object of JSON values to the parent."""
_CHUNK = 65536
_LOOK_SECONDS = 1.0
WORK = "work"
"""The key under which a job tells what is to be unpacked: pairs of kind and number."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work: ``run`` is called in a process of its own; ``seconds`` is all it gets."""

    name: str
    run: Callable[[Tell], None]
    seconds: float


class Crew:
    """Runs jobs, at most ``at_once`` at a time; ``hear`` gets what they tell, by job name.

    Call ``run`` in a process that has neither a database open nor threads.
    """

    def __init__(
        self,
        path: str,
        jobs: Iterable[Job],
        hear: Callable[[str, dict[str, Any]], None],
        at_once: int,
        packed: Iterable[Item] = (),
    ) -> None:
        """``packed`` is to be unpacked, whatever the jobs do."""
        self._hear = hear
        self._waiting = deque(jobs)
        self._at_once = at_once
        self._running: dict[int, _Worker] = {}
        self._selector = DefaultSelector()
        self._lifeline = os.pipe()
        self._unpackers = Unpackers(path, self._selector, self._lifeline)
        self._unpackers.add(packed)
        self.endings: dict[str, str | None] = {}

    def run(self) -> dict[str, str | None]:
        """Do all the work; return how each job ended: None where it ended by itself."""
        try:
            while self._waiting or self._running or self._unpackers.is_busy:
                while self._waiting and len(self._running) < self._at_once:
                    self._start(self._waiting.popleft())
                self._unpackers.feed()
                for key, _ in self._selector.select(_LOOK_SECONDS):
                    key.data()
                self._end_late()
                self._unpackers.end_late()
        finally:
            self._stop()
        return self.endings

    def _start(self, job: Job) -> None:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            be_child(self._lifeline)
            _work(job, writing)
        os.close(writing)
        worker = _Worker(job, pid, reading)
        self._running[pid] = worker
        self._selector.register(reading, EVENT_READ, lambda: self._read(worker))

    def _read(self, worker: _Worker) -> None:
        data = os.read(worker.pipe, _CHUNK)
        worker.text += data
        *lines, worker.text = worker.text.split(b"\n")
        for line in lines:
            told = json.loads(line)
            self._unpackers.add((kind, number) for kind, number in told.pop(WORK, ()))
            self._hear(worker.job.name, told)
        if not data:
            self._end(worker)

    def _end(self, worker: _Worker, reason: str | None = None) -> None:
        """Take leave of a process whose end of the pipe is closed, or that was ended."""
        self._selector.unregister(worker.pipe)
        os.close(worker.pipe)
        del self._running[worker.pid]
        _, status = os.waitpid(worker.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if reason is None and code:
            reason = f"its process ended by signal {-code}" if code < 0 else "its process broke off"
        self.endings[worker.job.name] = reason

    def _end_late(self) -> None:
        for worker in list(self._running.values()):
            if monotonic() > worker.until:
                os.kill(worker.pid, signal.SIGKILL)
                self._end(worker, f"not done within {worker.job.seconds:.0f} s")

    def _stop(self) -> None:
        for worker in list(self._running.values()):
            os.kill(worker.pid, signal.SIGKILL)
            self._end(worker, "stopped")
        self._unpackers.stop()
        self._selector.close()
        for end in self._lifeline:
            os.close(end)


class _Worker:
    """A process at work, seen by its parent."""

    __slots__ = ("job", "pid", "pipe", "text", "until")

    def __init__(self, job: Job, pid: int, pipe: int) -> None:
        self.job = job
        self.pid = pid
        self.pipe = pipe
        self.text = b""
        self.until = monotonic() + job.seconds


def _work(job: Job, pipe: int) -> None:
    """Run a job and end the process, without the interpreter's end."""
    try:
        job.run(lambda told: _send(pipe, told))
    except BaseException:  # noqa: BLE001
        os._exit(1)
    os._exit(0)


def _send(pipe: int, told: dict[str, Any]) -> None:
    data = json.dumps(told).encode("ascii") + b"\n"
    while data:
        data = data[os.write(pipe, data) :]
