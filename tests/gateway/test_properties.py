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
TAKEN = {"created", "replied", "report", "held"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with conversations."""
    folder = tmp_path_factory.mktemp("template")
    worlds.furnish(folder)
    return folder


def compared(recipient: dict[str, Any]) -> str:
    """Return an outcome; the catchall's may differ, since it may know less in a call of its own."""
    return "catchall" if recipient["rule"] == "catchall" else str(recipient["outcome"])


def sent(house: House, *, strict: bool) -> list[tuple[Any, ...]]:
    """Return what goes out, but the notices that depend on the call by contract.

    The catchall may know less in a call of its own, and one exit code for all needs a notice of
    each rejection.
    """
    return [r for r in worlds.outbox(house, strict=strict) if r[1] not in ("no-route", "catchall")]


def told(said: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what became of a message, whichever of its addresses brought it into a record."""
    taken = {"created": "taken", "replied": "taken", "duplicate": "taken"}
    return sorted((taken.get(c, c), r["address"]) for r in said for c in [compared(r)])


@QUICK
@given(worlds.steps(), worlds.letters(), st.randoms())
def test_one_call_and_one_call_each_in_any_order_leave_the_same(
    template: Path, changes: list[Step], of: Letter, random: Any
) -> None:
    with worlds.built(template, changes) as folder:
        with copy_of(folder) as house:
            together = deliver(house, of, *of.recipients)
            whole, others = worlds.records(house, strict=True), rest(house)
            out, everything = sent(house, strict=False), worlds.outbox(house, strict=True)
            again = deliver(house, of, *of.recipients)
            assert not {r["outcome"] for r in again["recipients"]} & TAKEN
            assert (worlds.records(house, strict=True), rest(house)) == (whole, others)
            assert worlds.outbox(house, strict=True) == everything
        wanted = [compared(r) for r in together["recipients"]]
        with copy_of(folder) as house:
            each = [deliver(house, of, recipient) for recipient in of.recipients]
            assert [compared(one["recipients"][0]) for one in each] == wanted
            assert (worlds.records(house, strict=True), rest(house)) == (whole, others)
            assert sent(house, strict=False) == out
        shuffled = list(of.recipients)
        random.shuffle(shuffled)
        with copy_of(folder) as house:
            said = [deliver(house, of, recipient)["recipients"][0] for recipient in shuffled]
            assert told(said) == told(together["recipients"])
            assert (worlds.records(house, strict=True), rest(house)) == (whole, others)
            assert sent(house, strict=False) == out
