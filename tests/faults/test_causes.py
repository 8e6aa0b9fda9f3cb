"""Whatever is wrong on our side: 75, one clear line, nothing lost and nothing half stored."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from faults import oracle
from faults.causes import (
    Holder,
    deferred,
    deferred_or_taken,
    letter,
    once,
    shell,
    skeleton,
    variables,
)
from faults.installation import Installation
from faults.mta import RECIPIENTS, Attempt, Fault, hand_over

RUN = '"$@"'
SHORT = "mailgate.gateway.deliver.LOCK_SECONDS=1"


@pytest.fixture(scope="module")
def long_lock(
    installed: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """A delivery with the real constants that waits, while other tests run, for a held lock."""
    database = installed.database(tmp_path_factory.mktemp("locked") / "mail.db")
    mail = letter(12)
    data = database.with_name("mail.eml")
    data.write_bytes(mail.data)
    with Holder(database), data.open("rb") as stdin:
        command = ["sh", "-c", '"$@" 2> "$0" || echo $? > "$0.status"', str(database) + ".said"]
        process = subprocess.Popen(
            ["timeout", "60", *command, installed.front, "-f", mail.sender, "--", RECIPIENTS[0]],
            stdin=stdin,
            env=variables(database),
        )
        yield database, process
        process.wait()


@pytest.fixture(autouse=True)
def _begin(long_lock: object) -> None:
    """Let the long wait begin before the first test."""


def test_a_missing_database_is_named_with_the_command_that_creates_it(
    installed: Installation, short: Path
) -> None:
    missing = short / "no" / "where" / "mail.db"
    deferred(shell(RUN, installed, variables(missing), letter()), str(missing), "init")
    assert not missing.parent.exists()


def test_a_folder_in_place_of_the_database_defers(installed: Installation, tmp_path: Path) -> None:
    deferred(shell(RUN, installed, variables(tmp_path), letter()), str(tmp_path))


def test_what_is_no_database_defers_and_stays_as_it_is(
    installed: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "mail.db"
    for content in (b"", b"no database\n" * 5000, b"SQLite format 3\0" + b"\xff" * 8000):
        path.write_bytes(content)
        deferred(shell(RUN, installed, variables(path), letter()), str(path))
        assert path.read_bytes() == content


def test_a_truncated_database_never_loses_what_it_takes(
    installed: Installation, database: Path
) -> None:
    whole = database.read_bytes()
    for length in (100, 512, 4096, 5000, len(whole) // 2, len(whole) - 4096):
        database.write_bytes(whole[:length])
        deferred(shell(RUN, installed, variables(database), letter()), str(database))
    for name in database.parent.glob("mail.db-*"):
        name.unlink()
    database.write_bytes(whole)
    once(installed, database, letter())


def test_flipped_bytes_defer_or_do_no_harm_to_the_message(
    installed: Installation, database: Path, tmp_path: Path
) -> None:
    chance, whole, deferrals = random.Random(8), database.read_bytes(), 0
    for number in range(24):
        folder = tmp_path / f"flipped{number}"
        folder.mkdir()
        flipped, mail = bytearray(whole), letter(number)
        for _ in range(64):
            flipped[chance.randrange(100, len(flipped))] ^= chance.randrange(1, 256)
        path = folder / "mail.db"
        path.write_bytes(flipped)
        if deferred_or_taken(shell(RUN, installed, variables(path), mail)):
            with closing(sqlite3.connect(path)) as connection:
                assert oracle.original(connection, mail.message_id) == mail.data
        else:
            deferrals += 1
    assert deferrals


def test_a_damaged_log_defers_or_is_left_out(installed: Installation, database: Path) -> None:
    assert shell(RUN, installed, variables(database), letter(1)).status == 0
    log = database.with_name("mail.db-wal")
    start, whole = database.read_bytes(), log.read_bytes()
    for at in (0, 20, 40, len(whole) // 2, len(whole) - 100):
        database.write_bytes(start)
        database.with_name("mail.db-shm").unlink(missing_ok=True)
        log.write_bytes(whole[:at] + b"\xff" * 8 + whole[at + 8 :])
        deferred_or_taken(shell(RUN, installed, variables(database), letter(at)))
        with closing(sqlite3.connect(database)) as connection:
            assert oracle.damage(connection) == []


def test_a_database_from_the_future_defers(installed: Installation, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("PRAGMA user_version = 9999")
        deferred(shell(RUN, installed, variables(database), letter()), "9999", "newer")
        connection.execute("PRAGMA user_version = 0")
        deferred(shell(RUN, installed, variables(database), letter()), "db migrate")
        connection.execute(f"PRAGMA user_version = {version}")
    once(installed, database, letter())


def test_a_lock_held_for_longer_than_we_wait_defers(driven: Installation, database: Path) -> None:
    mail, short = letter(), Fault("short", {"SETTINGS": SHORT})
    with Holder(database):
        deferred(hand_over(driven, database, mail, RECIPIENTS[:1], short), "locked")
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        deferred(hand_over(driven, database, mail, RECIPIENTS[:1], short), "locked")
        other.execute("ROLLBACK")
    once(driven, database, mail)


def test_a_message_that_never_ends_is_deferred_at_the_deadline(
    driven: Installation, database: Path
) -> None:
    env = variables(database, SETTINGS="mailgate.gateway.command.DEADLINE=1")
    script = '{ printf "Subject: x\\n\\n"; sleep 4; } | "$@"'
    attempt = shell(script, driven, env, letter())
    deferred(attempt, "1 s")
    once(driven, database, letter())


@pytest.mark.parametrize(
    "text",
    ["database = ", "\0\0", "\xff", "databse = '/x'", "database = 7", "[database]\n", "=\n" * 99],
)
def test_a_configuration_that_cannot_be_read_defers(
    installed: Installation, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "mailgate.toml"
    path.write_bytes(text.encode("latin-1"))
    env = variables(tmp_path, MAILGATE_CONFIG=str(path))
    del env["MAILGATE_DB"]
    deferred(shell(RUN, installed, env, letter()), str(path))


def test_a_configuration_that_is_named_and_not_there_defers(
    installed: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "mailgate.toml"
    env = variables(tmp_path, MAILGATE_CONFIG=str(path))
    del env["MAILGATE_DB"]
    deferred(shell(RUN, installed, env, letter()), str(path))


@pytest.mark.parametrize(
    "interpreter",
    [
        None,
        "",
        "#!/no/where\n",
        "no program\n",
        "#!/bin/sh\nkill -9 $$\n",
        "#!/bin/sh\nkill -SEGV $$\n",
        "#!/bin/sh\nexit 1\n",
        "#!/bin/sh\nseq 100000 >&2; exit 67\n",
        "#!/bin/sh\nprintf '2.0.0 all is well\\n5.1.1 gone\\n' >&2; exit 127\n",
    ],
)
def test_an_interpreter_that_does_not_start_defers(
    installed: Installation, database: Path, tmp_path: Path, interpreter: str | None
) -> None:
    broken = skeleton(installed, tmp_path / "venv")
    if interpreter is not None:
        broken.python.write_text(interpreter)
        broken.python.chmod(0o755)
    attempt = shell(RUN, broken, variables(database), letter())
    if interpreter is not None and "exit 67" in interpreter:
        assert attempt.status == 67
        assert attempt.said.startswith(b"5.1.1 ")
        assert len(attempt.said) <= 200
    elif interpreter == "":
        assert attempt.status == 0 or deferred_or_taken(attempt) is False
    else:
        deferred(attempt)


def test_a_package_that_is_damaged_defers(installed: Installation, database: Path) -> None:
    broken = installed.copy(database.parent / "venv")
    for damaged in ("gateway/deliver.py", "gateway/command.py", "__main__.py"):
        path = broken.packages / "mailgate" / damaged
        path.write_text("this is not (\n")
        deferred(shell(RUN, broken, variables(database), letter()))
    shutil.rmtree(broken.packages / "mailgate")
    deferred(shell(RUN, broken, variables(database), letter()))
    once(installed, database, letter())


@pytest.mark.parametrize("option", ["--colour", "--size=many", "--size", "-x", "--db"])
def test_a_wrong_option_in_the_configuration_of_the_mail_server_defers(
    installed: Installation, database: Path, option: str
) -> None:
    mail = letter()
    env = variables(database)
    done = subprocess.run(
        [installed.front, option], input=mail.data, env=env, capture_output=True, timeout=60
    )
    deferred(Attempt(done.returncode, done.stderr, done.stdout, 0))
    deferred(shell(RUN, installed, variables(database, MAILGATE_NOW="soon"), mail), "soon")


def test_with_the_real_constants_a_held_lock_defers_before_any_mail_server_gives_up(
    long_lock: tuple[Path, subprocess.Popen[bytes]],
) -> None:
    database, process = long_lock
    assert process.wait(60) == 0
    said = Path(f"{database}.said")
    assert Path(f"{said}.status").read_text() == "75\n"
    deferred(Attempt(75, said.read_bytes(), b"", 0), "locked", "30 s")
