"""What users copy from the documentation and examples/ is what the program understands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import click
import pytest

from mailgate.cli.main import root

PLACE = Path(__file__).parent.parent
EXAMPLES = PLACE / "examples"
PAGES = [PLACE / "README.md", *sorted(EXAMPLES.glob("*/README.md"))]
UNITS = sorted(EXAMPLES.glob("*/*.service")) + sorted(EXAMPLES.glob("*/*.timer"))
CRON = sorted(EXAMPLES.glob("*/*.cron"))
PROGRAM = "/opt/mailgate/bin/mailgate"
FLAGS = ("-v", "-q", "--json")


def commands(path: Path) -> Iterator[str]:
    """Yield the commands of mailgate in the blocks of a page, put together where they are cut."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    block = False
    for line in text.splitlines():
        block ^= line.startswith("```")
        code = line.strip()
        if (block or line.startswith("    ")) and re.match(r"mailgate(-deliver)? [a-z-]", code):
            yield re.split(r" [|<>]", code)[0]


def understood(words: list[str]) -> None:
    """Have click read a command as the program does; a usage error is the test's."""
    command: click.Command = root
    rest = [word for word in words if word not in FLAGS]
    while isinstance(command, click.Group):
        name, *rest = rest
        found = command.get_command(click.Context(command), name)
        assert found is not None, words
        command = found
    command.make_context(" ".join(words), rest)


def parsed(unit: Path) -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize(
    "page",
    [PLACE / "README.md", *sorted(EXAMPLES.glob("*/README.md"))],
    ids=lambda p: p.parent.name,
)
def test_commands_on_pages_for_users_exist_with_their_options(page: Path) -> None:
    for line in commands(page):
        understood(shlex.split(line)[1:])


def test_a_mailbox_is_set_up_in_at_most_seven_commands() -> None:
    text = (EXAMPLES / "fetch" / "README.md").read_text(encoding="utf-8")
    ways = re.findall(r"^## (Any IMAP|Gmail|Microsoft).*?\n\n((?:    .*\n)+)", text, re.MULTILINE)
    assert len(ways) == 3
    for name, block in ways:
        lines = block.replace("\\\n", "").strip().splitlines()
        assert len(lines) <= 7, name
        assert lines[-1].strip() == "mailgate -v fetch"


@pytest.mark.parametrize("file", CRON, ids=lambda p: p.name)
def test_a_cron_job_has_a_time_a_user_and_a_command_of_ours(file: Path) -> None:
    jobs = [line for line in file.read_text(encoding="utf-8").splitlines() if "*" in line]
    assert jobs
    for job in jobs:
        *times, user, command = job.split(maxsplit=6)
        assert len(times) == 5
        assert all(re.fullmatch(r"[\d*/,-]+", time) for time in times)
        assert user == "mailgate"
        program, *words = shlex.split(command)
        assert program in ("mailgate", PROGRAM)
        understood(words)


@pytest.mark.parametrize("file", UNITS, ids=lambda p: p.name)
def test_a_unit_runs_a_command_of_ours_or_times_one_that_does(file: Path) -> None:
    unit = parsed(file)
    if file.suffix == ".timer":
        assert file.with_suffix(".service").exists()
        assert unit["Install"]["WantedBy"] == "timers.target"
        assert any(key.startswith("On") for key in unit["Timer"])
        return
    program, *words = shlex.split(unit["Service"]["ExecStart"])
    assert program == PROGRAM
    assert unit["Service"]["User"] == "mailgate"
    understood(words)
