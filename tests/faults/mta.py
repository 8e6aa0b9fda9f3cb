"""A mail server in a nutshell: it keeps each message and hands it over again until it is taken."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from faults.installation import ALIASES, DOMAIN, Installation, environment
from faults.mails import Mail, Post

TEMPORARY = 75
MAX_LINE = 200
RECIPIENTS = tuple(f"{name}@{DOMAIN}" for name in ALIASES)
CHECKPOINT_ALWAYS = "mailgate.gateway.deliver.CHECKPOINT_BYTES=65536"
_PATIENCE = 6


class Attempt:
    """How one hand-over ended: exit status (negative: killed by that signal) and output."""

    __slots__ = ("said", "seconds", "status", "told")

    def __init__(self, status: int, said: bytes, told: bytes, seconds: float) -> None:
        self.status = status
        self.said = said
        self.told = told
        self.seconds = seconds


class Task:
    """A message on its way: the mail, its recipients, and the id it answers, if any."""

    __slots__ = ("answers", "mail", "recipients")

    def __init__(self, mail: Mail, recipients: tuple[str, ...], answers: str | None) -> None:
        self.mail = mail
        self.recipients = recipients
        self.answers = answers


class Fault:
    """What happens to one attempt: variables for the driver, or a signal after some seconds.

    ``victim`` is whom the signal hits: the ``worker``, the ``front``, or the whole ``group``.
    ``injection`` is what strace(1) does to the system calls on the files of the database.
    """

    __slots__ = ("after", "injection", "name", "variables", "victim")

    def __init__(
        self,
        name: str,
        variables: dict[str, str],
        after: float = 0.0,
        victim: str = "",
        injection: str = "",
    ) -> None:
        self.name = name
        self.variables = variables
        self.after = after
        self.victim = victim
        self.injection = injection

    @property
    def kills(self) -> bool:
        """Whether this is a SIGKILL."""
        return bool(self.victim) or self.name.endswith((":kill", ":parent", ":signal=KILL"))


def at_step(step: str, action: str) -> Fault:
    """Return the fault by which the driver breaks a delivery at a step."""
    variables = {"FAULT": f"{step}:{action}"}
    if step.endswith("-checkpoint"):
        variables["SETTINGS"] = CHECKPOINT_ALWAYS
    return Fault(f"{step}:{action}", variables)


def at_call(call: str, number: int, action: str) -> Fault:
    """Return a fault at a system call of that number on the database: an error, or a SIGKILL."""
    name = f"{call}-{number}:{action}"
    settings = {"SETTINGS": CHECKPOINT_ALWAYS}
    return Fault(name, settings, injection=f"{call}:{action}:when={number}")


def at_random(chance: random.Random, longest: float) -> Fault:
    """Return a SIGKILL at a random moment, of a delivery that may end in a checkpoint."""
    victim = chance.choice(("worker", "worker", "group", "front"))
    settings = chance.choice(({}, {"SETTINGS": CHECKPOINT_ALWAYS}))
    return Fault(f"random:{victim}", settings, chance.uniform(0.001, longest), victim)


def hand_over(
    installation: Installation,
    database: Path,
    mail: Mail,
    recipients: Iterable[str],
    fault: Fault | None = None,
    *,
    front: bool = True,
) -> Attempt:
    """Run the command for one message, as an MTA does, with or without a fault."""
    program = [str(installation.front)] if front else installation.worker
    if fault and fault.injection:
        program = [*_strace(fault.injection, database), *program]
    started = time.monotonic()
    process = subprocess.Popen(
        [*program, "-f", mail.sender, "--", *recipients],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(database, **(fault.variables if fault else {})),
        start_new_session=True,
    )
    if fault and fault.victim:
        timer = threading.Timer(fault.after, _kill, (process, fault.victim))
        timer.start()
    told, said = process.communicate(mail.data, timeout=120)
    if fault and fault.victim:
        timer.cancel()
        timer.join()
    return Attempt(process.returncode, said, told, time.monotonic() - started)


def _strace(injection: str, database: Path) -> list[str]:
    call = injection.partition(":")[0]
    files = [part for end in ("", "-wal") for part in ("-P", f"{database}{end}")]
    quiet = ["strace", "-f", "-qqq", "-o", os.devnull, *files]
    return [*quiet, "-e", f"trace={call}", "-e", f"inject={injection}"]


def _kill(process: subprocess.Popen[bytes], victim: str) -> None:
    """Kill a process that we started and that was not waited for yet."""
    if process.returncode is not None:
        return
    try:
        if victim == "group":
            os.killpg(process.pid, signal.SIGKILL)
        elif victim == "front":
            process.kill()
        else:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            for child in children.split():
                os.kill(int(child), signal.SIGKILL)
    except (ProcessLookupError, FileNotFoundError):
        return


def complaint(attempt: Attempt) -> str | None:
    """Return what is wrong with the one line of a deferred message, or None."""
    line = attempt.said
    if attempt.status == 0:
        return f"taken, but said {line!r}" if line else None
    if attempt.status < 0:
        return None
    if len(line) > MAX_LINE or line.count(b"\n") != 1 or not line.endswith(b"\n"):
        return f"not one line of {MAX_LINE} bytes: {line!r}"
    return None if line[:2] == b"4." and line[3:4] == b"." else f"no status 4.x.x: {line!r}"


class Queue:
    """Sends generated mail and remembers what was accepted and what went wrong.

    ``accepted`` holds the task and recipient of every acknowledged delivery, ``violations`` one
    line for each broken promise, ``endings`` how often the attempts ended how.
    """

    def __init__(
        self, installation: Installation, database: Path, seed: int, *, front: bool = True
    ) -> None:
        self.installation = installation
        self.database = database
        self.front = front
        self.chance = random.Random(seed)
        self.post = Post(seed)
        self.accepted: list[Task] = []
        self.violations: list[str] = []
        self.endings: Counter[str] = Counter()
        self.kills = 0
        self._lock = threading.Lock()

    def run(self, faults: Iterable[Fault], workers: int = 3) -> None:
        """Send one message for each fault, by several workers at once, until all are taken."""
        waiting = iter(list(faults))

        def work() -> None:
            while True:
                with self._lock:
                    fault = next(waiting, None)
                    task = self._write() if fault else None
                if fault is None or task is None:
                    return
                self._send(task, fault)

        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _write(self) -> Task:
        if self.accepted and self.chance.random() < 0.3:
            parent = self.chance.choice(self.accepted)
            if parent.answers is None and len(parent.recipients) == 1:
                answered = parent.mail.message_id
                return Task(self.post.text(answers=answered), parent.recipients, answered)
        count = 2 if self.chance.random() < 0.25 else 1
        return Task(self.post.text(), tuple(self.chance.sample(RECIPIENTS, count)), None)

    def _send(self, task: Task, fault: Fault) -> None:
        for number in range(_PATIENCE):
            attempt = hand_over(
                self.installation,
                self.database,
                task.mail,
                task.recipients,
                None if number else fault,
                front=self.front,
            )
            with self._lock:
                self._note(attempt, fault, number)
                if attempt.status == 0:
                    self.accepted.append(task)
                    return
                if attempt.status not in (TEMPORARY,) and attempt.status > 0:
                    return
        with self._lock:
            self.violations.append(f"{fault.name}: never taken in {_PATIENCE} attempts")

    def _note(self, attempt: Attempt, fault: Fault, number: int) -> None:
        self.endings[str(attempt.status) if number == 0 else f"retry {attempt.status}"] += 1
        if number == 0 and fault.kills and (attempt.status or "-child" in fault.name):
            self.kills += 1
        if attempt.status > 0 and attempt.status != TEMPORARY:
            self.violations.append(f"{fault.name}: status {attempt.status}: the MTA bounces it")
        elif attempt.status < 0 and self.front and fault.victim not in ("front", "group"):
            self.violations.append(f"{fault.name}: the front died of {-attempt.status}")
        elif number and attempt.status:
            self.violations.append(f"{fault.name}: the retry failed: {attempt.said!r}")
        wrong = complaint(attempt) if self.front else None
        if wrong:
            self.violations.append(f"{fault.name}: {wrong}")
