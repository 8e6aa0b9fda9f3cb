"""A program that takes letters as sendmail does: what it gets, and what its ending means."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from mailgate.channels.outgoing import DEFERRED, FAILED, SENT, TROUBLES, UNUSABLE, Parcel, Result
from mailgate.channels.sendmail import Sendmail
from mailgate.errors import DatabaseError, MailgateError


def run(code: str, folder: Path, *, seconds: float = 30.0, count: int = 1) -> list[Result]:
    """Send letters through a program in Python, in a folder where it may write."""
    program = f"import os, sys, time\nos.chdir({str(folder)!r})\n{code}"
    channel = Sendmail([sys.executable, "-c", program], seconds)
    parcels = [Parcel(n, "", f"{n}@x.org", lambda: [b"a\r\nb\rc\n"]) for n in range(count)]
    return [result for _, result in channel.send(parcels)]


def test_the_program_gets_envelope_and_text(tmp_path: Path) -> None:
    """The options that Postfix, Exim, Sendmail and OpenSMTPD share; lines end in LF."""
    code = "open('seen', 'w').write(repr((sys.argv[1:], sys.stdin.buffer.read())))"
    (result,) = run(code, tmp_path)
    assert result.outcome == SENT
    assert (tmp_path / "seen").read_text() == repr((["-f", "<>", "--", "0@x.org"], b"a\nb\nc\n"))


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        (0, SENT, "2.0.0"),
        (65, FAILED, "5.6.0"),
        (67, FAILED, "5.1.1"),
        (68, FAILED, "5.1.2"),
        (77, FAILED, "5.7.1"),
        (75, DEFERRED, "4.3.0"),
        (1, DEFERRED, "4.3.0"),
        (69, DEFERRED, "4.3.0"),
        (70, DEFERRED, "4.3.0"),
        (71, DEFERRED, "4.3.0"),
        (255, DEFERRED, "4.3.0"),
    ],
)
def test_the_exit_status_decides(tmp_path: Path, status: int, outcome: str, code: str) -> None:
    (result,) = run(f"print('why'); sys.exit({status})", tmp_path)
    assert (result.outcome, result.status) == (outcome, code)
    assert result.text.endswith(f"status {status}: why" if status else "why")


@pytest.mark.parametrize("status", [64, 78, 126, 127])
def test_a_command_that_is_wrong_is_left_alone_after_some_letters(
    tmp_path: Path, status: int
) -> None:
    outcomes = [result.outcome for result in run(f"sys.exit({status})", tmp_path, count=3)]
    assert outcomes == [DEFERRED] * (TROUBLES - 1) + [UNUSABLE]


def test_a_program_that_is_killed_is_tried_again(tmp_path: Path) -> None:
    (result,) = run("os.kill(os.getpid(), 9)", tmp_path)
    assert (result.outcome, "signal 9" in result.text) == (DEFERRED, True)


def test_a_program_that_is_not_there_makes_the_channel_unusable() -> None:
    channel = Sendmail(["/nowhere/sendmail", "-i"])
    ((_, result),) = channel.send([Parcel(1, "", "a@x.org", lambda: [b"x"])])
    assert result.outcome == UNUSABLE
    assert result.text == "cannot start /nowhere/sendmail: No such file or directory"


def test_a_program_that_does_not_end_is_killed(tmp_path: Path) -> None:
    started = time.monotonic()
    code = "open('pid', 'w').write(str(os.getpid())); time.sleep(600)"
    (result,) = run(code, tmp_path, seconds=1.0)
    assert (result.outcome, "longer than 1 s" in result.text) == (DEFERRED, True)
    assert time.monotonic() - started < 20
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()


def test_a_program_that_never_stops_printing_is_bounded_in_time_and_memory(tmp_path: Path) -> None:
    (result,) = run("while True: print('x' * 60000)", tmp_path, seconds=1.0)
    assert result.outcome == DEFERRED
    assert len(result.text) <= 500


def test_what_it_prints_is_shown_in_one_line_with_nothing_that_steers_a_terminal(
    tmp_path: Path,
) -> None:
    (result,) = run(r"sys.stderr.write('a\n\033[31mb\n'); sys.exit(1)", tmp_path)
    assert result.text.endswith("status 1: a [31mb")


def test_nobody_waits_for_a_child_that_it_leaves_behind(tmp_path: Path) -> None:
    """As a sendmail does that delivers in the background."""
    started = time.monotonic()
    (result,) = run("if os.fork() == 0: time.sleep(20)", tmp_path)
    assert result.outcome == SENT
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(MailgateError("its bytes are gone"), FAILED), (DatabaseError("locked"), DEFERRED)],
)
def test_a_letter_that_cannot_be_read_is_not_handed_over(
    tmp_path: Path, error: MailgateError, outcome: str
) -> None:
    def chunks() -> list[bytes]:
        raise error

    code = "open('started', 'w')"
    channel = Sendmail([sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r}); {code}"])
    ((_, result),) = channel.send([Parcel(1, "", "a@x.org", chunks)])
    assert (result.outcome, result.text) == (outcome, str(error))
    assert not (tmp_path / "started").exists()
