"""How long the disk takes to flush, and disks that take longer.

Some answer in less than a tenth of a millisecond, as with a cache that survives a power failure,
others need ten. So programs that flush once a message cannot be compared with one that does not,
unless it is said how long a flush takes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

SOURCE = Path(__file__).with_name("slow-flush.c")


def flush_seconds(folder: Path, rounds: int = 50) -> float:
    """Return how long a flush of one page takes."""
    with (folder / "flush").open("wb", buffering=0) as file:
        started = time.perf_counter()
        for _ in range(rounds):
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
        return (time.perf_counter() - started) / rounds


class Disk:
    """The disk as programs see it that are started with the variables ``env``."""

    def __init__(self, name: str, env: dict[str, str]) -> None:
        self.name = name
        self.env = env


AS_IT_IS = Disk("the disk as it is", {})


def slower(folder: Path, seconds: float) -> Disk | None:
    """Return the disk whose flush takes so long; None where it does already, or without a compiler.

    ``folder`` is on the disk and gets what is needed, for every user to read.
    """
    lacks = seconds - flush_seconds(folder)
    compiler = shutil.which("cc")
    if lacks <= 0 or compiler is None:
        return None
    library = folder / "slow-flush.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"], check=True)
    env = {"LD_PRELOAD": str(library), "FLUSH_NS": str(int(lacks * 1e9))}
    return Disk(f"a disk that flushes in {seconds * 1000:g} ms", env)
