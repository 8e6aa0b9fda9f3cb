"""``db prune``: removes what the parameters say is kept no longer, a little at a time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from mailgate.entities.defaults import DEFAULTS
from mailgate.errors import TemporaryError
from mailgate.gateway.quarantine import discard
from mailgate.store import lookups, prune
from mailgate.store.change import changing
from mailgate.store.sqlite import CHECKPOINT_BYTES, Database

_DAY = 86_400
_PAGE = 100_000
"""Originals that are looked up at once: 3 MB of digests."""
_BATCH = 100
"""Originals that one transaction looks at: deliveries go on between two."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed: counts of originals and held messages, and the bytes of the originals."""

    originals: int
    bytes: int
    quarantine: int


def prune_all(database: Database, at: int, who: str) -> Pruned:
    """Remove held messages and originals that are older than the parameters say."""
    with database.reading() as connection:
        settings = DEFAULTS | lookups.parameters(connection)
    held = _held(database, at, who, int(settings["mail.quarantine.keep.days"]))
    days = int(settings["mail.original.keep.days"])
    originals, size = _originals(database, at - days * _DAY) if days >= 0 else (0, 0)
    found = Pruned(originals, size, held)
    if originals:
        with changing(database, at, who) as change:
            change.note("prune", "originals", None, found)
    return found


def _held(database: Database, at: int, who: str, days: int) -> int:
    with database.reading() as connection:
        numbers = prune.held_before(connection, at - days * _DAY)
    for number in numbers:
        with changing(database, at, who) as change:
            discard(change, number)
    return len(numbers)


def _originals(database: Database, before: int) -> tuple[int, int]:
    count, size, last = 0, 0, b""
    while True:
        with database.reading() as connection:
            newest = prune.newest_entry(connection)
            digests = prune.candidates(connection, before, last, _PAGE)
        if not digests:
            return count, size
        last = digests[-1]
        for start in range(0, len(digests), _BATCH):
            batch = digests[start : start + _BATCH]
            with database.writing() as connection:
                freed = [prune.drop(connection, digest, before, newest) for digest in batch]
            count += sum(one is not None for one in freed)
            size += sum(one or 0 for one in freed)
            _tidy(database)


def _tidy(database: Database) -> None:
    if database.wal_size() > CHECKPOINT_BYTES:
        with suppress(TemporaryError):
            database.checkpoint(1.0)
