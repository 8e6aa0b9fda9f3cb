"""Fetching: what is read of a mailbox, what is marked, and that nothing is lost or repeated."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from gateway.fetching import Fetching
from gateway.house import House, letter
from gateway.twin import Broken, Store, day


@pytest.fixture
def fetching(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetching:
    """A house whose clock stands at 2026-11-22T17:00:00Z."""
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-22T17:00:00Z")
    return Fetching(house, tmp_path)


@pytest.fixture
def box(fetching: Fetching) -> Store:
    """The mailbox of an IMAP server named box."""
    return fetching.server()


def mail(number: int, **more: str) -> bytes:
    author = f"author{number}@x.org"
    return letter(f"{number}@x.org", author=author, subject=f"Mail {number}", **more)


def test_the_first_run_takes_the_unread_mail_and_marks_it(fetching: Fetching, box: Store) -> None:
    box.add(mail(1), seen=True)
    box.add(mail(2))
    box.add(mail(3))
    assert fetching.fetch(box) == {"read": 2, "created": 2}
    assert fetching.taken() == ["Mail 2", "Mail 3"]
    assert box.unseen() == []
    journal = fetching.house.rows("SELECT channel, server, enveloped, outcome FROM journal")
    assert journal == [("imap", "box", 0, "created")] * 2


def test_later_runs_take_what_came_since_though_a_person_has_read_it(
    fetching: Fetching, box: Store
) -> None:
    box.add(mail(1), seen=True)
    assert fetching.fetch(box) == {}
    box.read(box.add(mail(2)))
    box.add(mail(3))
    assert fetching.fetch(box) == {"read": 2, "created": 2}
    assert fetching.taken() == ["Mail 2", "Mail 3"]


def test_what_a_person_reads_between_two_halves_of_the_first_run_is_taken(
    fetching: Fetching, box: Store
) -> None:
    uids = [box.add(mail(number)) for number in range(1, 31)]
    assert fetching.fetch(box, limit=10) == {"read": 10, "created": 10}
    for uid in uids:
        box.read(uid)
    assert fetching.fetch(box, limit=5) == {"read": 5, "created": 5}
    assert fetching.fetch(box) == {"read": 15, "created": 15}
    assert fetching.taken() == [f"Mail {number}" for number in range(1, 31)]
    assert fetching.fetch(box) == {}


def test_older_mail_that_is_made_unread_is_looked_at_once_more_and_is_a_repeat(
    fetching: Fetching, box: Store
) -> None:
    uid = box.add(mail(1))
    fetching.fetch(box)
    assert fetching.fetch(box) == {}
    box.rows("UPDATE mail SET seen = 0 WHERE uid = ?", uid)
    assert fetching.fetch(box) == {"read": 1, "duplicate": 1}
    assert len(fetching.taken()) == 1


def test_after_a_change_of_uidvalidity_unread_and_recent_mail_is_taken_once(
    fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.add(mail(1), seen=True, day="2026-11-01")
    box.add(mail(2), day="2026-11-01")
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    box.renew()
    box.add(mail(3), seen=True, day="2026-11-22")
    box.add(mail(4), seen=True, day="2026-11-20")
    box.add(mail(5), day="2026-11-01")
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-23T17:00:00Z")
    assert fetching.fetch(box) == {"read": 2, "created": 2}
    assert fetching.taken() == ["Mail 2", "Mail 3", "Mail 5"]


def test_after_a_change_of_uidvalidity_repeats_are_known(fetching: Fetching, box: Store) -> None:
    for number in range(1, 6):
        box.add(mail(number))
    fetching.fetch(box)
    box.renew()
    assert fetching.fetch(box) == {"read": 5, "duplicate": 5}


def test_since_asks_for_older_mail_that_was_read(fetching: Fetching, box: Store) -> None:
    box.add(mail(1), seen=True, day="2026-11-01")
    box.add(mail(2), seen=True, day="2026-11-10")
    fetching.fetch(box)
    assert fetching.fetch(box, since=date(2026, 11, 5)) == {"read": 1, "created": 1}
    assert fetching.taken() == ["Mail 2"]


def test_a_mark_that_cannot_be_set_neither_loses_nor_repeats(
    fetching: Fetching, box: Store
) -> None:
    box.broken = Broken(marks=True)
    box.add(mail(1))
    box.add(letter("9@x.org", to="catchall@example.com"))
    first = fetching.fetch(box)
    assert first == {
        "read": 2,
        "created": 1,
        "refused": 1,
        "error": "twin: the folder is read-only",
    }
    box.add(mail(2))
    assert fetching.fetch(box)["read"] == 1
    assert box.loaded == [3]
    box.broken = Broken()
    assert fetching.fetch(box) == {}
    assert box.unseen() == []
    assert fetching.house.one("SELECT count(*) FROM outbox") == 1


def test_nothing_is_marked_where_nothing_is_to_be_done_and_nothing_is_repeated(
    fetching: Fetching, box: Store
) -> None:
    fetching.set(after="nothing")
    box.add(mail(1))
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    assert fetching.fetch(box) == {}
    assert box.loaded == []
    assert box.unseen() == [1]
    box.read(1)
    fetching.fetch(box)
    assert fetching.remembered() == {}


@pytest.mark.parametrize("after", ["delete", "move:Done"])
def test_handled_mail_leaves_the_folder(fetching: Fetching, box: Store, after: str) -> None:
    fetching.set(after=after)
    box.add(mail(1))
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    assert box.uids() == []
    moved = box.rows("SELECT folder FROM mail")
    assert moved == ([("Done",)] if after != "delete" else [])


def test_mail_to_no_alias_becomes_a_record_of_the_servers_model(
    fetching: Fetching, box: Store
) -> None:
    fetching.set(model="ticket")
    box.add(mail(1, to="whoever@example.org"))
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    assert [row[1] for row in fetching.house.records()] == ["ticket"]


def test_mail_to_no_alias_is_held_where_there_is_no_model_and_does_not_block(
    fetching: Fetching, box: Store
) -> None:
    box.add(mail(1, to="whoever@example.org"))
    box.add(mail(2))
    assert fetching.fetch(box) == {"read": 2, "held": 1, "created": 1}
    assert fetching.house.rows("SELECT reason FROM quarantine") == [("no-route",)]
    assert box.unseen() == []


def test_the_same_mail_in_two_mailboxes_is_one_message(fetching: Fetching, box: Store) -> None:
    other = fetching.server("other", "pop3")
    box.add(mail(1))
    other.add(b"Received: by elsewhere\r\n" + mail(1))
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    assert fetching.fetch(other, "other") == {"read": 1, "duplicate": 1}


def test_two_mailboxes_with_two_models_give_two_records(fetching: Fetching, box: Store) -> None:
    fetching.set(model="lead")
    other = fetching.server("other", "pop3", model="ticket")
    for store, name in ((box, "box"), (other, "other")):
        store.add(mail(1, to="whoever@example.org"))
        assert fetching.fetch(store, name) == {"read": 1, "created": 1}
    assert [row[1] for row in fetching.house.records()] == ["lead", "ticket"]


def test_what_nobody_takes_in_one_mailbox_is_a_record_of_the_other_that_has_a_model(
    fetching: Fetching, box: Store
) -> None:
    """Whichever is read first; and it is held once, however many have no model."""
    other, third = fetching.server("other", model="ticket"), fetching.server("third")
    for store in (box, other, third):
        store.add(mail(1, to="whoever@example.org"))
    assert fetching.fetch(box) == {"read": 1, "held": 1}
    assert fetching.fetch(third, "third") == {"read": 1, "duplicate": 1}
    assert fetching.fetch(other, "other") == {"read": 1, "created": 1}
    for store in (other, box):
        store.add(mail(2, to="whoever@example.org"))
    assert fetching.fetch(other, "other") == {"read": 1, "created": 1}
    assert fetching.fetch(box) == {"read": 1, "duplicate": 1}
    assert fetching.house.one("SELECT count(*) FROM quarantine") == 1


@pytest.mark.parametrize(
    ("protocol", "before", "now"), [("imap", "seen", "delete"), ("pop3", "nothing", "delete")]
)
def test_what_is_said_anew_of_handled_mail_counts_from_then_on(
    fetching: Fetching, protocol: str, before: str, now: str
) -> None:
    store = fetching.server("s", protocol, after=before)
    for number in (1, 2):
        store.add(mail(number))
    assert fetching.fetch(store, "s") == {"read": 2, "created": 2}
    fetching.set("s", after=now)
    store.add(mail(3))
    assert fetching.fetch(store, "s") == {"read": 1, "created": 1}
    assert fetching.fetch(store, "s") == {}
    assert store.uids() == [1, 2]
    store.rows("DELETE FROM mail")
    fetching.fetch(store, "s")
    assert "2" not in fetching.remembered("s")


def test_a_message_that_begins_as_in_an_mbox_is_read_without_that_line(
    fetching: Fetching, box: Store
) -> None:
    box.add(b"From ann@x.org Sun Nov 22 17:00:00 2026\n" + mail(1))
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    assert fetching.taken() == ["Mail 1"]


def test_pop3_takes_everything_and_deletes_it_at_the_end(
    fetching: Fetching,
) -> None:
    store = fetching.server("drop", "pop3")
    store.add(mail(1), seen=True)
    store.add(mail(2))
    assert fetching.fetch(store, "drop") == {"read": 2, "created": 2}
    assert store.uids() == []
    assert fetching.house.rows("SELECT DISTINCT channel FROM journal") == [("pop3",)]


def test_pop3_deletes_later_what_a_broken_connection_left_without_reading_it_again(
    fetching: Fetching,
) -> None:
    store = fetching.server("drop", "pop3")
    store.add(mail(1))
    store.broken = Broken(finish=True)
    assert fetching.fetch(store, "drop")["error"] == "twin: the connection broke at QUIT"
    store.broken = Broken()
    store.add(mail(2))
    assert fetching.fetch(store, "drop") == {"read": 1, "created": 1}
    assert store.loaded == [2]
    assert store.uids() == []
    fetching.fetch(store, "drop")


def test_pop3_knows_what_it_left_on_the_server(fetching: Fetching) -> None:
    store = fetching.server("drop", "pop3", after="nothing")
    store.add(mail(1))
    store.add(mail(2))
    assert fetching.fetch(store, "drop") == {"read": 2, "created": 2}
    store.add(mail(3))
    assert fetching.fetch(store, "drop") == {"read": 1, "created": 1}
    assert store.uids() == [1, 2, 3]
    store.rows("DELETE FROM mail WHERE uid = 1")
    fetching.fetch(store, "drop")
    assert fetching.remembered("drop") == {"id2": "handled", "id3": "handled"}


@pytest.mark.parametrize("name", ["", "same"], ids=["no ids", "one id for all"])
def test_pop3_without_unique_ids_empties_the_maildrop_or_refuses(
    fetching: Fetching, name: str
) -> None:
    store = fetching.server("drop", "pop3")
    for number in (1, 2):
        store.add(mail(number))
    store.rows("UPDATE mail SET name = ?", name)
    store.broken = Broken(finish=True)
    fetching.fetch(store, "drop")
    store.broken = Broken()
    assert fetching.fetch(store, "drop") == {"read": 2, "duplicate": 2}
    assert store.uids() == []
    fetching.set("drop", after="nothing")
    store.add(mail(3))
    store.add(mail(4))
    store.rows("UPDATE mail SET name = ?", name)
    assert "no unique id, or one that others have" in fetching.fetch(store, "drop")["error"]


def test_what_is_too_large_is_not_loaded_stays_unmarked_and_is_journalled_once(
    fetching: Fetching, box: Store
) -> None:
    fetching.house.parameter("mail.message.max.bytes", "2000")
    box.add(mail(1, text="x" * 5000))
    box.add(mail(2))
    assert fetching.fetch(box) == {"read": 2, "created": 1, "held": 1}
    assert box.loaded == [2]
    assert box.unseen() == [1]
    ((outcome, rule, subject, author, digest),) = fetching.house.rows(
        "SELECT outcome, rule, subject, author, digest FROM journal WHERE subject = 'Mail 1'"
    )
    assert (outcome, rule, subject) == ("held", "oversize", "Mail 1")
    assert (author, digest) == ("author1@x.org", None)
    recipients = fetching.house.rows(
        "SELECT address, outcome, rule FROM journal_recipient WHERE rule = 'oversize'"
    )
    assert recipients == [("info@example.com", "held", "oversize")]
    assert fetching.fetch(box) == {}
    assert fetching.fetch(box) == {}
    fetching.house.parameter("mail.message.max.bytes", "20000")
    box.read(1)
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    assert fetching.remembered() == {"1": "handled"}


def test_what_is_too_large_is_journalled_once_also_where_uids_are_given_anew(
    fetching: Fetching, box: Store
) -> None:
    fetching.house.parameter("mail.message.max.bytes", "2000")
    box.add(mail(1, text="x" * 5000))
    assert fetching.fetch(box) == {"read": 1, "held": 1}
    for _ in range(3):
        box.renew()
        assert fetching.fetch(box) == {}
    assert fetching.house.one("SELECT count(*) FROM journal") == 1


def test_what_is_too_large_is_journalled_once_where_the_server_has_no_ids(
    fetching: Fetching,
) -> None:
    store = fetching.server("drop", "pop3")
    fetching.house.parameter("mail.message.max.bytes", "2000")
    store.add(mail(1, text="x" * 5000))
    store.rows("UPDATE mail SET name = ''")
    assert fetching.fetch(store, "drop") == {"read": 1, "held": 1}
    assert fetching.fetch(store, "drop") == {}
    assert store.uids() == [1]


def test_a_message_at_which_the_connection_breaks_does_not_block_those_behind_it(
    fetching: Fetching, box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for less and less often, journalled once, and never given up."""
    for number in range(1, 41):
        box.add(mail(number))
    box.broken = Broken(connection=frozenset({15}))
    assert fetching.fetch(box)["error"] == "twin: the connection broke"
    assert len(fetching.taken()) == 10
    second = fetching.fetch(box)
    assert (second["created"], second["error"]) == (29, "twin: the connection broke")
    assert box.unseen() == [15]
    assert fetching.fetch(box) == {}
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-22T17:10:00Z")
    third = fetching.fetch(box)
    assert (third["held"], third["error"]) == (1, "twin: the connection broke")
    assert fetching.fetch(box) == {}
    ((rule, reason),) = fetching.house.rows(
        "SELECT rule, reason FROM journal WHERE outcome = 'held'"
    )
    assert rule == "error"
    assert "did not hand over its message 15, 3 times" in reason
    for number in range(23, 30):
        monkeypatch.setenv("MAILGATE_NOW", f"2026-11-{number}T17:10:00Z")
        assert fetching.fetch(box)["error"] == "twin: the connection broke"
    box.read(15)
    box.broken = Broken()
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-30T17:10:00Z")
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    assert len(fetching.house.rows("SELECT id FROM journal WHERE outcome = 'held'")) == 1


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_server_that_refuses_its_messages_for_a_while_has_failed_and_loses_none(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    store = fetching.server("s", protocol)
    for number in range(1, 6):
        store.add(mail(number))
    store.broken = Broken(absent=frozenset(range(1, 6)))
    for minute in (0, 1):
        monkeypatch.setenv("MAILGATE_NOW", f"2026-11-22T17:{minute:02}:00Z")
        found = fetching.fetch(store, "s")
        assert found == {"error": "the server hands over none of its messages"}
        assert fetching.remembered("s") == {}
    for minute in range(2, 30):
        monkeypatch.setenv("MAILGATE_NOW", f"2026-11-22T17:{minute:02}:00Z")
        fetching.fetch(store, "s")
    store.broken = Broken()
    monkeypatch.setenv("MAILGATE_NOW", "2026-11-23T17:00:00Z")
    assert fetching.fetch(store, "s") == {"read": 5, "created": 5}


def test_one_message_for_which_a_server_refuses_all_is_found_out(
    fetching: Fetching, box: Store
) -> None:
    """After some runs each is asked for alone."""
    for number in range(1, 6):
        box.add(mail(number))
    box.broken = Broken(absent=frozenset(range(1, 6)))
    for _ in range(3):
        assert "hands over none of" in fetching.fetch(box)["error"]
    box.broken = Broken(absent=frozenset({3}))
    assert fetching.fetch(box) == {"read": 4, "created": 4}


def test_a_message_without_id_that_is_not_handed_over_is_an_error_of_each_run(
    fetching: Fetching,
) -> None:
    store = fetching.server("drop", "pop3")
    store.add(mail(1))
    store.add(mail(2))
    store.rows("UPDATE mail SET name = ''")
    store.broken = Broken(absent=frozenset({2}))
    for _ in range(4):
        assert "does not hand over its message" in fetching.fetch(store, "drop")["error"]
    assert len(fetching.taken()) == 1


@pytest.mark.parametrize("state", ["broken 1", "broken 2", "left"])
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_what_an_earlier_version_remembers_of_a_message_is_understood(
    fetching: Fetching, protocol: str, state: str
) -> None:
    store = fetching.server("s", protocol)
    assert fetching.fetch(store, "s") == {}
    store.read(store.add(mail(1)))
    uid = "1" if protocol == "imap" else "id1"
    fetching.house.run(f"INSERT INTO server_message VALUES (1, '{uid}', '{state}', 0)")
    assert fetching.fetch(store, "s") == {"read": 1, "created": 1}


def test_a_message_that_can_be_had_again_is_taken(fetching: Fetching, box: Store) -> None:
    box.add(mail(1))
    box.broken = Broken(connection=frozenset({1}))
    fetching.fetch(box)
    box.read(1)
    box.broken = Broken()
    assert fetching.fetch(box) == {"read": 1, "created": 1}


def test_what_is_listed_but_not_handed_over_is_asked_for_again_while_it_is_there(
    fetching: Fetching, box: Store
) -> None:
    for number in (1, 2, 3):
        box.add(mail(number))
    box.broken = Broken(absent=frozenset({1, 2}))
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    box.rows("DELETE FROM mail WHERE uid = 1")
    box.read(2)
    box.broken = Broken()
    assert fetching.fetch(box) == {"read": 1, "created": 1}
    assert fetching.fetch(box) == {}
    assert fetching.remembered() == {}


def test_a_server_that_is_removed_while_it_is_read_is_said_to_be(
    fetching: Fetching, box: Store
) -> None:
    for number in range(30):
        box.add(mail(number))
    box.broken = Broken(before_mark=lambda: fetching.house.run("DELETE FROM server"))
    assert "was removed while it was read" in fetching.fetch(box)["error"]


def test_a_dry_run_says_what_would_be_and_changes_nothing(fetching: Fetching, box: Store) -> None:
    box.add(mail(1))
    box.add(mail(2, to="whoever@example.org"))
    before = fetching.house.rows("SELECT * FROM server")
    assert fetching.fetch(box, dry_run=True) == {"read": 2, "created": 1, "held": 1}
    assert box.unseen() == [1, 2]
    assert fetching.house.rows("SELECT * FROM server") == before
    assert fetching.house.one("SELECT count(*) FROM journal") == 0
    assert fetching.fetch(box) == {"read": 2, "created": 1, "held": 1}


def test_with_another_user_a_server_is_as_if_it_were_new(fetching: Fetching, box: Store) -> None:
    box.add(mail(1))
    fetching.fetch(box)
    box.read(box.add(mail(2)))
    fetching.set(user="somebody")
    assert fetching.fetch(box) == {}


def test_on_another_host_what_arrived_since_the_last_success_is_taken(
    fetching: Fetching, box: Store
) -> None:
    box.add(mail(1), day="2026-11-01")
    fetching.fetch(box)
    box.read(box.add(mail(2), day=day(1_795_366_800)))
    fetching.set(host="new.example.com")
    assert fetching.fetch(box) == {"read": 1, "created": 1}


def test_a_fallback_model_that_is_gone_is_said_and_the_mail_stays(
    fetching: Fetching, box: Store
) -> None:
    fetching.set(model="ticket")
    fetching.house.run("UPDATE server SET model = 'nomodel'")
    box.add(mail(1))
    assert "no model nomodel" in fetching.fetch(box)["error"]
    assert box.unseen() == [1]
