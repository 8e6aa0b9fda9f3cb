"""What an administrator does to the allow list and the block list."""

from __future__ import annotations

from mailgate.entities.pattern import Pattern, normal_pattern
from mailgate.errors import MailgateError
from mailgate.store import patterns
from mailgate.store.change import Change


def add_pattern(change: Change, table: str, text: str) -> Pattern:
    """Add a pattern to the list ``allow`` or ``block``."""
    pattern = normal_pattern(text)
    if patterns.find(change.connection, table, pattern) is not None:
        raise MailgateError(f"{pattern} is in the {table} list already")
    entry = patterns.insert(change.connection, table, pattern)
    change.note("add", f"{table} {pattern}", None, entry)
    return entry


def remove_pattern(change: Change, table: str, name: str) -> Pattern:
    """Remove a pattern, named by itself or its id, from a list."""
    entry = patterns.get(change.connection, table, name)
    patterns.delete(change.connection, table, entry.id)
    change.note("remove", f"{table} {entry.pattern}", entry, None)
    return entry
