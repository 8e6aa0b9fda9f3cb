"""The stand on which everything is measured: installations, variants, and the round they run in."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from faults.installation import DOMAIN, Installation, environment
from faults.mails import Mail, Post

from benchmarks.launch import Cost, run

ALIASES = 1000
WARM_UP = 3
_NO_UNPACK = '''"""Nothing: this copy measures what accepting alone costs."""


def unpack_messages(path, messages):
    return {}
'''


class Sizes:
    """How much is measured."""

    __slots__ = ("at_once", "deliveries", "filled", "messages")

    def __init__(self, deliveries: int, messages: int, filled: int, at_once: int) -> None:
        self.deliveries = deliveries
        self.messages = messages
        self.filled = filled
        self.at_once = at_once


FULL = Sizes(1000, 1_000_000, 400, 320)
QUICK = Sizes(25, 50_000, 30, 64)


class Bench:
    """The installations, the mails and the promises of one run."""

    def __init__(self, folder: Path, sizes: Sizes, seed: int) -> None:
        self.folder = folder
        self.sizes = sizes
        self.chance = random.Random(seed)
        self.post = Post(seed)
        self.broken = 0
        self._mails = count()
        self.full = Installation.build(folder / "full")
        self.accepting = self.full.copy(folder / "accepting")
        (self.accepting.packages / "mailgate" / "gateway" / "unpack.py").write_text(_NO_UNPACK)
        self.accepting.compile()

    def database(self, name: str) -> Path:
        """Create a database with the aliases."""
        return self.full.database(self.folder / name / "mail.db", ALIASES)

    def file(self, mail: Mail) -> Path:
        """Write a mail where a command can read it."""
        path = self.folder / "mails" / f"{next(self._mails)}.eml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(mail.data)
        return path

    def promise(self, what: str, promised: float, measured: float, *, least: bool = False) -> None:
        """Print a promise and whether it is kept: at most, or at least, what is promised."""
        kept = measured >= promised if least else measured <= promised
        self.broken += not kept
        bound = "at least" if least else "at most"
        print(
            f"{'kept' if kept else 'BROKEN':7}{what:58} {bound} {promised:<5g} is {measured:.2f}",
            flush=True,
        )


class Deliveries:
    """One variant: a front, a database, and one kind of mail.

    Every second mail is an answer of its author to the one before, so nobody else gets copies.
    """

    def __init__(
        self, bench: Bench, installation: Installation, database: Path, write: Callable[..., Mail]
    ) -> None:
        self.bench = bench
        self.front = str(installation.front)
        self.env = environment(database)
        self.write = write
        self.cost = Cost()
        self._last: Mail | None = None

    def once(self) -> None:
        """Deliver a new mail."""
        if self._last is None:
            mail = self._last = self.write()
        else:
            mail = self.write(answers=self._last.message_id, author=self._last.sender)
            self._last = None
        path = self.bench.file(mail)
        run(self.command(mail), path, self.env, self.cost)
        path.unlink()

    def command(self, mail: Mail) -> list[str]:
        """Return the command an MTA runs for a mail."""
        name = f"alias{self.bench.chance.randrange(10, ALIASES)}"
        return [self.front, "-f", mail.sender, "--", f"{name}@{DOMAIN}"]


class Program:
    """A command for comparison, with a 5 KB mail as its input."""

    def __init__(self, bench: Bench, *command: str) -> None:
        self.command = [shutil.which(command[0]) or command[0], *command[1:]]
        self.input = bench.file(bench.post.text())
        self.env = {"PATH": os.defpath, "HOME": str(bench.folder), "FOLDER": str(bench.folder)}
        self.cost = Cost()

    def once(self) -> None:
        """Run it."""
        run(self.command, self.input, self.env, self.cost)


def interleave(bench: Bench, variants: Sequence[Deliveries | Program], rounds: int) -> None:
    """Run every variant once in each round, in an order that is shuffled each time."""
    for number in range(WARM_UP + rounds):
        if number == WARM_UP:
            for variant in variants:
                variant.cost = Cost()
        for variant in bench.chance.sample(variants, len(variants)):
            variant.once()
