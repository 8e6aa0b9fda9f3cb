"""How commands end: one line, the right exit status, and never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli.tool import MAIL, Tool
from click.testing import CliRunner

from mailgate.cli import main as program
from mailgate.cli.main import main, root
from mailgate.version import VERSION


@pytest.mark.parametrize(
    "words",
    [
        ("domain", "list"),
        ("alias", "add", "info", "--model", "lead"),
        ("param", "get", "mail.bounce.limit"),
        ("record", "show", "1"),
        ("db", "check"),
        ("unpack",),
    ],
)
def test_without_a_database_the_line_names_init(bare: Tool, words: tuple[str, ...]) -> None:
    text = bare.error(*words)
    assert text.endswith("init")
    assert str(bare.path) in text
    assert not bare.path.exists()


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("fooo",), "there is init"),
        (("alais",), "did you mean alias?"),
        (("alias", "lst"), "did you mean list?"),
        (("alias", "add"), "Missing argument"),
        (("alias", "add", "info"), "--model"),
        (("alias", "add", "info", "--modle", "lead"), "--model"),
        (("alias", "add", "info", "--model", "lead", "--policy", "all"), "everyone"),
        (("record", "show", "one"), "not a number from 1 to"),
        (("record", "list", "--limit", "0"), "--limit"),
        (("domain", "add", "a.example", "b.example"), "unexpected extra argument"),
        (("--frobnicate",), "No such option"),
        (("-v", "-q", "domain", "list"), "exclude"),
    ],
)
def test_a_usage_error_is_one_line_with_status_2(
    tool: Tool, words: tuple[str, ...], advice: str
) -> None:
    text = tool.error(*words, status=2)
    assert advice in text
    assert "--help" in text


def test_a_group_alone_shows_its_help(tool: Tool) -> None:
    result = tool.run("alias")
    assert result.exit_code == 2
    assert "Examples" not in result.stdout
    assert "add" in result.stderr


def test_the_database_comes_from_option_environment_or_file(tmp_path: Path) -> None:
    config = tmp_path / "mailgate.toml"
    config.write_text('database = "gate.db"\n')
    runner = CliRunner()
    assert runner.invoke(root, ["--config", str(config), "init"]).exit_code == 0
    assert (tmp_path / "gate.db").exists()
    environ = {"MAILGATE_CONFIG": str(config)}
    assert runner.invoke(root, ["domain", "list"], env=environ).exit_code == 0
    config.write_text("database = 3\n")
    result = runner.invoke(root, ["domain", "list"], env=environ)
    assert result.exit_code == 1
    assert f"{config}, line 1: key 'database'" in result.stderr
    environ["MAILGATE_DB"] = str(tmp_path / "gate.db")
    assert runner.invoke(root, ["domain", "list"], env=environ).exit_code == 1
    config.unlink()
    assert runner.invoke(root, ["domain", "list"], env=environ).exit_code == 1
    del environ["MAILGATE_CONFIG"]
    assert runner.invoke(root, ["domain", "list"], env=environ).exit_code == 0


def test_a_postgresql_url_is_refused_by_name() -> None:
    result = CliRunner().invoke(root, ["--db", "postgresql://localhost/x", "domain", "list"])
    assert result.exit_code == 1
    assert "postgresql://" in result.stderr


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "gate.db"
    path.write_bytes(b"this is no database, but a text that is long enough to look at" * 50)
    for words in (("domain", "list"), ("init",), ("db", "check"), ("db", "migrate")):
        assert "not a database" in Tool(path).error(*words)


def test_a_damaged_database_is_one_line(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    size = tool.path.stat().st_size
    with tool.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    for words in (("alias", "list"), ("record", "list"), ("journal", "list"), ("db", "check")):
        assert str(tool.path) in tool.error(*words)


def test_a_database_of_a_later_version_is_refused(tool: Tool) -> None:
    import sqlite3

    connection = sqlite3.connect(tool.path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert "999" in tool.error("domain", "list")
    assert "999" in tool.error("db", "migrate")


def test_arguments_that_are_not_utf_8_are_a_usage_error(tool: Tool) -> None:
    for words in (
        ("domain", "add", b"\xff.example"),
        ("alias", "show", b"\xff"),
        ("contact", "add", "a@b.example", "--name", b"\xff"),
        (b"\xff",),
        ("alias", "add", "x", "--model", b"\xff"),
    ):
        result = tool.process(*words)
        assert result.returncode == 2, result.stderr
        assert result.stderr.count(b"\n") == 1
        assert b"Traceback" not in result.stderr


def test_a_path_need_not_be_utf_8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.db"
    tool = Tool(tmp_path / "unused.db")
    assert tool.process("--db", path, "init").returncode == 0
    assert os.path.exists(path)
    assert tool.process("--db", path, "init", "--json").returncode == 0


def test_control_characters_in_an_error_are_made_visible(tool: Tool) -> None:
    text = tool.error("alias", "show", "a\x1b[31m\nb@example.com")
    assert "\x1b" not in text


def test_a_reader_that_goes_away_ends_the_command_quietly(tool: Tool) -> None:
    command = [sys.executable, "-m", "mailgate", "--db", str(tool.path), "param", "list", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == program.CLOSED_PIPE


def test_a_closed_standard_stream_is_an_empty_one(bare: Tool) -> None:
    program = f"{sys.executable} -m mailgate --db {bare.path}"
    made = subprocess.run(
        f"{program} init --domain example.com <&- >&- 2>&-", shell=True, check=False
    )
    assert made.returncode == 0
    bare.process("deliver", "--model", "lead", "x@example.com", input=MAIL.format("x").encode())
    words = f"{program} post 1"
    silent = subprocess.run(f"{words} <&-", shell=True, capture_output=True, check=False)
    assert silent.returncode == 1
    assert silent.stderr == b"mailgate: there is no text: write it on standard input\n"
    posted = subprocess.run(
        f"echo Hello | {words} --json >&-", shell=True, capture_output=True, check=False
    )
    assert posted.returncode == 0
    assert posted.stderr.startswith(b"message 2 waits in the outbox for ann@example.org\n")


def test_an_interrupt_ends_the_command_quietly(tool: Tool) -> None:
    """The command waits for the lock that this test holds."""
    import fcntl

    words = ("domain", "add", "late.example")
    with open(f"{tool.path}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "mailgate", "--db", str(tool.path), *words]
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        process.send_signal(signal.SIGINT)
        fcntl.flock(lock, fcntl.LOCK_UN)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == program.INTERRUPTED
    assert b"Traceback" not in stderr
    assert len(tool.json("domain", "list")) == 1


def test_an_unexpected_error_is_one_line_too(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    from mailgate.store import domains

    def broken(_: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(domains, "every", broken)
    text = tool.error("domain", "list")
    assert "internal error: RuntimeError: two lines" in text


def test_version_and_help_succeed() -> None:
    runner = CliRunner()
    assert (
        runner.invoke(root, ["--version"], prog_name="mailgate").output == f"mailgate {VERSION}\n"
    )
    assert runner.invoke(root, ["--help"]).exit_code == 0


def test_main_returns_the_exit_status(bare: Tool, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--db", str(bare.path), "domain", "list"]) == 1
    assert main(["--db", str(bare.path), "init"]) == 0
    assert main(["nonsense"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def last_line(code: str) -> str:
    """Run Python code in a process of its own and return its last line."""
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return result.stdout.splitlines()[-1]


def test_help_of_the_program_imports_no_command() -> None:
    code = (
        "import sys; from mailgate.cli.main import main; main(['--help']);"
        "print([m for m in sys.modules if m.startswith(('mailgate.cli.commands.', 'rich'))])"
    )
    assert last_line(code) == "[]"


def test_piped_output_needs_no_rich(tool: Tool) -> None:
    code = (
        "import sys; from mailgate.cli.main import main;"
        f"main(['--db', {str(tool.path)!r}, 'param', 'list']);"
        "print([m for m in sys.modules if m.startswith(('rich', 'email', 'asyncio'))])"
    )
    assert last_line(code) == "[]"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_output_fits_any_locale(tool: Tool, encoding: str) -> None:
    tool.ok("domain", "set", "1", "--company", "Ćma ☃")
    environ = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "mailgate", "--db", str(tool.path), "domain", "show", "1"]
    result = subprocess.run(command, capture_output=True, env=environ, check=True)
    assert b"company" in result.stdout


def test_deliver_through_the_command_line_ends_as_an_mta_understands(bare: Tool) -> None:
    """Not by click's own statuses: a wrong option is the configuration's fault, not the mail's."""
    result = bare.process("-v", "deliver", "--nonsense", input=b"From: a@b.c\n\nx\n")
    assert result.returncode == 75
    assert result.stdout == b""
    help_ = bare.process("deliver", "--help")
    assert help_.returncode == 0
    assert b"--queue-id" in help_.stdout


