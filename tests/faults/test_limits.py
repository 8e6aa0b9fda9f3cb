"""Closed descriptors and small limits: a message is deferred, or taken whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults import oracle
from faults.causes import deferred_or_taken, letter, once, shell, variables
from faults.installation import Installation
from faults.mta import RECIPIENTS, Task


@pytest.mark.parametrize(
    "script",
    ['"$@" <&-', '"$@" < /', '"$@" < /proc/self/mem', '"$@" <&- >&- 2>&-', '"$@" 0>/dev/null'],
)
def test_a_standard_input_that_cannot_be_read_defers(
    installed: Installation, database: Path, script: str
) -> None:
    attempt = shell(script, installed, variables(database), letter())
    assert attempt.status == 75
    assert b"2>&-" in script.encode() or attempt.said.startswith(b"4.")
    once(installed, database, letter())


@pytest.mark.parametrize(
    "script", ['"$@" >&-', '"$@" > /dev/full', '"$@" >&- 2>&-', '"$@" | :', '"$@" 2> /dev/full']
)
def test_an_answer_that_cannot_be_written_does_not_undo_what_is_stored(
    installed: Installation, database: Path, script: str
) -> None:
    mail = letter()
    attempt = shell(script, installed, variables(database), mail, "--json")
    assert (attempt.status, attempt.said) == (0, b"")
    assert oracle.violations(database, [Task(mail, RECIPIENTS[:1], None)]) == []


@pytest.mark.parametrize("closed", ["2>&-", "2> /dev/full", ">&- 2>&-"])
def test_a_complaint_that_cannot_be_written_still_defers(
    installed: Installation, tmp_path: Path, closed: str
) -> None:
    attempt = shell(f'"$@" {closed}', installed, variables(tmp_path / "no.db"), letter(), "--json")
    assert attempt.status == 75


def test_too_little_memory_defers_or_takes_the_message_whole(
    installed: Installation, database: Path
) -> None:
    tasks, deferrals = [], 0
    for kilobytes in (3000, 6000, 9000, 12000, 14000, 16000, 18000, 20000, 30000, 60000):
        mail = letter(kilobytes)
        script = f'ulimit -v {kilobytes}; exec "$@"'
        if deferred_or_taken(shell(script, installed, variables(database), mail)):
            tasks.append(Task(mail, RECIPIENTS[:1], None))
        else:
            deferrals += 1
    assert tasks
    assert deferrals
    assert oracle.violations(database, tasks) == []


@pytest.mark.parametrize(
    "limit", ["-f 0", "-f 8", "-f 300", "-n 12", "-n 13", "-n 14", "-n 16", "-s 64", "-t 1"]
)
def test_any_other_limit_defers_or_takes_the_message_whole(
    installed: Installation, database: Path, limit: str
) -> None:
    mail = letter()
    attempt = shell(f'ulimit {limit}; exec "$@"', installed, variables(database), mail)
    taken = deferred_or_taken(attempt)
    assert oracle.violations(database, [Task(mail, RECIPIENTS[:1], None)] if taken else []) == []
    once(installed, database, mail)
