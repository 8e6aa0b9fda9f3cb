"""Mutants: altered copies of mailgate that break a promise, which the fault runs must notice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from faults import runs
from faults.installation import Installation
from faults.mta import at_step

MUTANTS: dict[str, tuple[str, Callable[[Installation], None]]] = {}
"""By name: the run that must find it, and the alteration."""


def _mutant(name: str, run: str) -> Callable[[Callable[[Installation], None]], None]:
    def keep(alter: Callable[[Installation], None]) -> None:
        MUTANTS[name] = run, alter

    return keep


@_mutant("synchronous=OFF", "power")
def _not_synced(copy: Installation) -> None:
    copy.replace("store/sqlite.py", "PRAGMA synchronous = FULL", "PRAGMA synchronous = OFF")


@_mutant("deferred BEGIN without the advisory lock", "same")
def _deferred(copy: Installation) -> None:
    copy.replace("store/sqlite.py", '"BEGIN IMMEDIATE"', '"BEGIN"')
    copy.replace("store/sqlite.py", "database.acquire(self._seconds)", "pass")


@_mutant("no duplicate check", "kills")
def _repeats(copy: Installation) -> None:
    copy.replace(
        "gateway/gather.py",
        "    return {identifier: tuple(known) for identifier, known in found.items()}",
        "    return {i: tuple(k) for i, k in found.items() if i != message.message_id}",
    )


@_mutant("exit 1 on an exception", "bare kills")
def _bounces(copy: Installation) -> None:
    path = copy.packages / "mailgate" / "gateway" / "command.py"
    path.write_text(path.read_text().replace("return TEMPORARY", "return 1"))
    copy.compile()


def try_out(copy: Installation, database: Path, run: str, folder: Path) -> runs.Run:
    """Run what must find a mutant, small; an unaltered copy passes it."""
    if run == "power":
        return runs.power_loss(copy, database, folder, 5, 3, 40)
    if run == "same":
        return runs.same_message(copy, database, 5, 2)
    steps = ("after-read", "after-open", "after-commit", "before-answer")
    faults = [at_step(step, action) for step in steps for action in ("raise", "oserror")]
    return runs.kills(copy, database, 5, faults, front=run == "kills")
