"""A fresh database for each test of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.tool import MAIL, Tool


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """The command line on a database as ``init`` makes it, to be copied."""
    tool = Tool(tmp_path_factory.mktemp("template") / "gate.db")
    tool.ok("init", "--domain", "example.com", "--company", "Example Ltd")
    return tool


@pytest.fixture
def tool(tmp_path: Path, template: Tool) -> Tool:
    """The command line on an initialised database with the domain example.com."""
    return template.copy(tmp_path)


@pytest.fixture
def bare(tmp_path: Path) -> Tool:
    """The command line without a database."""
    return Tool(tmp_path / "gate.db")


@pytest.fixture
def gate(tool: Tool) -> Tool:
    """A gateway that acknowledged one letter and refused another."""
    tool.ok("alias", "add", "info", "--model", "lead", "--acknowledge", "Thank you, Ärzte.")
    for name in ("info", "catchall"):
        raw = MAIL.format(name).encode()
        tool.deliver(raw, "-f", "ann@example.org", f"{name}@example.com")
    return tool
