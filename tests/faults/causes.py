"""Runs the front in bad circumstances, and checks that a message is deferred or taken whole."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from faults import oracle
from faults.installation import Installation, environment
from faults.mails import Mail, Post
from faults.mta import RECIPIENTS, TEMPORARY, Attempt, Task, complaint, hand_over


def shell(
    script: str, installation: Installation, env: dict[str, str], mail: Mail, *options: str
) -> Attempt:
    """Run a script in which ``"$@"`` is the front with its arguments, on a mail."""
    command = [str(installation.front), *options, "-f", mail.sender, "--", RECIPIENTS[0]]
    started = time.monotonic()
    done = subprocess.run(
        ["sh", "-c", script, "sh", *command],
        input=mail.data,
        env=env,
        capture_output=True,
        timeout=120,
    )
    return Attempt(done.returncode, done.stderr, done.stdout, time.monotonic() - started)


def deferred(attempt: Attempt, *says: str) -> None:
    """Assert that a message was deferred, with one line that says these words."""
    line = attempt.said.decode()
    assert attempt.status == TEMPORARY, line
    assert complaint(attempt) is None
    for words in says:
        assert words in line


def deferred_or_taken(attempt: Attempt) -> bool:
    """Assert that a message was deferred with one line, or taken, and tell which."""
    assert attempt.status in (0, TEMPORARY), attempt.said
    assert complaint(attempt) is None
    return attempt.status == 0


def once(
    installation: Installation, database: Path, mail: Mail, others: Sequence[Task] = ()
) -> None:
    """Assert that the next attempt takes a mail, and that it is there once and nothing else is."""
    attempt = hand_over(installation, database, mail, RECIPIENTS[:1])
    assert attempt.status == 0, attempt.said
    assert attempt.said == b""
    tasks = [*others, Task(mail, RECIPIENTS[:1], None)]
    assert oracle.violations(database, tasks) == []


def skeleton(installation: Installation, folder: Path) -> Installation:
    """Return an installation of which only the folder ``bin`` is its own, without python3."""
    (folder / "bin").mkdir(parents=True)
    for name in ("mailgate", "mailgate-deliver"):
        copied = folder / "bin" / name
        copied.write_bytes((installation.folder / "bin" / name).read_bytes())
        copied.chmod(0o755)
    (folder / "lib").symlink_to(installation.folder / "lib")
    return Installation(folder)


def letter(seed: int = 11) -> Mail:
    """Return a 5 KB mail."""
    return Post(seed).text()


def variables(database: Path, **more: str) -> dict[str, str]:
    """Return the variables of an MTA's command, with the database named."""
    return environment(database, **more)


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


HOLD = 'exec 9>>"$1.lock"; flock 9; : > "$2"; exec sleep 300'


class Holder:
    """Holds the advisory lock of a database while ``with`` lasts."""

    def __init__(self, database: Path) -> None:
        self.database = database

    def __enter__(self) -> None:
        held = self.database.with_name(f"held{time.monotonic_ns()}")
        command = ["sh", "-c", HOLD, "sh", str(self.database), str(held)]
        self.process = subprocess.Popen(command, env={"PATH": os.defpath})
        wait_for(held)
        held.unlink()

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