def test_a_full_disk_is_one_line(tool: Tool) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "mailgate", "--db", str(tool.path), "param", "list"]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert result.returncode == 1
    assert result.stderr.count(b"\n") == 1
    assert b"No space left" in result.stderr


def test_json_before_the_command_is_json_after_it(tool: Tool) -> None:
    for words in (["--json", "domain", "list"], ["domain", "--json", "list"]):
        answer = CliRunner().invoke(root, ["--db", str(tool.path), *words])
        assert json.loads(answer.stdout)[0]["name"] == "example.com"


def test_a_configuration_file_that_is_named_must_be_right_whatever_names_the_database(
    tool: Tool,
) -> None:
    words = ["--db", str(tool.path), "--config", "/nonexistent.toml", "domain", "list"]
    answer = CliRunner().invoke(root, words)
    assert answer.exit_code == 1
    assert "/nonexistent.toml" in answer.stderr


def test_verbose_adds_what_led_to_an_error(tool: Tool) -> None:
    tool.path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    plain = tool.process("domain", "list")
    told = tool.process("-v", "domain", "list")
    assert (plain.returncode, told.returncode) == (1, 1)
    assert told.stderr.startswith(plain.stderr)
    assert b"because of" in told.stderr
    assert b"Traceback" not in told.stderr
