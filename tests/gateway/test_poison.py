"""Messages that break their handling: set aside whole, tried again later, never in the way."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from gateway.fetching import Fetching
from gateway.house import NOW, House, letter
from gateway.twin import Store

from mailgate.errors import DatabaseError
from mailgate.gateway import deliver, poison, quarantine, ready, watch
from mailgate.gateway.apply import apply
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import Reader
from mailgate.routing.plan import plan
from mailgate.store import originals

BAD = letter("bad@x.org", subject="Bad one")


@pytest.fixture
def fetching(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetching:
    """A house whose clock stands."""
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-22T17:00:00Z")
    return Fetching(house, tmp_path)


@pytest.fixture
def box(fetching: Fetching) -> Store:
    """A mailbox with a message between two others."""
    store = fetching.server()
    store.add(letter("1@x.org", subject="Good one"))
    store.add(BAD)
    store.add(letter("2@x.org", subject="Good two"))
    return store


def break_on(monkeypatch: pytest.MonkeyPatch, error: BaseException, after: bool = False) -> None:
    """Let the plan of the bad message break, or what comes after its writes."""

    def broken(message: Incoming, *rest: Any) -> Any:
        if message.subject == "Bad one" and not after:
            raise error
        return plan(message, *rest)

    def half(connection: Any, message: Incoming, *rest: Any) -> Any:
        applied = apply(connection, message, *rest)
        if message.subject == "Bad one" and after:
            raise error
        return applied

    for place in (deliver, quarantine):
        monkeypatch.setattr(place, "plan", broken)
        monkeypatch.setattr(place, "apply", half)


def held(house: House) -> tuple[Any, ...]:
    """Return (reason, attempts, next attempt from now) of the one message in quarantine."""
    ((reason, attempts, due),) = house.rows("SELECT reason, attempts, next_attempt FROM quarantine")
    return reason, attempts, None if due is None else due - NOW


@pytest.mark.parametrize("after", [False, True], ids=["while judged", "after its writes"])
@pytest.mark.parametrize(
    "error",
    [RuntimeError("no\nreason"), RecursionError(), MemoryError(), sqlite3.IntegrityError("x")],
    ids=lambda error: type(error).__name__,
)
def test_one_that_breaks_is_set_aside_whole_and_leaves_the_others(
    fetching: Fetching,
    box: Store,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    after: bool,
) -> None:
    break_on(monkeypatch, error, after)
    assert fetching.fetch(box) == {"read": 3, "created": 2, "quarantined": 1}
    assert fetching.taken() == ["Good one", "Good two"]
    assert box.unseen() == []
    assert held(fetching.house) == ("error", 1, 600)
    connection = fetching.house.gateway.database.connection
    digest = fetching.house.one("SELECT digest FROM quarantine")
    assert b"".join(originals.chunks(connection, digest)) == BAD
    ((outcome, reason),) = fetching.house.rows(
        "SELECT outcome, reason FROM journal WHERE rule = 'error'"
    )
    assert outcome == "quarantined"
    assert type(error).__name__ in reason
    assert "\n" not in reason


def test_a_person_is_told_of_broken_messages_once_a_day(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching.house.run("UPDATE domain SET contact = 'boss@example.com' WHERE id = 1")
    store = fetching.server(model="lead")
    break_on(monkeypatch, RuntimeError("a fault"))
    told = "SELECT recipient, subject FROM outbox WHERE notice = 'alarm'"
    letter_to_boss = ("boss@example.com", "A message could not be handled")
    for number, at in enumerate(("22T17:00", "22T19:00", "23T17:01")):
        monkeypatch.setenv("MAILGATE_NOW", f"2026-11-{at}:00Z")
        store.add(letter(f"bad{number}@x.org", subject="Bad one"))
        assert fetching.fetch(store) == {"read": 1, "quarantined": 1}
        assert fetching.house.rows(told) == [letter_to_boss] * (2 if number == 2 else 1)


def test_what_the_database_refuses_again_waits_longer_and_is_in_nobodys_way(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A constraint that the values break, within the transaction of the retry."""
    store = fetching.server(model="lead")
    for number in range(2):
        store.add(letter(f"{number}@x.org", author=f"a{number}@x.org", subject=f"Mail {number}"))
    fetching.house.run(
        "CREATE TRIGGER refuse BEFORE INSERT ON record WHEN new.name LIKE 'Mail %'"
        " BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    assert fetching.fetch(store) == {"read": 2, "quarantined": 2}
    fetching.house.run("DROP TRIGGER refuse")
    fetching.house.run(
        "CREATE TRIGGER refuse BEFORE INSERT ON record WHEN new.name = 'Mail 0'"
        " BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    later = NOW + 1200
    judged = poison.retry_due(fetching.house.gateway.database, later, "test")
    assert len(judged) == 1
    rows = fetching.house.rows("SELECT attempts, next_attempt FROM quarantine")
    assert rows == [(2, later + 1200)]
    assert fetching.taken() == ["Mail 1"]


def test_several_that_break_in_one_group_are_set_aside_and_the_others_taken_once(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of them undoes the whole transaction, the others only what they wrote."""
    store = fetching.server(model="lead")
    for number in range(9):
        store.add(letter(f"{number}@x.org", author=f"a{number}@x.org", subject=f"Mail {number}"))
    bad = {"Mail 2", "Mail 3", "Mail 7"}

    def half(connection: Any, message: Incoming, *rest: Any) -> Any:
        applied = apply(connection, message, *rest)
        if message.subject in bad:
            connection.execute("INSERT INTO message (id) VALUES ('no number')")
        return applied

    monkeypatch.setattr(deliver, "apply", half)
    assert fetching.fetch(store) == {"read": 9, "created": 6, "quarantined": 3}
    good = [f"Mail {number}" for number in range(9) if f"Mail {number}" not in bad]
    assert fetching.taken() == good
    assert fetching.house.one("SELECT count(*) FROM record") == 6
    assert fetching.house.one("SELECT count(*) FROM journal") == 9
    assert fetching.house.one("SELECT count(*) FROM quarantine WHERE reason = 'error'") == 3
    assert store.unseen() == []
    assert fetching.fetch(store) == {}


def test_one_that_cannot_even_be_looked_at_is_set_aside_whole(
    fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Reader):
        def finish(self) -> Any:
            if self.header.first("subject") == b"Bad one":
                raise ValueError("broken reader")
            return super().finish()

    monkeypatch.setattr(ready, "Reader", Broken)
    assert fetching.fetch(box) == {"read": 3, "created": 2, "quarantined": 1}
    connection = fetching.house.gateway.database.connection
    digest = fetching.house.one("SELECT digest FROM quarantine")
    assert b"".join(originals.chunks(connection, digest)) == BAD


def test_one_that_never_ends_is_set_aside(
    fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(message: Incoming, *rest: Any) -> Any:
        while message.subject == "Bad one":
            pass
        return plan(message, *rest)

    monkeypatch.setattr(deliver, "plan", endless)
    monkeypatch.setattr(watch, "MOST_SECONDS", 0.3)
    assert fetching.fetch(box) == {"read": 3, "created": 2, "quarantined": 1}


def test_a_database_that_fails_is_no_fault_of_the_message(
    fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's code 13 is a full disk: nothing is taken, nothing marked, all comes again."""
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = 13
    break_on(monkeypatch, full)
    assert "disk" in fetching.fetch(box)["error"]
    assert fetching.taken() == []
    assert box.unseen() == [1, 2, 3]
    monkeypatch.undo()
    assert fetching.fetch(box) == {"read": 3, "created": 3}


def test_it_is_held_once_however_often_it_comes(
    fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_on(monkeypatch, RuntimeError())
    fetching.fetch(box)
    box.renew()
    assert fetching.fetch(box)["duplicate"] == 3
    assert held(fetching.house)[0] == "error"


def test_it_is_tried_again_later_and_later_and_then_by_a_person_only(
    fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_on(monkeypatch, RuntimeError())
    fetching.fetch(box)
    database = fetching.house.gateway.database
    assert poison.retry_due(database, NOW + 599, "fetch") == []
    assert held(fetching.house) == ("error", 1, 600)
    at, waits = NOW + 600, []
    for _ in range(poison.MOST_ATTEMPTS - 1):
        assert poison.retry_due(database, at, "fetch") == []
        due = held(fetching.house)[2]
        waits.append(None if due is None else due + NOW - at)
        at = NOW + (due or 0)
    assert waits[:3] == [1200, 2400, 4800]
    assert max(filter(None, waits)) == 86400
    assert waits[-1] is None


def test_when_it_can_be_handled_it_is_taken_by_a_later_run(
    fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        break_on(broken, RuntimeError())
        fetching.fetch(box)
    (judged,) = poison.retry_due(fetching.house.gateway.database, NOW + 600, "fetch")
    assert judged.left
    assert fetching.taken() == ["Good one", "Good two", "Bad one"]
    assert fetching.house.rows("SELECT * FROM quarantine") == []
    assert poison.retry_due(fetching.house.gateway.database, NOW + 9999, "fetch") == []


def test_when_nobody_takes_it_then_it_waits_for_a_person(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fetching.server()
    store.add(letter("bad@x.org", subject="Bad one", to="whoever@example.org"))
    with monkeypatch.context() as broken:
        break_on(broken, RuntimeError())
        fetching.fetch(store)
    poison.retry_due(fetching.house.gateway.database, NOW + 600, "fetch")
    assert held(fetching.house) == ("no-route", 1, None)


def test_a_message_whose_bytes_are_gone_is_left_to_a_person(
    fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        break_on(broken, RuntimeError())
        fetching.fetch(box)
    fetching.house.run("DELETE FROM original WHERE digest = (SELECT digest FROM quarantine)")
    assert poison.retry_due(fetching.house.gateway.database, NOW + 600, "fetch") == []
    assert held(fetching.house)[2] is None


def test_errors_are_sorted_into_ours_and_the_messages() -> None:
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = 5
    long = sqlite3.DataError("string or blob too big")
    long.sqlite_errorcode = 18
    for ours in (locked, DatabaseError("x"), OSError("disk"), KeyboardInterrupt()):
        assert not poison.concerns_message(ours)
    for its in (long, UnicodeError("x"), watch.StalledError("x")):
        assert poison.concerns_message(its)
