"""``mailgate deliver`` among hostile bytes, signals, closed descriptors and broken databases."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from gateway.house import House, letter
from gateway.program import Program


@pytest.mark.parametrize(
    "raw",
    [
        b"From: \xff\xfe\0\nSubject: \0\xff\n\n\0\xff",
        b"A: b\n" * 60_000 + b"\n",
        b"Subject: " + b"x" * 3_000_000 + b"\n\n",
        b"To: " + b"a@b," * 100_000 + b"\n\n",
        b"References: " + b"<a@b> " * 100_000 + b"\n\n",
        b"From: a@b\r\r\rtext\r",
        b"\xef\xbb\xbfFrom: a@b\nTo: c@d\n\ntext",
        b"From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n" * 50_000,
    ],
)
def test_no_bytes_break_it(program: Program, raw: bytes) -> None:
    started = time.monotonic()
    said = program.deliver("info@example.com", raw=raw)
    assert said.status in (0, 65)
    assert time.monotonic() - started < 30


def test_arguments_are_read_as_utf_8_and_others_refused(program: Program, house: House) -> None:
    house.alias("größe")
    assert program.deliver("größe@example.com".encode()).status == 0
    said = program.deliver(b"gr\xf6\xdfe@example.com")
    assert said.status == 67
    assert (
        program.deliver("-f", b"\xff@x", "--queue-id", b"\xff" * 500, "info@example.com").status
        == 0
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_while_it_reads_lets_the_mta_try_again(
    program: Program, house: House, number: signal.Signals
) -> None:
    process = program.start("info@example.com")
    assert process.stdin is not None
    process.stdin.write(letter())
    process.stdin.flush()
    time.sleep(1.0)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 75
    assert err.startswith(b"4.3.0 mailgate: ")
    assert house.records() == []
    assert program.deliver("info@example.com").status == 0


def test_a_closed_output_changes_nothing(program: Program, house: House) -> None:
    assert program.shell("--json >&-") == 0
    assert house.rows("SELECT unpacked FROM message") == [("done",)]
    assert program.shell("help@example.com 2>&-") == 0
    assert program.shell("sales@example.com >&- 2>&-") == 0
    assert program.shell("--nope 2>&-") == 75
    assert program.shell("--json >/dev/full") == 0


def test_a_closed_or_unreadable_input_is_not_an_empty_message(
    program: Program, house: House
) -> None:
    """An empty message is refused for good."""
    assert program.shell("<&-") == 75
    assert program.shell("<&- >&- 2>&-") == 75
    assert house.rows("SELECT count(*) FROM journal") == [(0,)]


def test_a_reader_that_went_away_changes_nothing(program: Program) -> None:
    process = program.start("--json", "info@example.com")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stderr.close()
    process.stdout = process.stderr = None
    process.communicate(letter(), timeout=30)
    assert process.returncode == 0


def test_a_wrong_clock_or_a_wrong_configuration_lets_the_mta_try_again(program: Program) -> None:
    assert program.deliver("info@example.com", MAILGATE_NOW="yesterday").status == 75
    assert program.deliver("info@example.com", MAILGATE_NOW="2026-11-22T17:00:00Z").status == 0
    bad = program.folder / "bad.toml"
    bad.write_text("database = ")
    said = program.deliver("info@example.com", MAILGATE_DB="", MAILGATE_CONFIG=str(bad))
    assert said.status == 75
    assert "bad.toml" in said.line


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_database_of_ours_lets_the_mta_try_again(
    program: Program, content: bytes
) -> None:
    path = program.folder / "odd.db"
    path.write_bytes(content)
    said = program.deliver("info@example.com", MAILGATE_DB=str(path))
    assert said.status == 75
    assert str(path.name) in said.line


def test_a_full_disk_by_the_parameter_lets_the_mta_try_again(
    program: Program, house: House
) -> None:
    house.parameter("mail.disk.floor.mb", "1000000000")
    said = program.deliver("info@example.com")
    assert (said.status, house.records()) == (75, [])
    assert "mail.disk.floor.mb" in said.line


def test_nothing_of_ours_outlives_it(program: Program) -> None:
    """A descriptor left open would keep the MTA waiting."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        program.words("info@example.com"),
        stdin=subprocess.PIPE,
        pass_fds=[writing],
        cwd=program.folder,
        env=program.environ(),
    )
    os.close(writing)
    process.communicate(letter(), timeout=30)
    started = time.monotonic()
    assert os.read(reading, 1) == b""
    assert time.monotonic() - started < 1
    os.close(reading)
