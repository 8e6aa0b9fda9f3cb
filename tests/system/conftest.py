"""The made-up environment of the front's tests, once for each shell that this machine has."""

from __future__ import annotations

from pathlib import Path

import pytest
from system.house import SHELLS, House, furnish


@pytest.fixture(params=SHELLS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    furnish(tmp_path)
    return House(tmp_path, request.param)
