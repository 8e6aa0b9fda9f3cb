"""Sending the outbox: one run sends a letter, and what was sent is known after a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from channels.smtp_server import SmtpServer
from gateway.house import NOW, House
from gateway.outgoing import (
    TAKEN,
    Twin,
    column,
    queue,
    send,
    states,
)

from mailgate.channels.outgoing import Parcel, Result
from mailgate.channels.smtp import Smtp
from mailgate.channels.smtp_session import Settings
from mailgate.gateway import holder
from mailgate.gateway.flush import (
    CLAIM_SECONDS,
    flush,
)
from mailgate.store import sending, sentlog


def hold(house: House, name: str, until: int) -> None:
    house.run("UPDATE outbox SET holder = ?, held_until = ?", name, until)


def test_what_a_living_process_holds_is_left_to_it_until_its_time_is_over(house: House) -> None:
    queue(house, "a@x.org")
    hold(house, holder.new(), NOW + 60)
    assert send(house, at=NOW + 59).sent == 0
    assert send(house, at=NOW + 60).sent == 1


def test_what_a_dead_process_held_is_taken_over_at_once(house: House) -> None:
    queue(house, "a@x.org")
    code = "from mailgate.gateway import holder; print(holder.new())"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    dead = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    ).stdout.strip()
    hold(house, dead, NOW + 10**6)
    assert send(house).sent == 1


def test_a_letter_is_held_while_it_is_sent(house: House) -> None:
    queue(house, "a@x.org")

    def look(parcel: Parcel) -> Result:
        name, until = house.rows("SELECT holder, held_until FROM outbox")[0]
        assert not holder.is_dead(name)
        assert until == NOW + CLAIM_SECONDS
        return TAKEN

    assert send(house, Twin(look)).sent == 1
    assert house.rows("SELECT holder, held_until FROM outbox") == [(None, None)]


def test_a_claim_that_nears_its_end_is_renewed_before_the_next_letter(house: House) -> None:
    for name in "ab":
        queue(house, f"{name}@x.org")
    times = [NOW]

    def slow(parcel: Parcel) -> Result:
        times[0] += CLAIM_SECONDS // 2
        return TAKEN

    seen = []

    def watched(parcel: Parcel) -> Result:
        seen.append(house.one("SELECT held_until FROM outbox WHERE id = ?", parcel.key))
        return slow(parcel)

    flush(house.gateway.database, Twin(watched), None, lambda: times[0])
    assert seen == [NOW + CLAIM_SECONDS, NOW + CLAIM_SECONDS // 2 + CLAIM_SECONDS]


def test_a_letter_whose_claim_was_lost_meanwhile_is_not_sent(house: House) -> None:
    """The machine slept for longer than a claim lasts, and another process took over."""
    for name in "ab":
        queue(house, f"{name}@x.org")
    times = [NOW]

    def sleep(parcel: Parcel) -> Result:
        times[0] += 2 * CLAIM_SECONDS
        house.run("UPDATE outbox SET holder = 'other', held_until = ? WHERE id = 2", times[0] + 99)
        return TAKEN

    twin = Twin(sleep)
    done = flush(house.gateway.database, twin, None, lambda: times[0])
    assert (done.sent, twin.recipients) == (1, ["a@x.org"])
    assert column(house, "holder", 2) == "other"


def test_a_letter_that_is_cancelled_before_its_turn_is_not_sent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by the deletion of its record. It is seen with the next commit."""
    monkeypatch.setattr("mailgate.gateway.flush.COMMIT_SECONDS", 0.0)
    for name in "abc":
        queue(house, f"{name}@x.org")

    def cancel(parcel: Parcel) -> Result:
        house.run("UPDATE outbox SET status = 'cancelled' WHERE id = 2")
        return TAKEN

    twin = Twin(cancel)
    assert send(house, twin).sent == 2
    assert twin.recipients == ["a@x.org", "c@x.org"]
    assert [row[1] for row in states(house)] == ["sent", "cancelled", "sent"]


def known(house: House) -> set[str]:
    """Return to whom letters are noted as sent, as another process sees it."""
    folder = Path(house.path).parent
    logged = [path.read_text().split() for path in folder.glob("*.sent-*")]
    numbers = {int(number) for lines in logged for number in lines}
    other = House(folder, existing=True)
    rows = other.rows("SELECT id, recipient, status FROM outbox")
    other.close()
    return {to for number, to, status in rows if status == "sent" or number in numbers}


