"""Deliveries on a small disk of their own: ``python -m faults.inside KIND INSTALLATION FOLDER``.

Runs inside a private mount namespace, as root; prints one line for each broken promise.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from faults import oracle
from faults.installation import Installation
from faults.mails import Post
from faults.mta import RECIPIENTS, TEMPORARY, Task, complaint, hand_over

KIB = 1024
_LEFT = (0, 4, 16, 40, 64, 100, 140, 200)
"""KiB that are left on the disk."""


class Disk:
    """A mailgate whose database is alone on a small disk."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.installation = installation
        self.folder = folder
        self.post = Post(7)
        self.tasks: list[Task] = []
        self.wrong: list[str] = []
        _run("mount", "-t", "tmpfs", "-o", "size=6m", "mailgate-test", str(folder))
        self.database = installation.database(folder / "mail.db")
        self.deliver("an empty disk", taken=True)

    def deliver(self, when: str, *, taken: bool | None, says: bytes = b"") -> None:
        """Hand a new message over; ``taken`` says whether it must be, None where it may."""
        mail = self.post.text()
        attempt = hand_over(self.installation, self.database, mail, RECIPIENTS[:1])
        if attempt.status == 0:
            self.tasks.append(Task(mail, RECIPIENTS[:1], None))
        elif attempt.status != TEMPORARY:
            self.wrong.append(f"{when}: status {attempt.status}: {attempt.said!r}")
        problem = complaint(attempt)
        if problem:
            self.wrong.append(f"{when}: {problem}")
        if taken is not None and taken != (attempt.status == 0):
            self.wrong.append(f"{when}: status {attempt.status}: {attempt.said!r}")
        if says not in attempt.said.lower():
            self.wrong.append(f"{when}: does not say {says!r}: {attempt.said!r}")

    def full(self) -> None:
        """With less and less space left, a message is taken whole or deferred."""
        filler = self.folder / "filler"
        for left in _LEFT:
            space = os.statvfs(self.folder)
            size = max(0, space.f_bavail * space.f_frsize - left * KIB)
            filler.write_bytes(b"x" * size)
            for _ in range(3):
                self.deliver(f"{left} KiB left", taken=False if left == 0 else None)
            filler.unlink()
            self.deliver(f"after {left} KiB were left", taken=True)

    def floor(self) -> None:
        """Below the floor nothing is taken, above it again."""
        self.installation.mailgate(self.database, "param", "set", "mail.disk.floor.mb", "500")
        self.deliver("below the floor", taken=False, says=b"mail.disk.floor.mb")
        self.installation.mailgate(self.database, "param", "set", "mail.disk.floor.mb", "1")
        self.deliver("above the floor", taken=True)

    def read_only(self) -> None:
        """On a disk that is mounted read-only nothing is taken."""
        _run("mount", "-o", "remount,ro", str(self.folder))
        self.deliver("read-only", taken=False, says=b"read")
        _run("mount", "-o", "remount,rw", str(self.folder))
        self.deliver("writable again", taken=True)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def main(kind: str, installation: str, folder: str) -> int:
    """Do what ``kind`` names and look at the database."""
    disk = Disk(Installation(Path(installation)), Path(folder))
    kinds: dict[str, Callable[[], None]] = {
        "full": disk.full,
        "floor": disk.floor,
        "read-only": disk.read_only,
    }
    kinds[kind]()
    for line in disk.wrong + oracle.violations(disk.database, disk.tasks):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
