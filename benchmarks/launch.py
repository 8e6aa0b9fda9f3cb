"""Runs commands from a small process and says what each cost, its children included."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_PAUSE = 0.004
_LAUNCHER = """
import os, sys
opened = (os.POSIX_SPAWN_OPEN, 0, sys.argv[1], os.O_RDONLY, 0)
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=[opened])
print(pid, flush=True)
_, status, usage = os.wait4(pid, 0)
print(status, usage.ru_maxrss)
"""
"""A small process of its own: ru_maxrss begins with the size of the process that spawned."""


class Cost:
    """Summed CPU and wall seconds of ``count`` commands, and how many of them ``failed``."""

    __slots__ = ("count", "cpu", "failed", "wall")

    def __init__(self) -> None:
        self.count = 0
        self.cpu = 0.0
        self.wall = 0.0
        self.failed = 0

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of one command, on average."""
        return self.cpu / self.count * 1000

    @property
    def wall_ms(self) -> float:
        """Wall milliseconds of one command, on average."""
        return self.wall / self.count * 1000


class Peak:
    """Memory in bytes: ``largest`` process (ru_maxrss) and all processes ``together``.

    ``together`` is the largest sum of proportional set sizes (Pss) that was seen at one time.
    """

    __slots__ = ("largest", "together")

    def __init__(self, largest: int, together: int) -> None:
        self.largest = largest
        self.together = together

    @property
    def worst(self) -> int:
        """The larger of the two."""
        return max(self.largest, self.together)


def run(command: list[str], stdin: Path, env: Mapping[str, str], cost: Cost) -> None:
    """Run a command to its end, with a file as its standard input, and add what it cost."""
    started = time.perf_counter()
    pid = _spawn(command, stdin, env)
    _, status, usage = os.wait4(pid, 0)
    cost.wall += time.perf_counter() - started
    cost.cpu += usage.ru_utime + usage.ru_stime
    cost.count += 1
    cost.failed += status != 0


def peak(command: list[str], stdin: Path, env: Mapping[str, str]) -> Peak:
    """Run a command and return its peak memory; it must succeed."""
    launcher = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(stdin), *command],
        stdout=subprocess.PIPE,
        env=dict(env),
        text=True,
    )
    if launcher.stdout is None:
        raise RuntimeError("no pipe")
    pid = int(launcher.stdout.readline())
    together = 0
    while launcher.poll() is None:
        together = max(together, sum(map(_pss, _family(pid))))
        time.sleep(_PAUSE)
    status, largest = map(int, launcher.stdout.read().split())
    if status:
        raise RuntimeError(f"{command[0]} ended with status {os.waitstatus_to_exitcode(status)}")
    return Peak(largest * 1024, together)


def _spawn(command: list[str], stdin: Path, env: Mapping[str, str]) -> int:
    silent = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    opened = (os.POSIX_SPAWN_OPEN, 0, str(stdin), os.O_RDONLY, 0)
    return os.posix_spawn(command[0], command, env, file_actions=[opened, silent])


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for member in found:
        try:
            found += map(int, Path(f"/proc/{member}/task/{member}/children").read_text().split())
        except OSError:
            continue
    return found


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
