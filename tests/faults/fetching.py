"""Kills of ``fetch`` over mailboxes of a real Dovecot: each message is in one place, once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from faults import oracle
from faults.installation import Installation, environment
from faults.mails import Mail, Post
from faults.mta import RECIPIENTS, Task
from faults.runs import Run
from system.dovecot import PASSWORD, Dovecot

AIMED = ("before-store", "after-store", "before-delete", "before-quit", "after-quit", "after-group")
"""Steps between the commit and the end of the acknowledgement."""
SMALL = "mailgate.channels.batches.MOST_BYTES=25000"
"""Batches of five messages, so that there are many commits."""
FEWEST = 48
"""Messages that arrive at once: some batches in each mailbox."""
LONGEST = 0.7
"""Seconds within which a random kill comes."""
_PATIENCE = 300
_LAST_RUNS = 4


class Mailboxes:
    """An IMAP and a POP3 mailbox that are filled, and the servers by which they are fetched."""

    def __init__(
        self, installation: Installation, database: Path, dovecot: Dovecot, seed: int, name: str
    ) -> None:
        self.installation = installation
        self.database = database
        self.dovecot = dovecot
        self.users = {kind: f"{name}-{kind}" for kind in ("imap", "moved", "pop3")}
        self.post = Post(seed)
        self.tasks: list[Task] = []
        password = database.parent / "password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        installation.mailgate(database, "param", "set", "mail.gateway.loop.threshold", "0")
        for kind, user in self.users.items():
            protocol = "pop3" if kind == "pop3" else "imap"
            port = dovecot.pop3 if kind == "pop3" else dovecot.imap
            after = ("--after", "delete") if kind == "moved" else ()
            installation.mailgate(
                database,
                *("server", "add", kind, protocol, "localhost", "--port", str(port), "--plain"),
                *("--user", user, "--password-file", str(password), *after),
            )

    def fill(self, messages: int) -> None:
        """Let messages arrive, in all mailboxes evenly."""
        users = list(self.users.values())
        for number in range(messages):
            mail = self.post.text()
            sent = Mail(mail.message_id, mail.sender, mail.data.replace(b"\n", b"\r\n"))
            self.tasks.append(Task(sent, RECIPIENTS[:1], None))
            self.dovecot.put(users[number % len(users)], [sent.data])

    def fetch(self, kill_after: float | None = None, **variables: str) -> tuple[int, bytes]:
        """Fetch once, perhaps killed after some seconds; return exit status and what was said."""
        process = subprocess.Popen(
            [self.installation.python, "-I", "-m", "mailgate", "fetch", *self.users],
            env=environment(self.database, SETTINGS=SMALL, **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            said, _ = process.communicate(timeout=kill_after or _PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
        return process.returncode, said

    def left(self) -> list[str]:
        """Say what the mailboxes still have that they should not have."""
        wrong = []
        for kind, user in self.users.items():
            flags = list(self.dovecot.files(user).values())
            unread = [each for each in flags if "S" not in each]
            if unread if kind == "imap" else flags:
                wrong.append(f"{kind}: {len(unread)} of {len(flags)} are still there")
        return wrong


def kills(
    installation: Installation,
    database: Path,
    dovecot: Dovecot,
    seed: int,
    messages: int,
    at_least: int,
    progress: Callable[[str], None] = lambda line: None,
) -> Run:
    """Kill ``fetch`` while it reads; half of the kills come between commit and acknowledgement."""
    chance = random.Random(seed)
    boxes = Mailboxes(installation, database, dovecot, seed, f"kills{seed}")
    aimed = at_random = 0
    waiting = messages
    while aimed + at_random < at_least:
        if not boxes.tasks or _taken(database) > 0.8 * len(boxes.tasks):
            part = min(waiting, max(FEWEST, messages // at_least))
            boxes.fill(part or FEWEST)
            waiting -= part
        if aimed <= at_random:
            fault = f"{chance.choice(AIMED)}:kill"
            _, said = boxes.fetch(FAULT=fault, SKIP=str(chance.randrange(3)))
            aimed += b"ended by signal 9" in said
        else:
            status, _ = boxes.fetch(chance.uniform(0.1, LONGEST))
            at_random += status == -signal.SIGKILL
        progress(f"{aimed} aimed kills, {at_random} at random, {_taken(database)} messages taken")
    boxes.fill(waiting)
    wrong = []
    for _ in range(_LAST_RUNS):
        status, said = boxes.fetch()
        if status == 0:
            break
    else:
        wrong.append(f"the last run ends with {status}: {said.decode(errors='replace')[-300:]}")
    wrong += boxes.left()
    wrong += oracle.violations(database, boxes.tasks)
    wrong += oracle.unpack_rest(installation, database)
    return Run(
        f"{aimed} kills of fetch between commit and acknowledgement, {at_random} at random,"
        f" over {len(boxes.tasks)} messages in IMAP and POP3 mailboxes",
        wrong,
    )


def _taken(database: Path) -> int:
    return oracle.count(database, "SELECT count(*) FROM message")
