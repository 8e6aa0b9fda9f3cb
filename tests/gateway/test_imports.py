"""Accepting a message imports little: imports are what a delivery costs, not the mail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mailgate.store.migrate import create

SOURCE = Path(__file__).parents[2] / "src"
_DELIVER = """
import os, sys
sys.path.insert(0, {source!r})
from mailgate.gateway.command import run
status = run(["-f", "ann@src.test", "--", "info@example.com"])
os.write(1, " ".join(sys.modules).encode())
os._exit(status)
"""
LETTER = b"""\
Received: from src.test by mail.example.com; Sun, 22 Nov 2026 12:00:00 +0000
From: =?utf-8?q?Ann_M=C3=BCller?= <ann@src.test>
To: info@example.com
Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=
Date: Sun, 22 Nov 2026 12:00:00 +0000
Message-ID: <1@src.test>
In-Reply-To: <0@src.test>
References: <0@src.test>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Gr\xc3\xbc\xc3\x9fe
"""
LIBRARY = frozenset(
    """
    __future__ _blake2 _collections_abc _functools _sqlite3 _stat _weakref binascii fcntl
    genericpath os os.path posixpath stat zlib
    """.split()
)
OURS = frozenset(
    """
    channels channels.pipe clock entities entities.defaults errors gateway gateway.apply
    gateway.asking gateway.child gateway.command gateway.deliver gateway.gather mail mail.address
    mail.automatic mail.envelope mail.header mail.incoming mail.message_id mail.original
    mail.words routing routing.directory routing.facts routing.place routing.plan routing.policy
    routing.router routing.rules routing.rules.address routing.rules.guard routing.rules.known
    routing.rules.message routing.rules.reply routing.rules.report routing.verdict status store
    store.driver store.intake store.lookups store.sqlite
    """.split()
)
NEVER = frozenset(
    "click rich email inspect logging typing argparse asyncio tomllib sqlite_utils".split()
)


def run(*arguments: str, env: dict[str, str], stdin: bytes = b"") -> set[str]:
    """Return the words that an interpreter printed which was started as the front does it."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", *arguments],
        input=stdin,
        env=env,
        capture_output=True,
        check=True,
    )
    return set(done.stdout.decode().split())


def load(path: Path, *more: str) -> set[str]:
    """Return the modules that a delivery to a new database loads."""
    database, _ = create(str(path))
    with database.writing() as connection:
        for statement in (
            "INSERT INTO domain (name, catchall, bounce) VALUES ('example.com', 'c', 'b')",
            "INSERT INTO model (name, label) VALUES ('lead', 'Lead')",
            "INSERT INTO alias (local_part, domain, model) VALUES ('info', 1, 1)",
            "INSERT INTO parameter VALUES ('mail.disk.floor.mb', '0')",
            *more,
        ):
            connection.execute(statement)
    database.close()
    env = {"PATH": os.defpath, "MAILGATE_DB": str(path)}
    bare = run("import sys; print(*sys.modules)", env=env)
    return run(_DELIVER.format(source=str(SOURCE)), env=env, stdin=LETTER) - bare


def test_accepting_a_message_imports_exactly_what_it_needs(tmp_path: Path) -> None:
    loaded = load(tmp_path / "mail.db")
    assert loaded & NEVER == set()
    assert {name for name in loaded if not name.startswith("mailgate")} <= LIBRARY
    ours = {name.removeprefix("mailgate.") for name in loaded if name.startswith("mailgate.")}
    assert ours == OURS


def test_a_follower_who_wrote_the_message_himself_costs_nothing(tmp_path: Path) -> None:
    follower = "INSERT INTO alias_follower VALUES (1, 'ann@src.test')"
    loaded = load(tmp_path / "mail.db", follower)
    assert {name for name in loaded if name.startswith("mailgate.")} == {
        f"mailgate.{name}" for name in OURS
    }


def test_sending_on_does_without_what_is_dear(tmp_path: Path) -> None:
    follower = "INSERT INTO alias_follower VALUES (1, 'boss@corp.test')"
    loaded = load(tmp_path / "mail.db", follower)
    assert "mailgate.gateway.forward" in loaded
    assert loaded & (NEVER | {"re", "json", "datetime", "hashlib", "dataclasses"}) == set()
