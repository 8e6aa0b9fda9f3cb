"""What the fault runs share: an installed mailgate, its copy with the driver, their counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from faults.counts import COUNTS
from faults.installation import Installation
from faults.runs import Run


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A mailgate as pip installs it."""
    return Installation.build(tmp_path_factory.mktemp("installed") / "venv")


@pytest.fixture(scope="session")
def driven(installed: Installation) -> Installation:
    """A copy of it whose worker breaks where ``FAULT`` says."""
    return installed.with_driver(installed.folder.with_name("driven"))


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short name, as the line of a complaint has only 200 bytes."""
    with TemporaryDirectory(prefix="mg") as name:
        yield Path(name)


@pytest.fixture
def database(installed: Installation, short: Path) -> Path:
    """A new database with two aliases."""
    return installed.database(short / "data" / "mail.db")


@pytest.fixture
def holds() -> Callable[[Run], None]:
    """Return a check that a run found nothing broken, and that its counts are printed."""

    def check(run: Run) -> None:
        COUNTS.append(run.counts)
        assert run.violations == []

    return check
