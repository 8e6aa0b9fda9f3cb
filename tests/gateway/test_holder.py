"""Who holds a letter: a living process is told from a dead one, and nothing is guessed."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from mailgate.gateway import holder

PROGRAM = "from mailgate.gateway import holder; print(holder.new(), flush=True); input()"


def parts(name: str) -> list[str]:
    return name.split(":")


def changed(place: int, value: str) -> str:
    """Return a holder like one of this process, but for one part."""
    found = parts(holder.new())
    found[place] = value
    return ":".join(found)


def test_this_process_is_alive_and_each_run_has_its_own_name() -> None:
    first, second = holder.new(), holder.new()
    assert first != second
    assert not holder.is_dead(first)


def test_a_process_is_dead_when_it_ended_or_only_waits_to_be_collected() -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
    ) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert not holder.is_dead(name)
        process.kill()
        until = time.monotonic() + 10
        while not holder.is_dead(name) and time.monotonic() < until:
            time.sleep(0.01)
        assert holder.is_dead(name)
    assert holder.is_dead(name)


def test_another_process_with_the_same_number_is_another() -> None:
    assert holder.is_dead(changed(4, "1"))


def test_a_process_of_an_earlier_boot_of_this_machine_is_dead() -> None:
    if parts(holder.new())[0] == "-":
        assert not holder.is_dead(changed(1, "earlier"))
    else:
        assert holder.is_dead(changed(1, "earlier"))


@pytest.mark.parametrize("place", [0, 2], ids=["machine", "container"])
def test_a_process_elsewhere_cannot_be_told_to_be_dead(place: int) -> None:
    elsewhere = parts(changed(place, "elsewhere"))
    elsewhere[3] = str(2**22 + 1)
    assert not holder.is_dead(":".join(elsewhere))


@pytest.mark.parametrize("name", ["", "x", "a:b:c:d:e:f", "::::::", "-:-:-:1:-:x"])
def test_what_is_no_holder_of_ours_is_not_dead(name: str) -> None:
    """Its time will be over."""
    assert not holder.is_dead(name)
