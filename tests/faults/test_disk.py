"""A disk that is full, nearly full, or read-only: messages are deferred, none is half stored."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from faults.installation import Installation

TESTS = Path(__file__).parents[1]


@pytest.mark.root
@pytest.mark.parametrize("kind", ["full", "floor", "read-only"])
def test_on_such_a_disk_messages_are_deferred_and_taken_afterwards(
    kind: str, installed: Installation, tmp_path: Path
) -> None:
    inside = [sys.executable, "-m", "faults.inside", kind, str(installed.folder), str(tmp_path)]
    done = subprocess.run(
        ["unshare", "--mount", *inside],
        env={"PYTHONPATH": str(TESTS), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr[-2000:]) == (0, "", "")
