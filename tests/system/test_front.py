"""The sh front: however the worker ends, a mail server reads 0, a refusal, or 75 and one line."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

FRONT = Path(__file__).parents[2] / "src" / "mailgate-deliver"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
LINE = re.compile(rb"[45]\.\d\.\d{1,2} [^\n]+\n\Z")
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


@dataclass(frozen=True)
class House:
    """A made-up environment whose interpreter is any sh script, with the front beside it."""

    root: Path
    shell: str

    @property
    def front(self) -> Path:
        return self.root / "bin" / "mailgate-deliver"

    @property
    def command(self) -> list[str]:
        """The front as one particular shell runs it."""
        ash = ["busybox", "sh"] if self.shell == "busybox" else [self.shell]
        return [*ash, str(self.front)]

    def worker(self, script: str, name: str = "python3") -> None:
        write_program(self.root / "bin" / name, f"#!/bin/sh\n{script}\n")

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self.command, *arguments], input=stdin, capture_output=True, timeout=60
        )


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def furnish(root: Path, front: Path = FRONT) -> None:
    """Lay out an environment as pip leaves it: the package, its console script and the front."""
    package = root / "lib" / "python3.11" / "site-packages" / "mailgate"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("")
    write_program(root / "bin" / "mailgate", "#!/bin/sh\nexit 99\n")
    shutil.copy2(front, root / "bin" / "mailgate-deliver")


@pytest.fixture(params=SHELLS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    furnish(tmp_path)
    return House(tmp_path, request.param)


def expect(answer: subprocess.CompletedProcess[bytes], status: int) -> bytes:
    """Check an ending against the contract, and return the line on stderr."""
    assert answer.returncode == status
    if status == 0:
        assert answer.stderr == b""
    else:
        assert LINE.match(answer.stderr), answer.stderr
        assert len(answer.stderr) <= 200
        assert answer.stderr.startswith(b"4" if status == 75 else b"5")
    return answer.stderr


@pytest.mark.parametrize("status", [0, 65, 67, 69, 77])
def test_an_answer_passes(house: House, status: int) -> None:
    house.worker(f"exit {status}")
    expect(house.run(), status)


@pytest.mark.parametrize(
    "status", [1, 2, 64, 66, 68, 70, 71, 73, 74, 75, 76, 78, 120, 126, 127, 255]
)
def test_any_other_status_means_try_again(house: House, status: int) -> None:
    house.worker(f"exit {status}")
    line = expect(house.run(), 75)
    assert line == f"4.3.0 mailgate: could not run, status {status}; trying again later\n".encode()


@pytest.mark.parametrize("number", DEADLY)
def test_a_worker_that_a_signal_ends_means_try_again(house: House, number: signal.Signals) -> None:
    house.worker(f"kill -{number} $$; sleep 5")
    expect(house.run(), 75)


def test_the_worker_gets_options_and_arguments_as_they_came(house: House) -> None:
    house.worker('for a; do printf "[%s]" "$a"; done')
    odd = ["--sender", "", "--", "a b@x", "*", "$(id)", "new\nline", "größe@x", "-n"]
    answer = house.run(*odd)
    expect(answer, 0)
    assert answer.stdout.decode().split("__main__.py]")[1] == "".join(
        f"[{argument}]" for argument in ["deliver", *odd]
    )


def test_the_interpreter_starts_isolated_and_without_site(house: House) -> None:
    house.worker('echo "$1 $2"')
    assert house.run().stdout == b"-I -S\n"


def test_stdin_and_stdout_pass_byte_for_byte(house: House) -> None:
    house.worker("cat; exit 67")
    message = bytes(range(256)) * 8192
    answer = house.run(stdin=message)
    expect(answer, 67)
    assert answer.stdout == message


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("5.1.1 <nobody@example.com>: no such address here", 67),
        ("5.6.0 no header", 65),
        ("5.4.6 mail loop", 69),
        ("5.7.1 <boss@example.com>: not for you", 77),
        ("4.3.0 mailgate: the database is locked", 75),
        ("4.3.10 two digits", 75),
        ("5.1.1 größe", 67),
    ],
)
def test_the_worker_s_line_passes_with_its_status(house: House, said: str, status: int) -> None:
    house.worker(f"echo '{said}' >&2; exit {status}")
    assert expect(house.run(), status) == said.encode() + b"\n"


@pytest.mark.parametrize(
    ("said", "status", "passed"),
    [
        ("5.7.1 this would bounce", 75, 75),
        ("2.1.5 so would this", 75, 75),
        ("4.3.0 this would wait for ever", 67, 67),
        ("5.1.1 a line beside a crash", 1, 75),
        ("4.3.0 a line beside a crash", 127, 75),
        (".1.1 almost a status", 78, 75),
        ("5.1.1", 67, 67),
        ("5.1.1no blank", 67, 67),
        ("5.1.1111 too long", 67, 67),
        ("DeprecationWarning: 5.1.1 later", 67, 67),
        ("", 77, 77),
    ],
)
def test_a_line_that_contradicts_the_status_is_replaced(
    house: House, said: str, status: int, passed: int
) -> None:
    house.worker(f"echo '{said}' >&2; exit {status}")
    assert b"mailgate: " in expect(house.run(), passed)


def test_only_the_first_line_passes(house: House) -> None:
    house.worker("printf '5.1.1 first\\nsecond\\n5.1.1 third' >&2; exit 67")
    assert expect(house.run(), 67) == b"5.1.1 first\n"


def test_a_line_without_an_end_gets_one(house: House) -> None:
    house.worker("printf '5.1.1 first' >&2; exit 67")
    assert expect(house.run(), 67) == b"5.1.1 first\n"


def test_a_line_is_cut_at_200_bytes(house: House) -> None:
    house.worker("printf '5.1.1 %0500d\\n' 7 >&2; exit 67")
    assert expect(house.run(), 67) == b"5.1.1 ".ljust(199, b"0") + b"\n"


@pytest.mark.parametrize("status", [0, 1, 65, 75])
@pytest.mark.parametrize("junk", ["x", "\\\\n", "5.1.1 x\\\\n"])
def test_a_megabyte_of_chatter_changes_no_status(house: House, status: int, junk: str) -> None:
    house.worker(f"yes \"$(printf '{junk}')\" | head -c 1048576 >&2; exit {status}")
    expect(house.run(), 75 if status == 1 else status)


@pytest.mark.parametrize("status", [0, 1, 67, 75])
def test_output_that_is_not_text_changes_no_status(house: House, status: int) -> None:
    house.worker(f"printf '\\377\\376\\000\\200 \\033[31m' >&2; exit {status}")
    expect(house.run(), 75 if status == 1 else status)


def test_a_status_line_that_is_not_utf8_passes_as_it_is(house: House) -> None:
    house.worker("printf '5.1.1 <\\377\\344@x>: nobody\\n' >&2; exit 67")
    assert expect(house.run(), 67) == b"5.1.1 <\xff\xe4@x>: nobody\n"


@pytest.mark.parametrize("status", [0, 1, 67])
def test_a_worker_that_reads_nothing_is_no_trouble(house: House, status: int) -> None:
    house.worker(f"exit {status}")
    expect(house.run(stdin=b"x" * 4_000_000), 75 if status == 1 else status)


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
