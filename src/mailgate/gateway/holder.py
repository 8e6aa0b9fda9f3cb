"""Who holds a letter of the outbox: one run of one process, known again on this machine only.

A holder is written ``machine:boot:pids:pid:start:run``: the machine and its boot, the namespace of
process numbers (containers have their own), the process with its start time, and a random part.
"""

from __future__ import annotations

import os
from contextlib import suppress
from secrets import token_hex

_UNKNOWN = "-"


def new() -> str:
    """Return the name of a new run of this process."""
    pid = os.getpid()
    return ":".join((*_place(), str(pid), _start(pid) or _UNKNOWN, token_hex(8)))


def is_dead(holder: str) -> bool:
    """Tell whether a holder is certain to be gone; one that cannot be known here is not."""
    parts = holder.split(":")
    if len(parts) != 6 or not parts[3].isdigit():
        return False
    machine, boot, pids, pid, start, _ = parts
    ours = _place()
    if _UNKNOWN in (machine, boot) or machine != ours[0]:
        return False
    if boot != ours[1]:
        return ours[1] != _UNKNOWN
    return pids == ours[2] != _UNKNOWN and _is_gone(int(pid), start)


def _place() -> tuple[str, str, str]:
    pids = _UNKNOWN
    with suppress(OSError):
        pids = os.readlink("/proc/self/ns/pid").strip("pid:[]") or _UNKNOWN
    return _word("/etc/machine-id"), _word("/proc/sys/kernel/random/boot_id"), pids


def _word(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            word = file.read(100).strip()
    except (OSError, ValueError):
        return _UNKNOWN
    return word.replace(":", "") or _UNKNOWN


def _is_gone(pid: int, start: str) -> bool:
    """Tell whether a process ended; its number may be another's by now."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        pass
    now = _start(pid)
    return now is not None and start != _UNKNOWN and now != start


def _start(pid: int) -> str | None:
    """Return when a process started (clock ticks since boot), ``ended`` for a zombie, or None
    where that cannot be seen."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read(4096).rpartition(b")")[2].split()
    except OSError:
        return None
    if len(fields) < 20:
        return None
    return "ended" if fields[0] in (b"Z", b"X") else fields[19].decode("ascii", "replace")
