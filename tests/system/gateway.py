"""An installed mailgate on a private machine, set up by the very commands that the README gives."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

from system.machine import REPOSITORY, SOURCE, Machine, wait_until

SERIAL = count(1)
CHAPTER = "A Postfix gateway in ten minutes"
NOT_INSIDE = ("apt-get ", "git ", "cd ", "systemctl ")
"""What the README has a newcomer type that needs a network or systemd."""


def commands(text: str, chapter: str = CHAPTER) -> list[str]:
    """Return the blocks of shell commands in a chapter of a document, in order."""
    section = text.split(f"## {chapter}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return ["".join(keep_local(block)) for block in blocks]


def keep_local(block: str) -> list[str]:
    """Return the lines of a block that can be run without a network and systemd."""
    return [line for line in block.splitlines(True) if not line.startswith(NOT_INSIDE)]


def letter(sender: str, recipient: str = "info@example.com", text: str = "Hello\n") -> EmailMessage:
    """Return a person's letter with a Message-ID that no other has."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = "Ten chairs"
    message["Message-ID"] = f"<{next(SERIAL)}.letter@src.test>"
    message.set_content(text)
    return message


def build_wheels(folder: Path) -> None:
    """Build mailgate as pip does, and put it with all it needs into `folder`."""
    pip = [sys.executable, "-m", "pip", "--python", "/usr/bin/python3"]
    subprocess.run(
        [*pip, "wheel", "--quiet", "--wheel-dir", folder, REPOSITORY, "hatchling"],
        check=True,
        timeout=600,
    )


class Gateway:
    """mailgate as it is installed on `machine`."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def run_guide(self, server: list[str] | None = None) -> None:
        """Run the README's guide; `server` replaces its commands for Postfix.

        pip takes the wheels in /var/wheels.
        """
        install, describe, *postfix, letter = commands((REPOSITORY / "README.md").read_text())
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/var/wheels"}
        for block in [install, describe, *(server or postfix), letter]:
            self.machine.run("sh", "-ec", block, folder=str(SOURCE), environment=offline)

    def mailgate(self, *arguments: str, status: int = 0) -> Any:
        """Run an administrator's command with --json and return what it printed."""
        said = self.machine.run("mailgate", *arguments, "--json", status=status)
        return json.loads(said) if said else None

    def post(self, record: int, text: str, *options: str) -> dict[str, Any]:
        """Write a message into a record, and return it."""
        said = self.machine.run(
            "mailgate", "post", str(record), *options, "--json", stdin=text.encode()
        )
        posted: dict[str, Any] = json.loads(said)
        return posted

    def record(self, sender: str) -> dict[str, Any]:
        """Return the only record that `sender` started, with its messages."""
        (found,) = self.mailgate("record", "list", "--sender", sender)
        shown: dict[str, Any] = self.mailgate("record", "show", str(found["id"]))
        return shown

    def wait_record(self, sender: str, seconds: float = 60) -> dict[str, Any]:
        """Wait for the first record of `sender` and return it, with its messages."""
        wait_until(lambda: self.records(sender), f"a record from {sender}", seconds)
        return self.record(sender)

    def records(self, sender: str) -> list[dict[str, Any]]:
        """Return the records that `sender` started."""
        found: list[dict[str, Any]] = self.mailgate("record", "list", "--sender", sender)
        return found

    def journal(self, sender: str) -> list[dict[str, Any]]:
        """Return the journal's entries for an envelope sender."""
        found: list[dict[str, Any]] = self.mailgate("journal", "list", "--sender", sender)
        return found
