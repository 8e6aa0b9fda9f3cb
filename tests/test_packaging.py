"""What a package brings beside the program: every manual page and completion, in its place."""

from __future__ import annotations

import tomllib
from pathlib import Path

PLACE = Path(__file__).resolve().parent.parent


def test_every_page_and_completion_is_installed_where_its_reader_looks() -> None:
    project = tomllib.loads((PLACE / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    for page in (PLACE / "man").iterdir():
        assert shared[f"man/{page.name}"] == f"share/man/man{page.name[-1]}/{page.name}"
    for script in (PLACE / "completions").iterdir():
        assert f"completions/{script.name}" in shared
