"""The fault runs in full size: ``python -m faults.torture [--kills N] [--seed N]``.

Prints what each run counted; the exit status is 1 where any found a broken promise.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from faults import fetching, mutants, runs
from faults.installation import Installation
from faults.runs import Run
from system.certificates import Certificates
from system.dovecot import Dovecot

MESSAGES_AT_ONCE = 25
MAILS_BEFORE_POWER_LOSS = 40
IMAGES = 1500
DELIVERIES_WITH_CHECKPOINT = 400
FETCHED = 10_000
KILLS_OF_FETCH = 200
_SHOWN = 20


def main() -> int:
    """Run everything and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="kill -9 that must have hit")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="repeats a run")
    given = parser.parse_args()
    if not shutil.which("strace"):
        parser.error("strace is needed: apt-get install strace")
    print(f"seed {given.seed}", flush=True)
    broken = 0
    with tempfile.TemporaryDirectory(prefix="mailgate-torture-") as name:
        for run in _every(Path(name), given.kills, given.seed):
            broken += len(run.violations)
            print(f"{'BROKEN' if run.violations else 'ok':7}{run.counts}", flush=True)
            for line in run.violations[:_SHOWN]:
                print(f"       {line}", flush=True)
    print(f"{broken} broken promises")
    return 1 if broken else 0


def _every(folder: Path, kills: int, seed: int) -> Iterator[Run]:
    installed = Installation.build(folder / "venv")
    driven = installed.with_driver(folder / "driven")

    def database(name: str) -> Path:
        return installed.database(folder / name / "mail.db")

    yield runs.kills(
        driven,
        database("kills"),
        seed,
        runs.every_step(),
        kills,
        progress=lambda line: print(f"       {line}", flush=True),
    )
    yield runs.same_message(driven, database("same"), seed, MESSAGES_AT_ONCE)
    yield runs.checkpoints(driven, database("log"), seed, DELIVERIES_WITH_CHECKPOINT)
    yield runs.power_loss(
        driven, database("power"), folder / "off", seed, MAILS_BEFORE_POWER_LOSS, IMAGES
    )
    if os.geteuid() == 0:
        yield _fetching(driven, database("fetch"), folder, seed)
    for number, (name, (run, alter)) in enumerate(mutants.MUTANTS.items()):
        copy = driven.copy(folder / f"mutant{number}")
        alter(copy)
        place = folder / f"mutant{number}-data"
        found = mutants.try_out(copy, installed.database(place / "mail.db"), run, place / "power")
        missed = [] if found.violations else [f"the run did not notice {name}"]
        first = found.violations[0][:150] if found.violations else "nothing"
        yield Run(f"mutant with {name}: found {len(found.violations)}, such as {first}", missed)


def _fetching(driven: Installation, database: Path, folder: Path, seed: int) -> Run:
    """Kill ``fetch`` over the mailboxes of a real Dovecot, which only root can run."""
    (folder / "certificates").mkdir()
    certificates = Certificates(folder / "certificates")
    with tempfile.TemporaryDirectory() as place, Dovecot(Path(place), certificates) as dovecot:
        return fetching.kills(
            *(driven, database, dovecot, seed, FETCHED, KILLS_OF_FETCH),
            progress=lambda line: print(f"       {line}", flush=True),
        )


if __name__ == "__main__":
    sys.exit(main())
