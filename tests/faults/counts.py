"""What the fault runs of this process counted, a line each."""

from __future__ import annotations

COUNTS: list[str] = []
