"""The command line as tests use it: in this process, and as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

from click.testing import CliRunner, Result

from mailgate.cli.main import root

MAIL = (
    "From: Ann <ann@example.org>\nTo: {0}@example.com\nSubject: Größere Stühle\n"
    "Message-ID: <{0}@example.org>\n\nTen.\n"
)
"""A letter to be formatted with the local part it is for."""


class Tool:
    """mailgate on a database of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def copy(self, folder: Path) -> Tool:
        """Return the same on a copy of its database in a folder."""
        path = folder / self.path.name
        with closing(connect(self.path)) as source, closing(connect(path)) as target:
            source.backup(target)
        return Tool(path)

    def run(self, *words: str, **extra: Any) -> Result:
        """Run a command, whatever its exit status."""
        return CliRunner().invoke(
            root, ["--db", str(self.path), *words], prog_name="mailgate", **extra
        )

    def ok(self, *words: str, **extra: Any) -> Result:
        """Run a command that must succeed."""
        result = self.run(*words, **extra)
        assert result.exit_code == 0, result.output
        return result

    def json(self, *words: str) -> Any:
        """Run a command that must succeed and return what it prints as JSON."""
        result = self.ok(*words, "--json")
        assert result.stdout.isascii()
        return json.loads(result.stdout)

    def error(self, *words: str, status: int = 1, **extra: Any) -> str:
        """Run a command that must fail with one line, and return that."""
        result = self.run(*words, **extra)
        assert result.exit_code == status, result.output
        assert result.stdout == ""
        assert result.stderr.count("\n") == 1
        return result.stderr.strip()

    def process(self, *words: str | bytes, **extra: Any) -> subprocess.CompletedProcess[bytes]:
        """Run the real program."""
        environ = {**os.environ, "MAILGATE_DB": str(self.path)}
        return subprocess.run(
            [sys.executable, "-m", "mailgate", *words],
            capture_output=True,
            check=False,
            env=environ,
            **extra,
        )

    def deliver(self, message: bytes, *words: str) -> int:
        """Deliver a message through the real program and return the exit status."""
        result = self.process("deliver", *words, input=message)
        assert result.returncode in (0, 65, 67, 69, 77), result.stderr
        self.ok("unpack")
        return result.returncode
