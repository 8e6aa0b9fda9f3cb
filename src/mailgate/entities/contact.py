"""A contact: an address this installation knows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """``bounces`` counts permanent failures since the last letter of the contact's own; a
    ``suppressed`` contact is not written to."""

    id: int
    address: str
    name: str
    internal: bool
    bounces: int
    suppressed: bool
