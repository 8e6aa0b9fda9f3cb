"""What sending costs: 1,000 notifications flushed, against smtplib with the same letters.

Both send over one connection to the same server on the loopback, in turns. smtplib is handed
letters that are ready, and notes nothing; a flush reads them from the database, and notes the
result of each before it sends the next, so that it outlives the process. With a flush of the disk
after each letter smtplib shows what noting alone could cost.
"""

from __future__ import annotations

import os
import pwd
import shutil
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from zlib import compress

from benchmarks.stand import Bench
from mailgate.channels.smtp import Smtp
from mailgate.channels.smtp_session import Settings
from mailgate.gateway.flush import flush
from mailgate.store.sqlite import open_database

LETTERS = 1000
SENDER = "bounce@example.com"
_SINK = Path(__file__).with_name("sink.py")
_LETTER = (
    "INSERT INTO outbox (id, kind, about, message_id, message, sender, recipient, subject, digest,"
    " at, head) VALUES (?, 'notification', '', '', 1, ?, ?, '', ?, 1, ?)"
)
_NOTIFICATION = "INSERT INTO notification (message, recipient, outbox, at) VALUES (1, ?, ?, 1)"
_ANEW = (
    "UPDATE outbox SET status = 'queued'",
    "UPDATE notification SET status = 'ready'",
    "PRAGMA wal_checkpoint(TRUNCATE)",
)


class Letters:
    """The letters of one run, as they are on the wire, and in a database."""

    def __init__(self, bench: Bench) -> None:
        self.database = bench.database("sending")
        mails = [bench.post.text() for _ in range(LETTERS)]
        self.ready = [(mail.sender, mail.data.replace(b"\n", b"\r\n")) for mail in mails]
        with closing(sqlite3.connect(self.database)) as connection, connection:
            for number, mail in enumerate(mails, 1):
                head, blank, body = mail.data.partition(b"\n\n")
                digest = blake2b(mail.data, digest_size=32).digest()
                connection.execute(
                    "INSERT INTO original VALUES (?, 0, ?)",
                    (digest, compress(b"Subject: old" + blank + body, 1)),
                )
                connection.execute(_LETTER, (number, SENDER, mail.sender, digest, head + blank))
                connection.execute(_NOTIFICATION, (mail.sender, number))

    def flush(self, port: int) -> float:
        """Send them as ``outbox flush`` does, and return the seconds."""
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            for statement in _ANEW:
                connection.execute(statement)
        with closing(open_database(str(self.database))) as database:
            started = time.perf_counter()
            done = flush(database, Smtp(Settings("127.0.0.1", port, helo="bench.test")))
            spent = time.perf_counter() - started
        if done.sent != LETTERS:
            raise AssertionError(f"{done.sent} of {LETTERS} letters were sent")
        return spent

    def smtplib(self, port: int) -> float:
        """Send them with the standard library, and return the seconds."""
        return self._smtplib(port, lambda: None)

    def noting(self, port: int) -> float:
        """The same, with the least that would keep what was sent."""
        with self.database.with_name("noted").open("wb", buffering=0) as file:

            def note() -> None:
                file.write(b"x" * 8192)
                os.fdatasync(file.fileno())

            return self._smtplib(port, note)

    def _smtplib(self, port: int, note: Callable[[], None]) -> float:
        started = time.perf_counter()
        with smtplib.SMTP("127.0.0.1", port, "bench.test") as client:
            for recipient, data in self.ready:
                client.sendmail(SENDER, [recipient], data, ["BODY=8BITMIME"])
                note()
        return time.perf_counter() - started


def flushing(bench: Bench) -> None:
    """Letters a second, to each server there is."""
    letters = Letters(bench)
    rows: dict[str, Callable[[int], float]] = {
        "smtplib": letters.smtplib,
        "smtplib, disk flushed after each": letters.noting,
        "outbox flush": letters.flush,
    }
    turns = max(2, bench.sizes.deliveries // 200)
    print(f"\n{LETTERS} letters of 5 KB, {turns} turns            letters a second")
    for name, command in _servers().items():
        spent = dict.fromkeys(rows, 0.0)
        with _serving(command) as port:
            for _ in range(turns):
                for row in bench.chance.sample(sorted(rows), len(rows)):
                    spent[row] += rows[row](port)
        for row, seconds in spent.items():
            print(f"{f'{name}: {row}':48} {turns * LETTERS / seconds:8.0f}")
        ratio = spent["smtplib"] / spent["outbox flush"]
        bench.promise(f"letters a second to {name}, x smtplib", 1, ratio, least=True)


def _servers() -> dict[str, list[str]]:
    """Return the commands of servers, to which the port is added: a small one, and Postfix's."""
    found = {"a small server": [sys.executable, str(_SINK)]}
    sink = shutil.which("smtp-sink", path=os.defpath + ":/usr/sbin:/usr/local/sbin")
    if sink is not None:
        user = ["-u", "nobody"] if os.geteuid() == 0 and _exists("nobody") else []
        found["smtp-sink"] = [sink, *user]
    return found


def _exists(user: str) -> bool:
    return user in {entry.pw_name for entry in pwd.getpwall()}


@contextmanager
def _serving(command: list[str]) -> Iterator[int]:
    """Run a server and give its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    words = [f"127.0.0.1:{port}", "100"]
    process = subprocess.Popen([*command, *words], stdout=subprocess.DEVNULL)
    try:
        _await(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await(port: int) -> None:
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the server does not start")
