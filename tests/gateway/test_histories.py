"""In random histories of mail, retries and administration no message is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest
from gateway.histories import ADDRESSES, LETTERS, NAMES, Event, Ledger
from gateway.house import House
from gateway.worlds import copy_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailgate.gateway.administration.aliases import AliasOptions

NUMBER = st.integers(0, 5)
NAME = st.sampled_from(NAMES)
OPTIONS = [
    AliasOptions(model="lead"),
    AliasOptions(model="lead", acknowledge="Thank you."),
    AliasOptions(model="ticket", local_part_detection=True),
    AliasOptions(model="ticket", no_record=True),
    AliasOptions(address="new@example.com"),
    AliasOptions(address="info@example.com"),
    AliasOptions(policy="contacts"),
    AliasOptions(policy="internal", on_refusal="reject"),
    AliasOptions(policy="followers", parent=1),
    AliasOptions(policy="everyone"),
]
PARAMETERS = [
    ("mail.gateway.loop.threshold", "1"),
    ("mail.gateway.loop.threshold", "2"),
    ("mail.gateway.loop.threshold", "20"),
    ("mail.gateway.alias.threshold", "1"),
    ("mail.gateway.alias.threshold", "0"),
    ("mail.spam.header", "X-Spam-Flag: YES"),
    ("mail.spam.header", ""),
    ("mail.recipient.delimiter", ""),
    ("mail.recipient.delimiter", "+"),
    ("mail.notice.interval.minutes", "0"),
]


def event(what: str, *given: st.SearchStrategy[object]) -> st.SearchStrategy[Event]:
    """Return events of a kind."""
    return st.builds(Event, st.just(what), st.tuples(*given))


DELIVERIES = event(
    "deliver",
    st.integers(0, len(LETTERS) - 1),
    st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=3, unique=True).map(tuple),
    st.booleans(),
)
FIRST = [
    Event("deliver", (0, ("info@example.com",), False)),
    Event("deliver", (1, ("help@example.com",), False)),
]
CHANGES = st.one_of(
    event("wait", st.sampled_from([60, 3600, 86400])),
    event("delete", NUMBER),
    event("merge", NUMBER, NUMBER),
    event("close", NUMBER),
    event("alias", NAME, st.sampled_from(OPTIONS)),
    event("target", NAME, NUMBER),
    event("remove", NAME),
    event("catchall", st.sampled_from(["catchall", "reply", "new"])),
    st.sampled_from([Event("parameter", pair) for pair in PARAMETERS]),
    event(
        "block", st.sampled_from(["ann@x.org", "eve@x.org"]), st.sampled_from([True, False, False])
    ),
)
MERGE, MERGE_SAME = Event("merge", (0, 3)), Event("merge", (2, 3))
"""Of two messages by one id both stay; the same one, by an id and by a made one, stays once."""
HELD = st.one_of(
    event("release", NUMBER, st.one_of(st.none(), NAME)),
    event("retry", NUMBER),
    event("discard", NUMBER),
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which nothing has happened yet but that spam is held."""
    folder = tmp_path_factory.mktemp("template")
    house = House(folder)
    house.alias("sales@example.net")
    house.parameter("mail.spam.header", "X-Spam-Flag: YES")
    house.close()
    return folder


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.one_of(DELIVERIES, CHANGES, DELIVERIES, HELD), min_size=12, max_size=40))
@example([Event("deliver", (5, ("info@example.com", "help@example.com"), False)), MERGE])
@example([Event("deliver", (5, ("info@example.com", "help@example.com"), False)), MERGE_SAME])
def test_what_was_acknowledged_is_accounted_for_whatever_happens(
    template: Path, history: list[Event]
) -> None:
    with copy_of(template) as house:
        ledger = Ledger(house)
        for happening in [*FIRST, *history]:
            ledger.happen(happening)
