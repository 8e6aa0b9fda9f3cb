"""An outline: lines below lines, as a tree on a terminal and indented elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailgate.cli.output import display, width, write

if TYPE_CHECKING:
    from rich.tree import Tree

_INDENT = "  "
_MAX_NAME = 32
"""Columns of a name on a terminal; a longer one is broken."""


class Line:
    """A name and what is said of it; ``style`` is rich's, for a terminal.

    The names of neighbours are aligned, so what is said of them stands in a column.
    """

    __slots__ = ("below", "name", "style", "text")

    def __init__(self, name: str, text: str = "", style: str = "") -> None:
        self.name = name
        self.text = text
        self.style = style
        self.below: list[Line] = []

    def add(self, name: str, text: str = "", style: str = "") -> Line:
        """Add a line below this one and return it."""
        line = Line(name, text, style)
        self.below.append(line)
        return line


def write_outline(root: Line) -> None:
    """Print an outline; its texts become safe here."""
    if sys.stdout.isatty():
        _write_tree(root)
        return
    _write_plain([root], 0)


def _write_plain(lines: Sequence[Line], depth: int) -> None:
    columns = _columns(lines)
    for line in lines:
        name = display(line.name)
        space = " " * (columns - width(name) + 2) if line.text else ""
        write(_INDENT * depth + name + space + display(line.text))
        _write_plain(line.below, depth + 1)


def _columns(lines: Sequence[Line]) -> int:
    return max((width(display(line.name)) for line in lines if line.text), default=0)


def _write_tree(root: Line) -> None:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(display(root.name), style=root.style), guide_style="dim")
    _grow(tree, root.below)
    Console(file=sys.stdout, highlight=False).print(tree)


def _grow(tree: Tree, lines: Sequence[Line]) -> None:
    from rich.table import Table
    from rich.text import Text

    columns = _columns(lines)
    for line in lines:
        name = Text(display(line.name), style=line.style or ("" if line.text else "bold"))
        if line.text:
            label = Table.grid(padding=(0, 2, 0, 0))
            label.add_column(width=min(columns, _MAX_NAME), overflow="fold")
            label.add_column(overflow="fold")
            label.add_row(name, Text(display(line.text), style=line.style))
            branch = tree.add(label)
        else:
            branch = tree.add(name)
        _grow(branch, line.below)
