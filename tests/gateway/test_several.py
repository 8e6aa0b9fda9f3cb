"""Several servers at once, each in a process of its own that can only harm itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gateway.fetching import Fetching
from gateway.house import House, letter
from gateway.twin import Store

from mailgate.channels.mailbox import Mailbox, Settings
from mailgate.entities.server import Server
from mailgate.errors import MailgateError
from mailgate.gateway import crew, unpack_group, unpacker
from mailgate.gateway.fetch import several
from mailgate.gateway.fetch.one import fetch_one
from mailgate.gateway.fetch.run import Options
from mailgate.gateway.fetch.several import Fetched, fetch
from mailgate.store import fetchlock


@pytest.fixture
def fetching(house: House, tmp_path: Path) -> Fetching:
    """A house with three mailboxes of three messages each."""
    found = Fetching(house, tmp_path)
    for name in ("one", "two", "three"):
        store = found.server(name)
        for number in range(3):
            author = f"{name}{number}@x.org"
            store.add(letter(f"{name}-{number}@x.org", author=author, subject=f"{name} {number}"))
    return found


class Mailboxes:
    """The mailboxes of a house, opened by server name; ``hang`` and ``die`` name some."""

    def __init__(self, folder: Path, hang: str = "", die: str = "") -> None:
        self.folder = folder
        self.hang = hang
        self.die = die

    def __call__(self, server: Server, settings: Settings) -> Mailbox:
        if server.name == self.hang:
            time.sleep(60)
        if server.name == self.die:
            os.kill(os.getpid(), signal.SIGKILL)
        return Store(self.folder / f"{server.name}.mailbox").connect(server, settings)


def run(fetching: Fetching, boxes: Mailboxes, *names: str) -> dict[str, Fetched]:
    found = fetch(fetching.house.path, names, Options(), connect=boxes)
    return {fetched.server: fetched for fetched in found}


def test_all_servers_are_read_and_what_they_brought_is_unpacked(
    fetching: Fetching, tmp_path: Path
) -> None:
    found = run(fetching, Mailboxes(tmp_path))
    assert list(found) == ["one", "three", "two"]
    for fetched in found.values():
        assert (fetched.error, fetched.skipped) == (None, None)
        assert fetched.counts == {"read": 3, "created": 3}
    states = fetching.house.rows("SELECT DISTINCT unpacked FROM message")
    assert states == [("done",)]
    assert fetching.house.one("SELECT count(*) FROM content") == 9


def test_what_a_killed_run_took_is_unpacked_by_the_next_one_of_any_server(
    fetching: Fetching, tmp_path: Path
) -> None:
    fetch_one(fetching.house.path, "one", Options(), lambda told: None, Mailboxes(tmp_path))
    count = "SELECT unpacked, count(*) FROM message GROUP BY 1"
    assert fetching.house.rows(count) == [("pending", 3)]
    fetch(fetching.house.path, ["two"], Options(dry_run=True), connect=Mailboxes(tmp_path))
    assert fetching.house.rows(count) == [("pending", 3)]
    run(fetching, Mailboxes(tmp_path), "two")
    assert fetching.house.rows(count) == [("done", 6)]


def test_what_was_not_unpacked_for_a_day_is_left_to_people(
    fetching: Fetching, tmp_path: Path
) -> None:
    fetch_one(fetching.house.path, "one", Options(), lambda told: None, Mailboxes(tmp_path))
    fetching.house.run("UPDATE message SET at = at - 90000 WHERE subject = 'one 1'")
    run(fetching, Mailboxes(tmp_path), "two")
    pending = fetching.house.rows("SELECT subject FROM message WHERE unpacked <> 'done'")
    assert pending == [("one 1",)]


def test_one_that_hangs_is_ended_and_delays_no_other(
    fetching: Fetching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "BUDGET", 0.5)
    monkeypatch.setattr(several, "_GRACE", 0.5)
    monkeypatch.setattr(crew, "_LOOK_SECONDS", 0.1)
    started = time.monotonic()
    found = run(fetching, Mailboxes(tmp_path, hang="two"))
    assert time.monotonic() - started < 20
    assert "not done within 1 s" in str(found["two"].error)
    assert found["one"].counts == found["three"].counts == {"read": 3, "created": 3}
    assert "not done" in fetching.house.one("SELECT last_error FROM server WHERE name = 'two'")


def test_one_whose_process_dies_harms_no_other(fetching: Fetching, tmp_path: Path) -> None:
    found = run(fetching, Mailboxes(tmp_path, die="two"))
    assert "ended by signal 9" in str(found["two"].error)
    assert found["one"].error is None
    errors = fetching.house.rows("SELECT name, consecutive_errors FROM server ORDER BY name")
    assert errors == [("one", 0), ("three", 0), ("two", 1)]
    assert run(fetching, Mailboxes(tmp_path))["two"].counts == {"read": 3, "created": 3}


def test_a_mailbox_that_another_run_reads_is_skipped(fetching: Fetching, tmp_path: Path) -> None:
    number = fetching.house.one("SELECT id FROM server WHERE name = 'two'")
    script = (
        "import sys; from mailgate.store import fetchlock\n"
        f"assert fetchlock.hold({fetching.house.path!r}, {number})\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        found = run(fetching, Mailboxes(tmp_path))
        assert found["two"].skipped == "another run reads it"
        assert found["two"].error is None
        assert found["one"].counts["created"] == 3
        other.communicate()
    assert run(fetching, Mailboxes(tmp_path))["two"].counts["created"] == 3


def test_the_locks_of_servers_do_not_touch_each_other(fetching: Fetching) -> None:
    locks = [fetchlock.hold(fetching.house.path, number) for number in (1, 2)]
    assert None not in locks
    for lock in locks:
        os.close(lock or 0)


def test_named_servers_alone_are_read_and_unknown_and_disabled_ones_are_said(
    fetching: Fetching, tmp_path: Path
) -> None:
    assert list(run(fetching, Mailboxes(tmp_path), "two", "TWO")) == ["two"]
    with pytest.raises(MailgateError, match="did you mean three"):
        run(fetching, Mailboxes(tmp_path), "thre")
    fetching.house.run("UPDATE server SET enabled = 0 WHERE name = 'one'")
    with pytest.raises(MailgateError, match="server one is disabled"):
        run(fetching, Mailboxes(tmp_path), "one")
    assert list(run(fetching, Mailboxes(tmp_path))) == ["three", "two"]


def test_a_message_that_kills_or_stalls_its_unpacking_stays_pending_and_alone(
    fetching: Fetching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacker, "WAIT_SECONDS", 1.0)
    monkeypatch.setattr(crew, "_LOOK_SECONDS", 0.1)
    read = unpack_group._read

    def breaking(database: object, digest: bytes) -> object:
        subject = database.connection.execute(  # type: ignore[attr-defined]
            "SELECT subject FROM message WHERE digest = ?", (digest,)
        ).fetchone()[0]
        if subject == "one 1":
            os.kill(os.getpid(), signal.SIGKILL)
        if subject == "two 1":
            time.sleep(60)
        return read(database, digest)  # type: ignore[arg-type]

    monkeypatch.setattr(unpack_group, "_read", breaking)
    found = run(fetching, Mailboxes(tmp_path))
    assert all(fetched.counts["created"] == 3 for fetched in found.values())
    pending = fetching.house.rows("SELECT subject FROM message WHERE unpacked <> 'done'")
    assert sorted(pending) == [("one 1",), ("two 1",)]


@pytest.mark.parametrize("lifetime", [1, 2000], ids=["one group each", "until the end"])
def test_two_processes_unpack_where_there_is_much_to_do(
    fetching: Fetching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lifetime: int
) -> None:
    """Also where a new one begins while another one holds the ends of its pipes."""
    monkeypatch.setattr(unpacker, "_GROUP", 1)
    monkeypatch.setattr(unpacker, "_LIFETIME", lifetime)
    monkeypatch.setattr(unpacker, "_processors", lambda: 2)
    by = tmp_path / "by"
    by.mkdir()
    read = unpack_group._read

    def telling(database: object, digest: bytes) -> object:
        (by / str(os.getpid())).touch()
        time.sleep(0.05)
        return read(database, digest)  # type: ignore[arg-type]

    monkeypatch.setattr(unpack_group, "_read", telling)
    run(fetching, Mailboxes(tmp_path))
    assert fetching.house.one("SELECT count(*) FROM content") == 9
    assert fetching.house.rows("SELECT DISTINCT unpacked FROM message") == [("done",)]
    assert len(list(by.iterdir())) == (9 if lifetime == 1 else 2)


def test_what_is_due_in_quarantine_is_tried_again_and_unpacked(
    fetching: Fetching, tmp_path: Path
) -> None:
    house = fetching.house
    house.deliver(letter("held@x.org", author="h@x.org"), "info@example.com")
    house.parameter("mail.spam.header", "X-Spam: yes")
    house.deliver(letter("spam@x.org", author="s@x.org", extra="X-Spam: yes\n"), "info@example.com")
    house.parameter("mail.spam.header", "")
    house.run("UPDATE quarantine SET reason = 'error', next_attempt = 1")
    run(fetching, Mailboxes(tmp_path))
    assert house.rows("SELECT * FROM quarantine") == []
    assert house.one("SELECT unpacked FROM message WHERE message_id LIKE '%spam%'") == "done"
