"""Who may import whom: the table of layers, read from the imports themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "mailgate"
LAYERS = {
    "errors": 0,
    "status": 0,
    "version": 0,
    "clock": 0,
    "config": 0,
    "importing": 0,
    "outgoing": 0,
    "mail": 1,
    "entities": 2,
    "routing": 3,
    "store": 4,
    "channels": 4,
    "gateway": 5,
    "cli": 6,
    "__main__": 7,
}
CONFINED = {
    "sqlite3": "store",
    "_sqlite3": "store",
    "sqlite_utils": "store",
    "click": "cli",
    "rich": "cli",
}
FILES = sorted(SOURCE.rglob("*.py"))


def module_name(path: Path) -> str:
    """Return the dotted name of a file below the package, without ``mailgate.``."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    """Yield everything a file imports, wherever in the file, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def ours(path: Path) -> set[str]:
    """Return the modules of this package that a file imports, without ``mailgate.``."""
    known = {module_name(each) for each in FILES}
    found = set()
    for name in imports(path):
        if name.startswith("mailgate."):
            dotted = name.removeprefix("mailgate.")
            found.add(dotted if dotted in known else dotted.rpartition(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_a_module_imports_only_from_its_own_layer_or_lower_ones(path: Path) -> None:
    """Store and channels are one level: neither imports the other."""
    room = module_name(path).partition(".")[0]
    if room == "__init__":
        return
    for name in ours(path):
        other = name.partition(".")[0]
        allowed = (
            other == room or LAYERS[other] < LAYERS[room] or LAYERS[other] == 0 == LAYERS[room]
        )
        assert allowed, f"{module_name(path)} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_a_library_is_imported_only_in_its_room(path: Path) -> None:
    """SQL is at home in store, the terminal in cli."""
    room = module_name(path).partition(".")[0]
    for name in imports(path):
        home = CONFINED.get(name.partition(".")[0])
        assert home in (None, room), f"{module_name(path)} imports {name}"


def test_routing_knows_neither_clock_nor_network() -> None:
    """The rules are pure: time and look-ups are handed in."""
    for path in (SOURCE / "routing").rglob("*.py"):
        tops = {name.partition(".")[0] for name in imports(path)}
        assert not tops & {"time", "datetime", "socket", "random", "os"}, path
        assert not ours(path) & {"clock", "config"}, path


def test_package_files_are_empty() -> None:
    """What a package has stands in modules with names."""
    for path in SOURCE.rglob("__init__.py"):
        assert path.read_text(encoding="utf-8") == "", path


def test_there_is_no_import_cycle() -> None:
    """Any module can be read with only those below it in mind."""
    graph = {module_name(path): ours(path) for path in FILES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in done:
            return
        for other in graph.get(name, ()):
            visit(other, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())
