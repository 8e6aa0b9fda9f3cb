"""A house for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A gateway on a new database file."""
    built = House(tmp_path)
    yield built
    built.close()
