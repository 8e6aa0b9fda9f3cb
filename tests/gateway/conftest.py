"""A house for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway.house import House, letter
from gateway.program import Program
from gateway.sent import TEAM

from mailgate.gateway.administration.domains import DomainOptions, set_domain


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


@pytest.fixture
def record(team: House) -> House:
    """A house with record 1, which Ann began and the team follows; no copies wait."""
    with team.change() as change:
        set_domain(change, "example.com", DomainOptions(company="Chairs Ltd"))
    team.deliver(letter(author="Ann <ann@x.org>"), "sales@example.com")
    team.run("DELETE FROM outbox")
    team.run("DELETE FROM notification")
    return team
