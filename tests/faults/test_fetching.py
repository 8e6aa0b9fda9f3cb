"""Whatever ends a run of fetch, every message of a mailbox is taken once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from faults import fetching
from faults.installation import Installation
from faults.runs import Run
from system.dovecot import Dovecot


@pytest.mark.root
def test_fetch_that_is_killed_again_and_again_takes_each_message_once(
    driven: Installation, database: Path, dovecot: Dovecot, holds: Callable[[Run], None]
) -> None:
    holds(fetching.kills(driven, database, dovecot, 7, 240, 15))
