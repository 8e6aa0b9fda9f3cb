"""In random installations: one call is like one call for each recipient, in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gateway import worlds
from gateway.house import House
from gateway.worlds import Letter, Step, copy_of, deliver, rest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUICK = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LIMIT = " records within "
"""Stands in the reason of every verdict of a limit."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with conversations."""
    folder = tmp_path_factory.mktemp("template")
    worlds.furnish(folder)
    return folder


def compared(recipient: dict[str, Any]) -> str:
    """Return an outcome; the catchall's may differ, since it may know less in a call of its own."""
    return "catchall" if recipient["rule"] == "catchall" else str(recipient["outcome"])


def in_many_calls(said: dict[str, Any], house: House) -> list[tuple[Any, ...]]:
    """Return the notices of one call that its recipients would cause in calls of their own.

    One exit code for all needs a notice of each rejection; the catchall may know less.
    """
    rejected = {r["outcome"] for r in said["recipients"]} - {"rejected"}
    refused = any(r["outcome"] == "refused" and r["rule"] in POLICED for r in said["recipients"])
    kinds = {"no-route", "catchall"} | (set() if refused or not rejected else {"policy"})
    return [row for row in worlds.outbox(house, strict=False) if row[1] not in kinds]


POLICED = ("alias", "reply", "fallback")


@QUICK
@given(worlds.steps(), worlds.letters(), st.randoms())
def test_one_call_and_one_call_each_leave_the_same(
    template: Path, changes: list[Step], of: Letter, random: Any
) -> None:
    with worlds.built(template, changes) as folder:
        with copy_of(folder) as house:
            together = deliver(house, of, *of.recipients)
            whole, others = worlds.records(house, strict=True), rest(house, strict=True)
            loose = worlds.records(house, strict=False), rest(house, strict=False)
            sent = in_many_calls(together, house)
            everything = worlds.outbox(house, strict=True)
            again = deliver(house, of, *of.recipients)
            assert not {r["outcome"] for r in again["recipients"]} & {
                "created",
                "replied",
                "report",
                "held",
            }
            assert (worlds.records(house, strict=True), rest(house, strict=True)) == (whole, others)
            assert worlds.outbox(house, strict=True) == everything
        wanted = [compared(r) for r in together["recipients"]]
        with copy_of(folder) as house:
            each = [deliver(house, of, recipient) for recipient in of.recipients]
            assert [compared(one["recipients"][0]) for one in each] == wanted
            assert (worlds.records(house, strict=True), rest(house, strict=True)) == (whole, others)
            assert [r for r in worlds.outbox(house, strict=False) if r[1] != "catchall"] == sent
        shuffled = list(of.recipients)
        random.shuffle(shuffled)
        with copy_of(folder) as house:
            said = [deliver(house, of, recipient)["recipients"][0] for recipient in shuffled]
            if any(map(depends_on_order, [*said, *together["recipients"]])):
                return
            assert [r for r in worlds.outbox(house, strict=False) if r[1] != "catchall"] == sent
            assert (worlds.records(house, strict=False), rest(house, strict=False)) == loose


def depends_on_order(recipient: dict[str, Any]) -> bool:
    """Tell whether a verdict may differ with what came before it.

    A limit lets those pass that come first. An answer that an alias's policy refuses is a
    duplicate instead where another address brought it into the record before.
    """
    answer = recipient["rule"] == "reply" and recipient["outcome"] not in ("replied", "created")
    return answer or LIMIT in recipient["reason"]
