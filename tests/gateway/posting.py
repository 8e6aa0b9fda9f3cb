"""Writing into a record, for tests."""

from __future__ import annotations

from typing import Any

from gateway.house import House

from mailgate.gateway.post import Draft, Posted, post


def write(house: House, text: str = "Hello.\n", record: int = 1, **options: Any) -> Posted:
    """Post into a record."""
    with house.change() as change:
        return post(change, record, Draft(text, **options))
