"""The program as an MTA runs it: a process, a message on stdin, an envelope, an exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from gateway.house import House, letter

import mailgate

SOURCE = str(Path(mailgate.__file__).parent.parent)


class Answer:
    """How a run ended: exit status, and what it said."""

    def __init__(self, status: int, out: bytes, err: bytes) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def json(self) -> dict[str, Any]:
        """The one document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def line(self) -> str:
        """The one line on stderr."""
        assert self.err.endswith(b"\n")
        assert self.err.count(b"\n") == 1
        assert len(self.err) <= 200
        return self.err.decode()[:-1]


class Program:
    """``python -m mailgate`` on a house's database, started elsewhere."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder

    def environ(self, **more: str) -> dict[str, str]:
        """Return an environment as poor as an MTA's."""
        poor = {"PATH": "/usr/bin:/bin", "LANG": "C", "PYTHONPATH": SOURCE}
        return {**poor, "MAILGATE_DB": self.house.path, **more}

    def words(self, *arguments: str | bytes, before: tuple[str, ...] = ()) -> list[str | bytes]:
        """Return the command line of ``deliver``."""
        return [sys.executable, "-m", "mailgate", *before, "deliver", *arguments]

    def start(
        self, *arguments: str | bytes, before: tuple[str, ...] = (), **more: str
    ) -> subprocess.Popen[bytes]:
        """Start ``deliver`` and leave its three descriptors to the caller."""
        return subprocess.Popen(
            self.words(*arguments, before=before),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environ(**more),
        )

    def deliver(
        self,
        *arguments: str | bytes,
        raw: bytes | None = None,
        before: tuple[str, ...] = (),
        **more: str,
    ) -> Answer:
        """Run ``deliver``; every way it ends must be one that no MTA takes amiss."""
        process = self.start(*arguments, before=before, **more)
        out, err = process.communicate(letter() if raw is None else raw, timeout=60)
        assert process.returncode in (0, 65, 67, 69, 75, 77)
        return Answer(process.returncode, out, err)

    def shell(self, after: str) -> int:
        """Run ``deliver info@example.com`` in a shell, with redirections, and return its status."""
        script = f"{sys.executable} -m mailgate deliver info@example.com {after}"
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            input=letter(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=self.environ(),
            timeout=60,
        )
        return done.returncode


def everything(house: House) -> str:
    """Return the whole content of a database, as SQL."""
    found: list[str] = []
    tables = house.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    for (name,) in tables:
        found += [repr(row) for row in house.rows(f'SELECT * FROM "{name}"')]
    return "\n".join([*found, *sorted(os.listdir(Path(house.path).parent))])
