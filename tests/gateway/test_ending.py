"""How runs end: what is remembered, how long the next one waits, and who is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gateway.fetching import Fetching
from gateway.house import House, letter
from gateway.twin import Broken, Store

from mailgate.clock import iso
from mailgate.gateway.administration.domains import DomainOptions, set_domain
from mailgate.gateway.fetch import ending, several
from mailgate.store import originals

START = 1_795_366_800


@pytest.fixture
def fetching(house: House, tmp_path: Path) -> Fetching:
    return Fetching(house, tmp_path)


@pytest.fixture
def box(fetching: Fetching) -> Store:
    """A mailbox that lets nobody in; the domain has a contact."""
    with fetching.house.change() as change:
        set_domain(change, "example.com", DomainOptions(contact="boss@example.org"))
    store = fetching.server()
    store.broken = Broken(login=True)
    return store


class Days:
    """Runs at chosen times."""

    def __init__(self, fetching: Fetching, store: Store, patch: pytest.MonkeyPatch) -> None:
        self.fetching = fetching
        self.store = store
        self.patch = patch

    def run(self, seconds: int) -> dict[str, Any]:
        """Fetch so many seconds after the start."""
        self.patch.setenv("MAILGATE_NOW", iso(START + seconds))
        return self.fetching.fetch(self.store)

    def letters(self) -> list[tuple[Any, ...]]:
        """Return (sender, recipient, subject) of what waits to be sent."""
        return self.fetching.house.rows("SELECT sender, recipient, subject FROM outbox")

    def next_run(self) -> int | None:
        """Return how many seconds after the start the next run may be."""
        (due,) = [due for (due,) in self.fetching.house.rows("SELECT next_run FROM server")]
        return None if due is None else int(due) - START


@pytest.fixture
def days(fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch) -> Days:
    return Days(fetching, box, monkeypatch)


def test_an_error_is_remembered_and_a_success_forgets_it(days: Days) -> None:
    days.run(0)
    days.run(60)
    house = days.fetching.house
    columns = "SELECT last_run, last_success, last_error, consecutive_errors FROM server"
    assert house.rows(columns) == [
        (START + 60, None, "twin: user and password are not accepted", 2)
    ]
    days.store.broken = Broken()
    days.run(120)
    assert house.rows(columns) == [(START + 120, START + 120, None, 0)]


def test_two_errors_cost_no_wait_and_more_of_them_twice_as_long_each_time() -> None:
    waits = [ending.wait_after(errors) for errors in range(1, 30)]
    assert waits[:5] == [0, 0, 600, 1200, 2400]
    assert waits[-1] == max(waits) == 4 * 3600


def test_a_server_that_waits_is_skipped_unless_it_is_named(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in (0, 60, 120):
        days.run(seconds)
    assert days.next_run() == 720
    path = days.fetching.house.path
    ((_, why),) = several.chosen(path, ())
    assert why is not None
    assert iso(START + 720) in why
    assert [why for _, why in several.chosen(path, ("box",))] == [None]
    monkeypatch.setenv("MAILGATE_NOW", iso(START + 720))
    assert [why for _, why in several.chosen(path, ())] == [None]


def test_mail_that_is_read_but_cannot_be_marked_is_told_and_does_not_wait(days: Days) -> None:
    days.store.broken = Broken(marks=True)
    days.store.add(letter("1@x.org"))
    for seconds in (0, 60, 120, 180):
        assert "read-only" in days.run(seconds)["error"]
    assert days.next_run() is None
    assert len(days.letters()) == 1


def test_to_enable_a_server_ends_its_wait(days: Days) -> None:
    for seconds in (0, 60, 120):
        days.run(seconds)
    days.fetching.set(port=1993)
    assert days.next_run() is None


def test_a_person_is_told_from_the_third_error_on_and_once_a_day(days: Days) -> None:
    days.run(0)
    days.run(60)
    assert days.letters() == []
    for seconds in (120, 180, 3600, 86400):
        days.run(seconds)
    told = ("", "boss@example.org", "Mail of box cannot be fetched")
    assert days.letters() == [told]
    days.run(120 + 86400)
    assert days.letters() == [told, told]


def test_the_letter_says_what_is_wrong_and_what_to_do_but_no_secret(days: Days) -> None:
    for seconds in (0, 60, 120):
        days.run(seconds)
    house = days.fetching.house
    data = b"".join(
        originals.chunks(house.gateway.database.connection, house.one("SELECT digest FROM outbox"))
    ).decode()
    assert "user and password are not accepted" in data
    assert "mailgate server test box" in data
    assert "Auto-Submitted: auto-generated" in data
    assert "From: mailgate <bounce@example.com>" in data
    assert "secret" not in data


def test_after_a_success_a_new_failure_is_told_anew(days: Days) -> None:
    for seconds in (0, 60, 120):
        days.run(seconds)
    days.store.broken = Broken()
    days.run(180)
    days.store.broken = Broken(login=True)
    for seconds in (240, 300, 360):
        days.run(seconds)
    assert len(days.letters()) == 2


def test_without_a_contact_nobody_is_told_and_the_error_stays(days: Days) -> None:
    with days.fetching.house.change() as change:
        set_domain(change, "example.com", DomainOptions(contact=""))
    for seconds in (0, 60, 120):
        days.run(seconds)
    assert days.letters() == []
    assert days.fetching.house.one("SELECT alarmed_at FROM server") is None
