"""One administrative change: its transaction, its time, who makes it, and its audit entries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from json import dumps
from typing import Any

from mailgate.store.driver import Connection
from mailgate.store.sqlite import Database


@dataclass(frozen=True, slots=True)
class Change:
    """What every function that changes something is handed; ``at`` in seconds."""

    connection: Connection
    at: int
    who: str

    def note(self, action: str, name: str, old: object, new: object) -> None:
        """Write an audit entry about ``name`` (as ``alias info@example.com``)."""
        self.connection.execute(
            "INSERT INTO audit (at, who, action, object, old, new) VALUES (?, ?, ?, ?, ?, ?)",
            (self.at, self.who, action, name, _json(old), _json(new)),
        )


@contextmanager
def changing(database: Database, at: int, who: str) -> Iterator[Change]:
    """Make one transaction of everything inside; nothing is kept where an error leaves it."""
    with database.writing() as connection:
        yield Change(connection, at, who)


def _json(value: object) -> str | None:
    if value is None:
        return None
    return dumps(value, default=_plain, sort_keys=False)


def _plain(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
