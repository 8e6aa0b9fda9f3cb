"""What is printed to people and to programs."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest
from cli.tool import Tool
from hypothesis import given
from hypothesis import strategies as st

from mailgate.cli.output import Column, cell, display, plain, width, write_rows
from mailgate.entities.record import Attachment


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("größe 日本", "größe 日本"),
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\rb\nc\td", "a␍b␊c␉d"),
        ("\x00\x7f", "␀␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\u2066b\u2069", "a<U+2066>b<U+2069>"),
        ("a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"),
        ("a\u2028b", "a<U+2028>b"),
        ("a\u00a0b", "a b"),
        ("\u3164", "<U+3164>"),
        ("\udcff", "\ufffd"),
    ],
)
def test_nothing_shown_is_invisible_or_steers_a_terminal(text: str, shown: str) -> None:
    assert display(text) == shown


def test_bodies_keep_their_lines() -> None:
    assert display("a\n\tb\x1b", lines=True) == "a\n\tb␛"


@given(st.text())
def test_any_text_is_shown_as_printable_utf_8(text: str) -> None:
    shown = display(text)
    assert shown.isprintable()
    shown.encode("utf-8")
    assert "\n" not in cell(text)


def test_json_has_the_names_of_the_contract() -> None:
    item = Attachment(1, "a", "b", "text/plain", 3, None, "00")
    assert plain((item,))[0]["content_type"] == "text/plain"


def test_cells_read_as_people_write() -> None:
    assert cell(None) == cell("") == cell(()) == cell({}) == "-"
    assert (cell(True), cell(False), cell(0)) == ("yes", "no", "0")
    assert cell({"a": 1, "b": ("x", "y")}) == "a=1, b=x, y"


def test_plain_columns_are_aligned_by_what_a_terminal_shows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_rows([["ID", "NAME", "X"], ["7", "日本", "a"], ["10", "é", ""]], [True, False, False])
    assert capsys.readouterr().out == "ID  NAME  X\n 7  日本  a\n10  é\n"
    assert (width("日本"), width("e\u0301"), width("abc")) == (4, 1, 3)


def test_a_column_has_no_surprises() -> None:
    assert Column("x", len).value("abc") == 3


def on_terminal(tool: Tool, *words: str) -> str:
    """Return what a command writes to a terminal of 80 columns, without bold type."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "xterm"}
    command = [sys.executable, "-m", "mailgate", "--db", str(tool.path), *words]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs, env=environ)
    os.close(theirs)
    found = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        found += piece
    os.close(ours)
    process.wait()
    return re.sub(r"\x1b\[[012]m", "", found.decode().replace("\r\n", "\n"))


def test_tables_on_a_terminal_fit_it(tool: Tool) -> None:
    tool.ok("alias", "add", "x" * 40, "--model", "lead", "--default", f"team={'long ' * 30}")
    tool.ok("contact", "add", "ann@example.org", "--name", "[red]Ann[/oops] [link=x]")
    for words in (("alias", "list"), ("param", "list"), ("audit", "list"), ("contact", "list")):
        lines = on_terminal(tool, *words).splitlines()
        assert max(map(width, lines)) <= 80
        assert not any("\x1b" in line for line in lines)
    assert "[red]Ann[/oops] [link=x]" in on_terminal(tool, "contact", "list")


def test_a_terminal_gets_fifty_lines_and_the_way_to_more(tool: Tool) -> None:
    for number in range(52):
        tool.ok("contact", "add", f"a{number:02}@example.org")
    text = on_terminal(tool, "contact", "list")
    assert "a49@example.org" in text
    assert "a50@example.org" not in text
    assert "--limit" in text
    assert "a51@example.org" in on_terminal(tool, "contact", "list", "--limit", "60")
    assert len(tool.json("contact", "list")) == 52
    assert len(tool.ok("contact", "list").stdout.splitlines()) == 53


def test_quiet_says_nothing_and_verbose_says_more(tool: Tool) -> None:
    assert tool.ok("-q", "domain", "add", "a.example").stderr == ""
    assert "catchall" in tool.ok("-v", "domain", "add", "b.example").stdout
    assert tool.ok("domain", "add", "c.example").stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ("domain", "list"),
        ("model", "list"),
        ("alias", "list"),
        ("contact", "list"),
        ("param", "list"),
        ("record", "list"),
        ("journal", "list"),
        ("audit", "list"),
        ("db", "info"),
        ("db", "check"),
        ("db", "migrate"),
        ("unpack",),
        ("init",),
        ("completion", "bash"),
    ],
)
def test_every_command_prints_one_json_document_and_nothing_else(
    tool: Tool, words: tuple[str, ...]
) -> None:
    assert tool.json(*words) is not None
    assert tool.ok(words[0], "--json", *words[1:]).stdout == tool.ok(*words, "--json").stdout
