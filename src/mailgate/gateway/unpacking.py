"""What a process of ours does that unpacks what others take: the child's side of ``unpacker``."""

from __future__ import annotations

import gc
import os
import signal
import threading
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

from mailgate.gateway.child import CPU_SECONDS, MEMORY_BYTES

MESSAGE = "message"
REPORT = "report"
"""A journal entry whose report is to be carried out."""
Item = tuple[str, int]
"""Kind and number of what is to be done."""
_PLACE = 32
"""Bytes for the kind and number of an item."""
_COLLECT_AFTER = 50_000
"""Objects after which garbage is looked for: few messages make so many."""
_NICE = 5
"""Taking mail goes first."""


class Place:
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


def serve(path: str, orders: int, results: int, place: Place) -> None:
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