def test_each_result_is_noted_before_the_bytes_of_the_next_letter_are_sent(house: House) -> None:
    for number in range(250):
        queue(house, f"{number}@x.org")
    noted = []

    def answer(line: str, connection: int) -> str | None:
        if line == ".":
            noted.append((set(server.recipients()), known(house)))
        return None

    with SmtpServer(answer=answer) as server:
        assert send(house, Smtp(Settings("127.0.0.1", server.port))).sent == 250
        assert server.connections == 1
    assert [len(sent) for sent, _ in noted] == list(range(250))
    assert all(sent == told for sent, told in noted)


def test_nothing_is_left_beside_the_database(house: House) -> None:
    for number in range(250):
        queue(house, f"{number}@x.org")
    send(house)
    names = {path.name for path in Path(house.path).parent.iterdir()}
    assert names <= {"house.db", "house.db-wal", "house.db-shm", "house.db.lock", "secrets"}


def test_what_is_sent_is_committed_at_once_where_it_cannot_be_logged(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        queue(house, f"{name}@x.org")
    monkeypatch.setattr(sentlog.SentLog, "add", lambda log, number: False)
    seen: list[set[str]] = []

    def look(parcel: Parcel) -> Result:
        seen.append(known(house))
        return TAKEN

    assert send(house, Twin(look)).sent == 3
    assert seen == [set(), {"a@x.org"}, {"a@x.org", "b@x.org"}]


def test_letters_that_are_slow_to_send_are_committed_one_by_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailgate.gateway.flush.COMMIT_SECONDS", 0.0)
    for name in "abc":
        queue(house, f"{name}@x.org")
    counts: list[int] = []

    def look(parcel: Parcel) -> Result:
        counts.append(house.one("SELECT count(*) FROM outbox WHERE status = 'sent'"))
        return TAKEN

    send(house, Twin(look))
    assert counts == [0, 1, 2]


def test_what_a_dead_run_had_sent_is_noted_and_not_sent_again(house: House) -> None:
    for name in "abc":
        queue(house, f"{name}@x.org")
    hold(house, "run:gone", NOW)
    log = sentlog.SentLog(house.path, "run:gone")
    log.add(2)
    twin = Twin()
    assert send(house, twin).sent == 2
    assert twin.recipients == ["a@x.org", "c@x.org"]
    assert [row[1] for row in states(house)] == ["sent"] * 3
    assert not list(Path(house.path).parent.glob("*.sent-*"))


@pytest.mark.parametrize("content", [b"2", b"\0\0\0\n", b"x\n", b"9" * 30 + b"\n", b"\xff\n\n"])
def test_a_log_that_a_power_failure_tore_says_nothing(house: House, content: bytes) -> None:
    queue(house, "a@x.org")
    queue(house, "b@x.org")
    hold(house, "run:gone", NOW)
    Path(house.path + ".sent-gone").write_bytes(content)
    assert send(house).sent == 2


def test_a_process_killed_between_sending_and_noting_causes_one_duplicate(house: House) -> None:
    """With the same Message-ID, which is what lets the recipient's server drop it."""
    for name in "abc":
        queue(house, f"{name}@x.org")

    class Killed(BaseException):
        pass

    def killed(parcel: Parcel) -> Result:
        if parcel.recipient == "b@x.org":
            raise Killed
        return TAKEN

    first, second = Twin(killed), Twin()
    with pytest.raises(Killed):
        send(house, first)
    send(house, second)
    assert first.recipients == ["a@x.org"]
    assert second.recipients == ["b@x.org", "c@x.org"]


def test_the_write_ahead_log_does_not_grow_without_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailgate.gateway.flush.CHECKPOINT_BYTES", 100_000)
    for number in range(60):
        queue(house, f"{number}@x.org")
    assert house.gateway.database.wal_size() > 100_000
    send(house)
    assert house.gateway.database.wal_size() <= 200_000


def test_the_next_time_to_flush_can_be_told(house: House) -> None:
    connection = house.gateway.database.connection
    assert (sending.next_due(connection), sending.waiting(connection)) == (None, 0)
    queue(house, "a@x.org", next_attempt=NOW + 7)
    queue(house, "b@x.org", at=NOW + 9)
    assert (sending.next_due(connection), sending.waiting(connection)) == (NOW + 7, 2)
