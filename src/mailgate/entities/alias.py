"""An alias: an address that starts records of one model, or feeds one record."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.entities.field import Value

POLICIES = ("everyone", "contacts", "followers", "internal")
ON_REFUSAL = ("notice", "reject")


@dataclass(frozen=True, slots=True)
class Alias:
    """One alias.

    ``record`` is the id of the record it feeds, ``parent`` that of the record whose followers may
    write; ``local_part_detection`` lets it match in any domain; ``status`` is untested, valid or
    invalid; ``last_used`` ISO 8601 or None.
    """

    id: int
    address: str
    local_part: str
    domain: str
    model: str
    defaults: dict[str, Value]
    record: int | None
    parent: int | None
    policy: str
    local_part_detection: bool
    status: str
    on_refusal: str
    refusal_text: str
    acknowledge: str
    followers: tuple[str, ...]
    last_used: str | None
