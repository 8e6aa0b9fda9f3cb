"""Whatever breaks a delivery, every message ends in exactly one place, and nothing is half."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from faults import mutants, runs
from faults.installation import Installation
from faults.runs import Run

Check = Callable[[Run], None]
KILLS = 70


def test_a_delivery_broken_at_each_step_and_at_random_is_done_once_by_the_retry(
    driven: Installation, database: Path, holds: Check
) -> None:
    holds(runs.kills(driven, database, 1, runs.some_steps(), KILLS))


@pytest.mark.root
def test_a_system_call_that_fails_or_kills_defers_and_the_retry_does_it_once(
    driven: Installation, database: Path, holds: Check
) -> None:
    holds(runs.kills(driven, database, 6, runs.some_calls()))


def test_a_message_handed_over_by_eight_processes_at_once_makes_one_record(
    driven: Installation, database: Path, holds: Check
) -> None:
    holds(runs.same_message(driven, database, 2, 2))


@pytest.mark.root
def test_a_loss_of_power_at_any_moment_loses_nothing_that_was_acknowledged(
    driven: Installation, database: Path, tmp_path: Path, holds: Check
) -> None:
    holds(runs.power_loss(driven, database, tmp_path / "power", 3, 8, 200))


def test_checkpoints_of_many_deliveries_at_once_do_no_harm(
    driven: Installation, database: Path, holds: Check
) -> None:
    holds(runs.checkpoints(driven, database, 4, 40))


def named(names: Iterable[str], run: Callable[[str], str]) -> list[ParameterSet]:
    """Return parameters; those whose run needs strace(1), which root installs, need root."""
    power = pytest.mark.root
    return [pytest.param(name, marks=power if run(name) == "power" else ()) for name in names]


@pytest.mark.parametrize("name", named(mutants.MUTANTS, lambda name: mutants.MUTANTS[name][0]))
def test_the_run_finds_the_mutant(
    name: str, driven: Installation, database: Path, tmp_path: Path
) -> None:
    run, alter = mutants.MUTANTS[name]
    copy = driven.copy(tmp_path / "mutant")
    alter(copy)
    assert mutants.try_out(copy, database, run, tmp_path / "power").violations


@pytest.mark.parametrize(
    "run", named(sorted({run for run, _ in mutants.MUTANTS.values()}), lambda run: run)
)
def test_the_run_that_finds_mutants_finds_nothing_in_an_unaltered_copy(
    run: str, driven: Installation, database: Path, tmp_path: Path
) -> None:
    copy = driven.copy(tmp_path / "copy")
    assert mutants.try_out(copy, database, run, tmp_path / "power").violations == []
