"""What fetching costs: ``python -m benchmarks.fetch [--quick]``, with tests/ on the path.

2,000 messages of 5 KB in a Dovecot on the loopback, in a new mailbox for every run; mailgate and
the programs that people use today run in turns, in an order shuffled in every round. Others flush
every message to disk, mailgate every few hundred: so it is measured with the disk as it is, which
the promises are about, and with one that flushes in 0.3 ms, to be compared between machines. A
promise is about the median of the rounds' ratios. Needs root, for Dovecot.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from faults.installation import Installation, environment
from system.certificates import Certificates
from system.dovecot import PASSWORD, Dovecot

from benchmarks.deliver import machine
from benchmarks.disk import AS_IT_IS, Disk, slower
from benchmarks.peers import PEERS, Peer
from benchmarks.stand import FULL, QUICK, Bench

_NO_UNPACK = '''"""Nothing: this copy measures what accepting alone costs."""


def unpack_group(database, messages, announce):
    return None
'''
TIMEOUT = 900
FLUSH_SECONDS = 0.0003


class Mailboxes:
    """New mailboxes, all with the same messages."""

    def __init__(self, dovecot: Dovecot, mails: list[bytes]) -> None:
        self.dovecot = dovecot
        self.many = len(mails)
        dovecot.put("all", mails)
        self._made = 0

    def new(self) -> str:
        """Return the user of one more."""
        self._made += 1
        user = f"user{self._made}"
        folder = self.dovecot.maildir(user) / "new"
        for path in (self.dovecot.maildir("all") / "new").iterdir():
            os.link(path, folder / path.name)
        return user


class Fetch:
    """mailgate with one protocol, in a new database for every run."""

    def __init__(
        self, bench: Bench, installation: Installation, protocol: str, mailboxes: Mailboxes
    ) -> None:
        self._bench = bench
        self._installation = installation
        self._protocol = protocol
        self._mailboxes = mailboxes
        self._runs = 0
        self._password = bench.folder / "password"

    def once(self, disk: Disk) -> float:
        """Fetch everything and return the seconds that it took."""
        self._runs += 1
        name = f"{self._installation.folder.name}-{self._protocol}-{self._runs}"
        database = self._bench.database(name)
        dovecot = self._mailboxes.dovecot
        port = dovecot.imap if self._protocol == "imap" else dovecot.pop3
        self._installation.mailgate(
            *(database, "server", "add", "all", self._protocol, "localhost", "--plain"),
            *("--port", str(port), "--user", self._mailboxes.new(), "--model", "lead"),
            *("--password-file", str(self._password)),
        )
        python = str(self._installation.python)
        env = environment(database, **disk.env)
        began = time.perf_counter()
        subprocess.run([python, "-I", "-m", "mailgate", "fetch"], env=env, check=True)
        spent = time.perf_counter() - began
        with closing(sqlite3.connect(database)) as connection:
            ((taken,),) = connection.execute("SELECT count(*) FROM message").fetchall()
        if taken != self._mailboxes.many:
            raise RuntimeError(f"{name} has taken {taken} messages")
        return spent


class Other:
    """A program that others use, in a new folder for every run."""

    def __init__(self, bench: Bench, peer: Peer, mailboxes: Mailboxes) -> None:
        self._bench = bench
        self._peer = peer
        self._mailboxes = mailboxes
        self._runs = 0

    def once(self, disk: Disk) -> float:
        """Fetch everything and return the seconds that it took."""
        self._runs += 1
        folder = self._bench.folder / f"{self._peer.name.partition(',')[0]}-{self._runs}"
        folder.mkdir()
        command = self._peer.command(self._mailboxes.new(), folder)
        env = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C", **disk.env}
        began = time.perf_counter()
        subprocess.run(command, env=env, check=True, capture_output=True, timeout=TIMEOUT)
        spent = time.perf_counter() - began
        if self._peer.mails(folder) != self._mailboxes.many:
            raise RuntimeError(f"{self._peer.name} has taken {self._peer.mails(folder)} messages")
        return spent


Seconds = dict[str, list[float]]
ACCEPTED, UNPACKED = "mailgate, {}, accepted", "mailgate, {}, accepted and unpacked"


def variants_of(bench: Bench, dovecot: Dovecot, many: int) -> dict[str, Fetch | Other]:
    """Return everything that is measured."""
    mailboxes = Mailboxes(dovecot, [bench.post.text().data for _ in range(many)])
    password = bench.folder / "password"
    password.write_text(f"{PASSWORD}\n")
    password.chmod(0o600)
    for_peers = bench.folder / "password-of-peers"
    for_peers.write_text(password.read_text())
    accepting = bench.full.copy(bench.folder / "fetching")
    (accepting.packages / "mailgate" / "gateway" / "unpack_group.py").write_text(_NO_UNPACK)
    accepting.compile()
    variants: dict[str, Fetch | Other] = {
        name.format(protocol.upper()): Fetch(bench, installation, protocol, mailboxes)
        for protocol in ("imap", "pop3")
        for name, installation in ((ACCEPTED, accepting), (UNPACKED, bench.full))
    }
    for peer in (kind(dovecot, for_peers) for kind in PEERS):
        if peer.is_there():
            variants[peer.name] = Other(bench, peer, mailboxes)
        else:
            print(f"{peer.name}: not installed, not measured")
    return variants


def measure(bench: Bench, variants: dict[str, Fetch | Other], rounds: int, disk: Disk) -> Seconds:
    """Run everything once in each round; return the seconds of all rounds."""
    seconds: Seconds = {name: [] for name in variants}
    for _ in range(rounds):
        for name in bench.chance.sample(sorted(variants), len(variants)):
            seconds[name].append(variants[name].once(disk))
    return seconds


def show(seconds: Seconds, many: int) -> None:
    """Print how long each took."""
    print(f"{'':42} s (least - most)         messages/s")
    for label, spent in seconds.items():
        middle = median(spent)
        spread = f"{middle:6.2f} ({min(spent):.2f} - {max(spent):.2f})"
        print(f"{label:42} {spread:24} {many / middle:8.0f}")


def compare(bench: Bench, seconds: Seconds, *, promised: bool) -> None:
    """Compare with the programs that were there, and judge it where that is ``promised``."""
    for what, ours, other, least in (
        ("IMAP accepted, x mbsync", ACCEPTED.format("IMAP"), "mbsync, IMAP", 1.5),
        ("IMAP accepted and unpacked, x getmail6", UNPACKED.format("IMAP"), "getmail6, IMAP", 10),
        ("POP3 accepted, x mpop", ACCEPTED.format("POP3"), "mpop, POP3", 1),
    ):
        if other in seconds:
            pairs = zip(seconds[other], seconds[ours], strict=True)
            ratio = median(theirs / own for theirs, own in pairs)
            if promised:
                bench.promise(what, least, ratio, least=True)
            else:
                print(f"       {what:58} {'':14} is {ratio:.2f}")


def fetching(bench: Bench) -> None:
    """Fetch by every program in turns."""
    many, rounds = (2000, 5) if bench.sizes is FULL else (500, 3)
    with tempfile.TemporaryDirectory(prefix="mailgate-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("certificates", "dovecot"):
            (folder / part).mkdir()
        certificates = Certificates(folder / "certificates")
        with Dovecot(folder / "dovecot", certificates) as dovecot:
            variants = variants_of(bench, dovecot, many)
            slow = slower(bench.folder, FLUSH_SECONDS)
            for disk in [AS_IT_IS] if slow is None else [AS_IT_IS, slow]:
                seconds = measure(bench, variants, rounds, disk)
                print(f"\n{many} messages of 5 KB, {rounds} runs each, {disk.name}")
                show(seconds, many)
                compare(bench, seconds, promised=disk is AS_IT_IS)


def main() -> int:
    """Measure, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="500 messages, 3 rounds")
    given = parser.parse_args()
    if os.geteuid() != 0:
        print("fetching: not measured, Dovecot needs root")
        return 0
    with tempfile.TemporaryDirectory(prefix="mailgate-bench-") as name:
        Path(name).chmod(0o755)
        bench = Bench(Path(name), QUICK if given.quick else FULL, seed=1)
        print("\n".join(machine(bench)))
        fetching(bench)
        print(f"\nload: {' '.join(f'{load:.2f}' for load in os.getloadavg())}")
    return 1 if bench.broken else 0


if __name__ == "__main__":
    sys.exit(main())
