"""A parameter together with the value it has now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """``value`` and ``default`` are typed: true or false, number, or text."""

    key: str
    value: str | int | bool
    default: str | int | bool
    description: str
