"""Mail that is to leave its folder leaves it, whatever happened between taking and marking."""

from __future__ import annotations

from pathlib import Path

import pytest
from gateway.fetching import Fetching
from gateway.house import House, letter
from gateway.twin import Broken, Store


@pytest.fixture
def fetching(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetching:
    """A house whose clock stands at 2026-11-22T17:00:00Z."""
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-22T17:00:00Z")
    return Fetching(house, tmp_path)


@pytest.fixture
def box(fetching: Fetching) -> Store:
    """The mailbox of an IMAP server named box."""
    return fetching.server()


@pytest.mark.parametrize("after", ["delete", "move:Done"])
def test_what_was_taken_and_not_marked_leaves_though_a_person_has_read_it(
    fetching: Fetching, box: Store, after: str
) -> None:
    """So does what was marked as deleted and not expunged: neither is listed as unread."""
    fetching.set(after=after)
    uid = box.add(letter("1@x.org"))
    box.broken = Broken(marks=True)
    assert "error" in fetching.fetch(box)
    box.read(uid)
    box.broken = Broken()
    assert fetching.fetch(box) == {}
    assert box.uids() == []
    assert fetching.remembered() == {}


def test_a_server_that_can_neither_move_nor_expunge_is_told_once(
    fetching: Fetching, box: Store
) -> None:
    """What it has marked as deleted is there, but was copied already."""
    fetching.set(after="move:Done")
    box.broken = Broken(keeps=True)
    for number in range(3):
        box.add(letter(f"{number}@x.org", author=f"a{number}@x.org"))
    assert fetching.fetch(box) == {"read": 3, "created": 3}
    assert fetching.fetch(box) == {}
    assert fetching.fetch(box) == {}
    assert box.rows("SELECT count(*) FROM mail WHERE folder = 'Done'") == [(3,)]
    assert fetching.remembered() == {}


def test_a_server_that_refuses_to_mark_what_is_gone_is_no_error(
    fetching: Fetching, box: Store
) -> None:
    fetching.set(after="delete")
    box.add(letter("1@x.org"))
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    box.broken = Broken(marks=True)
    assert fetching.fetch(box) == {}
    assert fetching.remembered() == {}
