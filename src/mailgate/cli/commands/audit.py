"""``mailgate audit``: who changed what, and when."""

from __future__ import annotations

import click

from mailgate import clock
from mailgate.cli.context import Context
from mailgate.cli.group import Group, limit_option
from mailgate.cli.output import Column, cell, column, moment
from mailgate.entities.entry import AuditEntry
from mailgate.store import audit


def _changes(entry: AuditEntry) -> str:
    """Return what a change made of the object, key by key."""
    old = entry.old if isinstance(entry.old, dict) else {}
    new = entry.new if isinstance(entry.new, dict) else {}
    if not old or not new:
        return ""
    changed = [key for key in new if old.get(key) != new[key]]
    return ", ".join(f"{key}: {cell(old.get(key))} -> {cell(new[key])}" for key in changed)


COLUMNS = (
    column("id", number=True),
    moment("at", "at"),
    column("who"),
    column("action", keep=True),
    column("object", keep=True),
    Column("changes", _changes, wrap=True),
)


@click.group("audit", cls=Group)
def command() -> None:
    """Who changed what, and when."""


@command.command(
    "list",
    examples=[
        ("mailgate audit list --since 7d", "The changes of a week."),
        ("mailgate audit list --json --limit 1", "The last one, with the object before and after."),
    ],
)
@click.option("--since", metavar="T", help="Only from then on: 90m, 7d, 2026-11-22T17:00:00Z.")
@limit_option()
@click.pass_obj
def list_(context: Context, /, since: str | None, limit: int | None) -> None:
    """List administrative changes, the newest first."""
    start = 0 if since is None else clock.since(since, clock.now())
    with context.reading() as connection:
        items = audit.since(connection, start, context.page(limit))
    context.show_list(items, COLUMNS, limit)
