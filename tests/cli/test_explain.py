"""``mailgate explain``: its options, its three forms, and what it costs."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from cli.tool import Tool

from mailgate.cli.commands import deliver, explain

MAIL = (
    b"From: Ann <ann@example.org>\nTo: info@example.com\nSubject: Red \x1b[31mchairs\n"
    b"Message-ID: <1@example.org>\n\nTen.\n"
)


@pytest.fixture
def gate(tool: Tool) -> Tool:
    tool.ok("alias", "add", "info", "--model", "lead")
    return tool


@pytest.fixture
def mail(tmp_path: Path) -> str:
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL)
    return str(path)


def on_terminal(tool: Tool, *words: str) -> str:
    """Run the real program on a terminal of 80 columns and return what it shows."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "MAILGATE_DB": str(tool.path), "COLUMNS": "80", "TERM": "xterm"}
    with subprocess.Popen(
        [sys.executable, "-m", "mailgate", *words],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environ,
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:
                break
            if not chunk:
                break
            shown += chunk
        assert process.wait() == 0
    os.close(ours)
    return shown.decode()


def test_it_takes_the_options_of_deliver() -> None:
    ours = {each.name: each for each in explain.command.params}
    for each in deliver.command.params:
        if isinstance(each, click.Option) and each.name != "json":
            assert ours[each.name] is each


def test_plain_text_is_indented(gate: Tool, mail: str) -> None:
    shown = gate.ok("explain", "-r", "info", "-f", "ann@example.org", mail).stdout
    assert "\n  info@example.com, from the envelope\n    empty " in shown
    assert "\n    alias         created: info@example.com is an alias of model lead\n" in shown
    assert "\n    exit status  0\n" in shown
    assert "\x1b" not in shown


def test_the_message_comes_from_a_file_or_standard_input(gate: Tool, mail: str) -> None:
    of_file = gate.process("explain", "--json", mail).stdout
    assert gate.process("explain", "--json", input=MAIL).stdout == of_file
    assert gate.process("explain", "--json", "-", input=MAIL).stdout == of_file
    assert json.loads(of_file)["recipients"][0]["source"] == "to"


def test_its_exit_status_is_no_judgement(gate: Tool, mail: str) -> None:
    found = gate.json("explain", "-r", "nobody", mail)
    assert (found["outcome"], found["exit_status"]) == ("rejected", 67)


def test_mail_that_came_before_is_named_by_its_journal_entry(gate: Tool) -> None:
    gate.deliver(MAIL, "info@example.com")
    gate.deliver(MAIL.replace(b"<1@", b"<2@"), "nobody@example.com")
    shown = gate.ok("explain", "--journal", "1").stdout
    assert "created: info@example.com is an alias" in shown
    assert "what the journal recorded: entry 1" in shown
    assert "the message was rejected" in gate.ok("explain", "--journal", "2").stdout
    assert gate.json("explain", "--journal", "2")["recipients"][0]["steps"] == []
    assert "journal list" in gate.error("explain", "--journal", "9")


def test_a_file_and_a_journal_entry_exclude_each_other(gate: Tool, mail: str) -> None:
    assert "--journal" in gate.error("explain", "--journal", "1", mail, status=2)
    assert "--journal" in gate.error("explain", "--journal", "1", "-r", "info", status=2)


def test_what_cannot_be_is_one_line(gate: Tool, mail: str) -> None:
    gate.error("explain", "no-such-file", status=2)
    assert "cut off" in gate.error("explain", "--size", "5000", mail)
    assert "model list" in gate.error("explain", "-r", "x@y.test", "--model", "nothing", mail)


def test_a_terminal_gets_a_tree_and_nothing_that_steers_it(gate: Tool, mail: str) -> None:
    shown = on_terminal(gate, "explain", "-r", "info", mail)
    assert "├──" in shown
    assert "\ufffd[31mchairs" in shown
    assert "\x1b[31mchairs" not in shown


def test_every_line_of_the_tree_fits_the_terminal(gate: Tool) -> None:
    address = "a" * 60 + "@" + "b" * 60 + ".test"
    gate.deliver(MAIL, "info@example.com", address)
    shown = re.sub(r"\x1b\[[0-9;]*m|\r", "", on_terminal(gate, "explain", "--journal", "1"))
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.partition("the journal recorded")[2].count("b") >= 60


def test_rich_is_for_terminals_only(gate: Tool, mail: str) -> None:
    """Importing it would be half of what explaining costs."""
    program = "import sys; from mailgate.__main__ import main; main(); print('rich' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program, "--db", str(gate.path), "explain", "-r", "info", mail],
        capture_output=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == b"False"
