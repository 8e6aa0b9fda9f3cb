"""A house for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway.house import House
from gateway.program import Program
from gateway.sent import TEAM


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A gateway on a new database file."""
    built = House(tmp_path)
    yield built
    built.close()


@pytest.fixture
def program(house: House, tmp_path: Path) -> Program:
    """The program on that database, started in a folder of its own."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Program(house, folder)


@pytest.fixture
def team(house: House) -> House:
    """A house with an alias that two follow."""
    house.alias("sales", followers=TEAM)
    return house
