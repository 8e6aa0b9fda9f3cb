"""Mail that mailgate cannot take now waits in Postfix's queue, and all of it comes in later."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from system.gateway import letter
from system.machine import wait_until
from system.mta import Mta

pytestmark = pytest.mark.root

DATABASE = "/var/lib/mailgate/mailgate.db"
FRONT = "/usr/local/bin/mailgate-deliver"
HOLD_LOCK = f"""
import sqlite3, sys
database = sqlite3.connect("{DATABASE}", isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
# Reads nothing at first, so that whoever writes to it is stopped in the middle of a message.
SLOW_FRONT = f"""#!/bin/sh
: > /var/tmp/started
while [ -e /var/tmp/wait ]; do sleep 0.05; done
{FRONT}.real "$@"
status=$?
echo $status > /var/tmp/status
exit $status
"""


@contextmanager
def missing(mta: Mta) -> Iterator[None]:
    """The database is not there."""
    with moved(mta, DATABASE):
        yield


@contextmanager
def from_the_future(mta: Mta) -> Iterator[None]:
    """The database is of a later version."""
    sql = "import sqlite3; d = sqlite3.connect('{}'); d.execute('PRAGMA user_version = {}')"
    read = f"import sqlite3; print(*sqlite3.connect('{DATABASE}').execute('PRAGMA user_version'))"
    version = python(mta, read).strip("(,)\n")
    python(mta, sql.format(DATABASE, 9999))
    try:
        yield
    finally:
        python(mta, sql.format(DATABASE, version))


@contextmanager
def not_a_database(mta: Mta) -> Iterator[None]:
    """Where the database was, there is something else."""
    with moved(mta, DATABASE):
        mta.machine.run("sh", "-c", f"yes mailgate | head -c 65536 > {DATABASE}")
        mta.machine.run("chown", "mailgate:mailgate", DATABASE)
        try:
            yield
        finally:
            mta.machine.run("rm", DATABASE)


@contextmanager
def unreadable(mta: Mta) -> Iterator[None]:
    """The user mailgate may not look into the directory."""
    mta.machine.run("chown", "root:root", "/var/lib/mailgate")
    try:
        yield
    finally:
        mta.machine.run("chown", "mailgate:mailgate", "/var/lib/mailgate")


@contextmanager
def no_interpreter(mta: Mta) -> Iterator[None]:
    """The interpreter of the environment is gone."""
    with moved(mta, "/opt/mailgate/bin/python3"):
        yield


@contextmanager
def no_package(mta: Mta) -> Iterator[None]:
    """The environment is gone, as in the middle of an upgrade."""
    with moved(mta, "/opt/mailgate"):
        yield


@contextmanager
def no_front(mta: Mta) -> Iterator[None]:
    """The program that Postfix calls is gone."""
    with moved(mta, FRONT):
        yield


@contextmanager
def bad_configuration(mta: Mta) -> Iterator[None]:
    """The configuration file does not parse."""
    mta.machine.run("mkdir", "/etc/mailgate")
    mta.machine.run("tee", "/etc/mailgate/mailgate.toml", stdin=b"database = [\n")
    try:
        yield
    finally:
        mta.machine.run("rm", "-r", "/etc/mailgate")


@contextmanager
def moved(mta: Mta, path: str) -> Iterator[None]:
    """`path`, and what SQLite keeps beside it, is elsewhere."""
    mta.machine.run("sh", "-c", f'for f in {path}*; do mv "$f" "$f.away"; done')
    try:
        yield
    finally:
        mta.machine.run("sh", "-c", f'for f in {path}*.away; do mv "$f" "${{f%.away}}"; done')


def python(mta: Mta, script: str) -> str:
    return mta.machine.run("/usr/bin/python3", "-c", script, user="mailgate")


@pytest.mark.parametrize(
    "fault",
    [
        missing,
        from_the_future,
        not_a_database,
        unreadable,
        no_interpreter,
        no_package,
        no_front,
        bad_configuration,
    ],
)
def test_mail_waits_while_mailgate_is_broken(mta: Mta, sender: str, fault: object) -> None:
    assert callable(fault)
    with fault(mta):
        mta.send(sender, "info@example.com", letter(sender).as_bytes())
        reason = mta.wait_deferred(sender)
        assert len(reason.splitlines()) == 1
        assert "Traceback" not in reason
    mta.wait_empty()
    assert len(mta.gateway.record(sender)["messages"]) == 1
    assert mta.bounces(sender) == []


def test_mail_waits_while_the_database_is_locked(mta: Mta, sender: str) -> None:
    command = mta.machine.command("/usr/bin/python3", "-c", HOLD_LOCK, user="mailgate")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        mta.send(sender, "info@example.com", letter(sender).as_bytes())
        assert "lock" in mta.wait_deferred(sender)
        assert mta.gateway.records(sender) == []
        holder.communicate()
    mta.wait_empty()
    assert len(mta.gateway.record(sender)["messages"]) == 1
    assert mta.bounces(sender) == []


@contextmanager
def slow_front(mta: Mta) -> Iterator[Path]:
    """Postfix calls SLOW_FRONT, whose files are in the folder that this gives."""
    mta.machine.run("mv", FRONT, f"{FRONT}.real")
    mta.machine.run("tee", FRONT, stdin=SLOW_FRONT.encode())
    mta.machine.run("chmod", "755", FRONT)
    folder = mta.machine.root / "var" / "tmp"
    (folder / "wait").touch()
    try:
        yield folder
    finally:
        (folder / "wait").unlink(missing_ok=True)
        wait_until((folder / "status").exists, "the end of the front")
        mta.machine.run("mv", f"{FRONT}.real", FRONT)


def test_a_message_that_was_cut_off_is_stored_once_and_whole(mta: Mta, sender: str) -> None:
    line = "one more line of the same letter\n"
    whole = letter(sender).as_bytes() + line.encode() * 100_000
    with slow_front(mta) as folder:
        mta.send(sender, "info@example.com", whole)
        wait_until((folder / "started").exists, "the front")
        for writer in mta.writers():
            os.kill(writer, signal.SIGKILL)
    assert (folder / "status").read_text() == "75\n"
    mta.wait_empty()
    (stored,) = mta.gateway.record(sender)["messages"]
    assert stored["body_text"].count(line.strip()) == 100_000
    assert len(mta.gateway.journal(sender)) == 1


def test_twenty_megabytes_arrive_whole(mta: Mta, sender: str) -> None:
    content = os.urandom(15_000_000)
    message = letter(sender)
    message.add_attachment(content, maintype="image", subtype="png", filename="big.png")
    whole = message.as_bytes()
    assert len(whole) > 20_000_000
    mta.send(sender, "info@example.com", whole)
    (stored,) = mta.gateway.wait_record(sender)["messages"]
    wait_until(lambda: mta.gateway.record(sender)["messages"][0]["attachments"], "an attachment")
    (attachment,) = mta.gateway.record(sender)["messages"][0]["attachments"]
    assert attachment["size"] == len(content)
    assert stored["subject"] == "Ten chairs"
    mta.wait_empty()
    assert len(mta.gateway.journal(sender)) == 1


def test_fifty_senders_at_once_all_arrive(mta: Mta, sender: str) -> None:
    senders = [f"{number}.{sender}" for number in range(50)]

    def send(each: str) -> None:
        mta.send(each, "info@example.com", letter(each).as_bytes())

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(send, senders))
    mta.wait_empty(120)
    started = [record["sender"] for record in mta.gateway.mailgate("record", "list")]
    assert sorted(found for found in started if found.endswith(f".{sender}")) == sorted(senders)
    assert all(mta.bounces(each) == [] for each in senders)
