"""The sh front where things break: signals, interpreters that do not start, closed descriptors."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from system.house import FRONT, House, expect, furnish, write_program

CATCHABLE = [
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGALRM,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGXCPU,
    signal.SIGXFSZ,
    signal.SIGPIPE,
]
# SIGPIPE is missing here because the front makes the worker ignore it.
DEADLY = [*CATCHABLE[:-1], signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS]


@pytest.mark.parametrize("number", DEADLY)
def test_a_worker_that_a_signal_ends_means_try_again(house: House, number: signal.Signals) -> None:
    house.worker(f"kill -{number} $$; sleep 5")
    expect(house.run(), 75)


def missing(bin_: Path) -> None:
    (bin_ / "python3").unlink(missing_ok=True)


def forbidden(bin_: Path) -> None:
    write_program(bin_ / "python3", "exit 0\n")
    (bin_ / "python3").chmod(0o644)


def a_folder(bin_: Path) -> None:
    (bin_ / "python3").mkdir()


def another_machine(bin_: Path) -> None:
    (bin_ / "python3").write_bytes(b"\x7fELF" + bytes(200))
    (bin_ / "python3").chmod(0o755)


def no_interpreter(bin_: Path) -> None:
    write_program(bin_ / "python3", "#!/nowhere/python3.11\n")


def dangling(bin_: Path) -> None:
    (bin_ / "python3").symlink_to("/nowhere/python3.11")


@pytest.mark.parametrize(
    "broken", [missing, forbidden, a_folder, another_machine, no_interpreter, dangling]
)
def test_an_interpreter_that_does_not_start_means_try_again(house: House, broken: object) -> None:
    assert callable(broken)
    broken(house.root / "bin")
    assert b"could not run" in expect(house.run(), 75)


def test_an_environment_that_is_gone_means_try_again(house: House) -> None:
    front = house.front.read_bytes()
    shutil.rmtree(house.root)
    house.front.parent.mkdir(parents=True)
    house.front.write_bytes(front.replace(b"/opt/mailgate", b"/nowhere"))
    expect(house.run(), 75)


@pytest.mark.parametrize("number", CATCHABLE)
def test_a_signal_to_the_front_alone_does_not_belie_the_worker(
    house: House, number: signal.Signals
) -> None:
    house.worker(": > started; sleep 0.2; echo done; exit 0")
    process = subprocess.Popen(
        house.command, cwd=house.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wait_for(house.root / "started")
    process.send_signal(number)
    assert process.communicate(timeout=60) == (b"done\n", b"")
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_front_and_worker_means_try_again(house: House, number: signal.Signals) -> None:
    house.worker(": > started; exec sleep 60")
    process = subprocess.Popen(
        house.command, cwd=house.root, stderr=subprocess.PIPE, start_new_session=True
    )
    wait_for(house.root / "started")
    time.sleep(0.1)
    os.killpg(process.pid, number)
    _, said = process.communicate(timeout=60)
    expect(subprocess.CompletedProcess([], process.returncode, b"", said), 75)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("status", [0, 1, 67])
def test_a_stderr_that_nobody_reads_changes_no_status(house: House, status: int) -> None:
    house.worker(f"echo 5.1.1 x >&2; exit {status}")
    reader, writer = os.pipe()
    os.close(reader)
    try:
        answer = subprocess.run(house.command, stderr=writer, timeout=60)
    finally:
        os.close(writer)
    assert answer.returncode == (75 if status == 1 else status)


@pytest.mark.parametrize("descriptor", [0, 1, 2])
def test_a_closed_descriptor_is_never_a_bounce(house: House, descriptor: int) -> None:
    house.worker("exit 0")
    shell = f"exec {descriptor}>&-; exec {' '.join(house.command)}"
    assert subprocess.run(["sh", "-c", shell], timeout=60).returncode in {0, 75}


def test_nothing_of_the_front_stays_open_in_the_worker(house: House) -> None:
    house.worker('[ -e /proc/self/fd/3 ] || [ -e /proc/self/fd/4 ] || echo "clean"')
    assert house.run().stdout == b"clean\n"


def test_a_copy_elsewhere_uses_the_environment_it_names(tmp_path: Path) -> None:
    furnish(tmp_path / "opt")
    write_program(tmp_path / "opt" / "bin" / "python3", "#!/bin/sh\necho named\n")
    write_program(tmp_path / "local" / "bin" / "python3", "#!/bin/sh\necho wrong\n")
    (tmp_path / "local" / "bin" / "mailgate").symlink_to(tmp_path / "opt" / "bin" / "mailgate")
    copy = tmp_path / "local" / "bin" / "mailgate-deliver"
    write_program(copy, FRONT.read_text().replace("/opt/mailgate", str(tmp_path / "opt")))
    assert subprocess.run([copy], capture_output=True, timeout=60).stdout == b"named\n"


def test_an_editable_install_is_started_by_its_console_script(house: House) -> None:
    shutil.rmtree(house.root / "lib")
    house.worker('echo "script $*"', name="mailgate")
    assert house.run("--json").stdout == b"script deliver --json\n"
