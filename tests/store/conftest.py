"""A new database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.store.migrate import create
from mailgate.store.sqlite import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database of the current version, in a folder of its own."""
    made, _ = create(str(tmp_path / "mail.db"))
    yield made
    made.close()
