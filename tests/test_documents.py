"""Every command and option is in its help, with an example, in the manual, and completed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mailgate.cli.completions import FILES, script
from mailgate.cli.main import root
from mailgate.cli.tree import Node, names, nodes
from mailgate.entities.parameter import PARAMETERS

PLACE = Path(__file__).parent.parent
NODES = list(nodes(root))
LEAVES = [node for node in NODES if not node.children]


def title(node: Node) -> str:
    return " ".join(("mailgate", *node.words))


def roff(text: str) -> str:
    return text.replace("-", r"\-").replace("'", r"\(aq")


def page(node: Node) -> str:
    name = "-".join(("mailgate", *node.words[:1]))
    return (PLACE / "man" / f"{name}.1").read_text(encoding="utf-8")


@pytest.mark.parametrize("node", NODES, ids=title)
def test_help_shows_every_option_with_its_meaning(node: Node) -> None:
    result = CliRunner().invoke(root, [*node.words, "--help"])
    assert result.exit_code == 0, result.output
    for option in node.options:
        assert option.help, f"{title(node)} {option.name}"
        for name in names(option):
            assert name in result.output


@pytest.mark.parametrize("node", LEAVES, ids=title)
def test_help_has_worked_examples_of_every_command(node: Node) -> None:
    examples = getattr(node.command, "examples", ())
    assert examples, title(node)
    for line, text in examples:
        assert line.startswith("mailgate")
        assert " ".join(node.words) in line
        assert len(line) <= 90, line
        assert text.endswith(".")


@pytest.mark.parametrize("node", LEAVES, ids=title)
def test_examples_use_options_that_exist(node: Node) -> None:
    known = {name for option in node.options for name in names(option)}
    for line, _ in getattr(node.command, "examples", ()):
        used = re.findall(r"(?<=\s)--[a-z][a-z-]*", line.partition(" ".join(node.words))[2])
        assert set(used) <= known, line


@pytest.mark.parametrize("node", NODES, ids=title)
def test_the_manual_has_every_command_and_option(node: Node) -> None:
    text = page(node)
    assert roff(title(node)) in text or not node.words
    for option in node.options if not node.children or not node.words else []:
        for name in names(option):
            assert rf"\fB{roff(name)}\fR" in text


def test_the_manual_has_every_parameter_with_its_default() -> None:
    text = (PLACE / "man" / "mailgate-parameters.7").read_text(encoding="utf-8")
    for key, parameter in PARAMETERS.items():
        assert rf"\fB{key}\fR (default: {roff(parameter.default) or 'empty'})" in text


@pytest.mark.parametrize("shell", FILES)
def test_completion_knows_every_command_and_option(shell: str) -> None:
    text = script(shell, root)
    for node in NODES:
        for word in node.words:
            assert word in text
        for option in node.options:
            for name in names(option):
                assert (name if shell != "fish" else name.lstrip("-")) in text


def test_manual_and_completion_are_as_the_commands_make_them() -> None:
    """``python tools/documents.py`` writes them again."""
    result = subprocess.run(
        [sys.executable, str(PLACE / "tools" / "documents.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == "", result.stdout + result.stderr
    assert result.returncode == 0, result.stderr


def test_bash_completes_commands_options_and_values() -> None:
    cases = {
        "mailgate ali": "alias",
        "mailgate --db x alias a": "add",
        "mailgate alias add x --pol": "--policy",
        "mailgate alias add x --policy f": "followers",
        "mailgate deliver -f x --queue": "--queue-id",
        "mailgate completion z": "zsh",
    }
    lines = [script("bash", root)]
    for words in cases:
        lines.append(f"COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1))")
        lines.append('COMPREPLY=(); _mailgate; echo "${COMPREPLY[*]}"')
    result = subprocess.run(
        ["bash", "--norc"], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines() == list(cases.values())
    assert result.stderr == ""


def test_the_list_of_commands_is_what_the_modules_declare() -> None:
    """``mailgate --help`` names commands without importing them; the names agree."""
    context = click.Context(root)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        assert command.name == name


@pytest.mark.parametrize("path", sorted((PLACE / "man").iterdir()), ids=lambda path: path.name)
def test_a_manual_page_says_its_name(path: Path) -> None:
    name, _, section = path.name.rpartition(".")
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == f'.TH {roff(name.upper())} {section} "" "mailgate"'
