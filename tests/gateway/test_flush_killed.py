"""Flushes at once, some of them killed: every letter arrives, and next to none twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from channels.smtp_server import SmtpServer
from gateway.house import House
from gateway.outgoing import queue

LETTERS = 400
AT_ONCE = 8


def start(house: House, config: Path) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "MAILGATE_DB": house.path}
    command = [sys.executable, "-m", "mailgate", "--config", str(config), "outbox", "flush"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)


def prepare(folder: Path, port: int) -> tuple[House, Path]:
    house = House(folder)
    for number in range(LETTERS):
        queue(house, f"{number}@x.org")
    config = folder / "mailgate.toml"
    config.write_text(f'[outgoing]\ntransport = "smtp"\nhost = "127.0.0.1"\nport = {port}\n')
    return house, config


def test_eight_flushes_at_once_send_each_letter_once(tmp_path: Path) -> None:
    with SmtpServer() as server:
        house, config = prepare(tmp_path, server.port)
        running = [start(house, config) for _ in range(AT_ONCE)]
        assert [process.wait(120) for process in running] == [0] * AT_ONCE
        assert Counter(server.recipients()) == {f"{n}@x.org": 1 for n in range(LETTERS)}
    assert house.rows("SELECT DISTINCT status, attempts, holder FROM outbox") == [("sent", 1, None)]
    house.close()


def test_a_flush_that_is_killed_costs_one_duplicate_at_most(tmp_path: Path) -> None:
    """Killed at any step: before a letter, in it, after its last byte, after the reply to it."""
    chance = random.Random(4)
    victims: list[subprocess.Popen[bytes]] = []
    kills = 0

    def answer(line: str, connection: int) -> str | None:
        nonlocal kills
        if victims and chance.random() < 0.02:
            kills += 1
            victims.pop().kill()
        return None

    with SmtpServer(answer=answer) as server:
        house, config = prepare(tmp_path, server.port)
        while house.one("SELECT count(*) FROM outbox WHERE status = 'queued'"):
            running = [start(house, config) for _ in range(3)]
            victims[:] = running if kills < 12 else []
            for process in running:
                process.wait(120)
        counts = Counter(server.recipients())
    house.close()
    assert kills >= 5
    assert set(counts) == {f"{n}@x.org" for n in range(LETTERS)}
    assert sum(counts.values()) - LETTERS <= kills
    assert not list(tmp_path.glob("*.sent-*"))
