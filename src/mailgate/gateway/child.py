"""The child of ``deliver`` that unpacks: forked before the database is open, limited, waited for.

It is forked first because SQLite must not see a connection cross a fork, and while the process
is small. It waits for the numbers of messages and reports, and ends at once where none come.
"""

from __future__ import annotations

import _signal as signal
import posix
from time import monotonic

WAIT_SECONDS = 20.0
"""How long the parent waits; a message that takes longer stays pending."""
CPU_SECONDS = 15
_LOOK_SECONDS = 0.25
MEMORY_BYTES = 1024 * 1024 * 1024


class Child:
    """A child process that waits to be told what to unpack."""

    __slots__ = ("_pid", "_pipe")

    def __init__(self, path: str) -> None:
        reading, self._pipe = posix.pipe()
        parent = posix.getpid()
        self._pid = posix.fork()
        if self._pid == 0:
            posix.close(self._pipe)
            _serve(path, reading, parent)
        posix.close(reading)

    def unpack(self, messages: list[int], reports: list[int], left: float = WAIT_SECONDS) -> None:
        """Have messages unpacked and reports (by journal entry) carried out.

        Wait a bounded while for it, whatever becomes of it. The child ends within the seconds
        that are ``left``, also where a signal ends the wait.
        """
        try:
            work = (" ".join(map(str, numbers)) for numbers in (messages, reports))
            posix.write(self._pipe, ";".join(work).encode())
            posix.close(self._pipe)
            self._pipe = -1
            signal.signal(signal.SIGALRM, _late)
            signal.setitimer(signal.ITIMER_REAL, max(0.01, min(WAIT_SECONDS, left)))
            posix.waitpid(self._pid, 0)
        except BaseException:  # noqa: BLE001
            self._kill()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def dismiss(self) -> None:
        """Send the child away without work."""
        if self._pipe >= 0:
            posix.close(self._pipe)
            self._pipe = -1
            posix.waitpid(self._pid, 0)

    def _kill(self) -> None:
        try:
            posix.kill(self._pid, signal.SIGKILL)
            posix.waitpid(self._pid, 0)
        except OSError:
            return


def _late(number: int, frame: object) -> None:
    raise TimeoutError


def _serve(path: str, reading: int, parent: int) -> None:
    """Wait for work, do it within the limits, and end without a trace."""
    try:
        nothing = posix.open("/dev/null", posix.O_RDWR)
        for descriptor in (0, 1, 2):
            posix.dup2(nothing, descriptor)
        posix.close(nothing)
        work = posix.read(reading, 65536)
        if not work:
            posix._exit(0)
        messages, _, reports = work.partition(b";")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _limit()
        _stay_with(parent, monotonic() + WAIT_SECONDS)
        _work(path, list(map(int, messages.split())), list(map(int, reports.split())))
    except BaseException:  # noqa: BLE001
        posix._exit(1)


def _work(path: str, messages: list[int], reports: list[int]) -> None:
    """Do the work and end: the connection stays open, so that no log is written back."""
    from mailgate.store.sqlite import open_database

    database = open_database(path)
    if messages:
        from mailgate.gateway.unpack import unpack

        unpack(database, messages)
    if reports:
        from mailgate.gateway.report import carry_out

        carry_out(database, reports)
    posix._exit(0)


def _stay_with(parent: int, until: float) -> None:
    """End when the time is over or the parent is gone: nothing outlives a delivery."""

    def look(number: int, frame: object) -> None:
        if posix.getppid() != parent or monotonic() > until:
            posix._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)


def _limit() -> None:
    from resource import RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, setrlimit

    setrlimit(RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    setrlimit(RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    setrlimit(RLIMIT_CORE, (0, 0))
