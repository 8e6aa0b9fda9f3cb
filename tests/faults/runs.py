"""The fault runs, in any size: each returns one line of counts and one for each broken promise."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle
from pathlib import Path

from faults import oracle
from faults.driver import ACTIONS, CHILD_ACTIONS, CHILD_STEPS, STEPS
from faults.installation import Installation
from faults.mails import Post
from faults.mta import (
    CHECKPOINT_ALWAYS,
    RECIPIENTS,
    Attempt,
    Fault,
    Queue,
    Task,
    at_call,
    at_random,
    at_step,
    hand_over,
)
from faults.power import Recording

AT_ONCE = 8
"""Processes that deliver one message at the same time."""
AT_CALLS = ("signal=KILL", "error=EIO", "error=ENOSPC")
"""What system calls on the database are made to do."""
LONGEST = 0.25
"""Seconds within which a random kill comes."""


class Run:
    """What a run counted, and what it found broken."""

    __slots__ = ("counts", "violations")

    def __init__(self, counts: str, violations: Sequence[str]) -> None:
        self.counts = counts
        self.violations = list(violations)


def every_step() -> list[Fault]:
    """Return every fault the driver can make: each action at each step."""
    faults = [at_step(step, action) for step in STEPS for action in ACTIONS]
    faults += [at_step(step, action) for step in CHILD_STEPS for action in CHILD_ACTIONS]
    numbers = {"pwrite64": range(1, 60, 2), "fdatasync": range(1, 7), "ftruncate": range(1, 3)}
    return faults + [
        at_call(call, number, action)
        for call, chosen in numbers.items()
        for number in chosen
        for action in AT_CALLS
    ]


def some_steps() -> list[Fault]:
    """Return a kill at every step, and one other action there, a different one each time."""
    others, others_in_child = cycle(ACTIONS[1:]), cycle(CHILD_ACTIONS[1:])
    faults = [at_step(step, action) for step in STEPS for action in ("kill", next(others))]
    return faults + [
        at_step(step, action) for step in CHILD_STEPS for action in ("kill", next(others_in_child))
    ]


def some_calls() -> list[Fault]:
    """Return faults at a few system calls on the files of the database."""
    calls = (("pwrite64", 2), ("pwrite64", 20), ("fdatasync", 1), ("fdatasync", 2))
    return [at_call(call, number, action) for call, number in calls for action in AT_CALLS]


def kills(
    installation: Installation,
    database: Path,
    seed: int,
    faults: Sequence[Fault],
    at_least: int = 0,
    *,
    front: bool = True,
    progress: Callable[[str], None] = lambda line: None,
) -> Run:
    """Break deliveries at each step, then at random until ``at_least`` kills have hit."""
    queue = Queue(installation, database, seed, front=front)
    queue.run(faults)
    progress(f"each step: {queue.kills} kills, {len(queue.violations)} violations")
    chance = random.Random(seed)
    while queue.kills < at_least:
        missing = at_least - queue.kills
        queue.run([at_random(chance, LONGEST) for _ in range(max(4, min(100, missing)))])
        progress(f"and at random: {queue.kills} kills, {len(queue.violations)} violations")
    queue.violations += oracle.violations(database, queue.accepted)
    queue.violations += oracle.unpack_rest(installation, database)
    endings = ", ".join(f"{count} x {status}" for status, count in sorted(queue.endings.items()))
    return Run(
        f"{queue.kills} kills in {sum(queue.endings.values())} attempts at"
        f" {len(queue.accepted)} messages ({endings})",
        queue.violations,
    )


def same_message(installation: Installation, database: Path, seed: int, messages: int) -> Run:
    """Hand each message over by eight processes at once; ``installation`` has the driver."""
    post, wrong, tasks = Post(seed), list[str](), list[Task]()
    pause = {"FAULT": "after-gather:pause"}
    for _ in range(messages):
        mail = post.text()
        tasks.append(Task(mail, RECIPIENTS[:1], None))
        attempts = at_once(
            AT_ONCE,
            lambda mail=mail: hand_over(  # type: ignore[misc]
                installation, database, mail, RECIPIENTS[:1], Fault("pause", pause)
            ),
        )
        statuses = Counter(attempt.status for attempt in attempts)
        if statuses != {0: AT_ONCE}:
            wrong.append(f"{mail.message_id}: statuses {dict(statuses)}: {attempts[-1].said!r}")
        outcomes = _outcomes(database, mail.message_id)
        if outcomes != {"created": 1, "duplicate": AT_ONCE - 1}:
            wrong.append(f"{mail.message_id}: {dict(outcomes)}")
    wrong += oracle.violations(database, tasks)
    return Run(f"{messages} messages, each by {AT_ONCE} processes at once", wrong)


def at_once(count: int, deliver: Callable[[], Attempt]) -> list[Attempt]:
    """Run a delivery that many times at the same time."""
    with ThreadPoolExecutor(count) as pool:
        return [waiting.result() for waiting in [pool.submit(deliver) for _ in range(count)]]


def _outcomes(database: Path, identifier: str) -> Counter[str]:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT outcome FROM journal WHERE message_id = ?", (identifier,)
        ).fetchall()
    return Counter(outcome for (outcome,) in rows)


def power_loss(
    installation: Installation, database: Path, folder: Path, seed: int, mails: int, images: int
) -> Run:
    """Record deliveries, and look into images of the disk; ``installation`` has the driver."""
    recording = Recording(folder, installation, database)
    recording.record(mails, seed)
    wrong = []
    if recording.acknowledged != mails:
        wrong.append(f"{recording.acknowledged} of {mails} deliveries were acknowledged")
    looked, found = recording.violations(images, seed)
    return Run(
        f"{looked} images of a lost power over {mails} deliveries"
        f" and {len(recording.operations)} system calls",
        wrong + found,
    )


def checkpoints(installation: Installation, database: Path, seed: int, messages: int) -> Run:
    """Deliver by eight processes at once, each of which ends in a checkpoint."""
    queue = Queue(installation, database, seed)
    queue.run([Fault("none", {"SETTINGS": CHECKPOINT_ALWAYS})] * messages, AT_ONCE)
    wrong = queue.violations + oracle.violations(database, queue.accepted)
    if queue.endings != {"0": messages}:
        wrong.append(f"{dict(queue.endings)}")
    return Run(f"{messages} deliveries beside each other's checkpoints", wrong)
