"""A bound on the time that one message may take, where nobody else ends what hangs."""

from __future__ import annotations

import _signal as signal

MOST_SECONDS = 20.0
"""What handling one message may take before it is set aside."""


class StalledError(Exception):
    """Handling a message took too long."""


class watched:  # noqa: N801  reads as a statement: with watched()
    """End what is inside by StalledError when it takes too long; in a process's main thread."""

    __slots__ = ()

    def __enter__(self) -> None:
        if signal.getsignal(signal.SIGALRM) is not _stall:
            signal.signal(signal.SIGALRM, _stall)
        signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _stall(number: int, frame: object) -> None:
    raise StalledError(f"it takes longer than {MOST_SECONDS:.0f} s")
