"""The commands of the allow list and the block list, which differ in words only."""

from __future__ import annotations

import click

from mailgate.cli.context import Context
from mailgate.cli.group import Group, limit_option
from mailgate.cli.output import column
from mailgate.gateway.administration.patterns import add_pattern, remove_pattern
from mailgate.store import patterns

COLUMNS = (column("id", number=True), column("pattern", keep=True))


def pattern_group(table: str, help_: str, effect: str) -> click.Group:
    """Return the group of commands for a list; ``effect`` says what an entry does."""
    group = Group(table, help=f"{help_}\n\nPATTERN is an address, or *@domain for all of a domain.")

    @group.command(
        "add",
        examples=[
            (f"mailgate {table} add ann@example.org", f"{effect} one address."),
            (f"mailgate {table} add '*@example.org'", f"{effect} a whole domain."),
        ],
    )
    @click.argument("pattern", metavar="PATTERN")
    @click.pass_obj
    def add(context: Context, /, pattern: str) -> None:
        """Add a pattern."""
        with context.changing() as change:
            entry = add_pattern(change, table, pattern)
        context.changed(entry, f"{entry.pattern} added to the {table} list")

    @group.command("list", examples=[(f"mailgate {table} list", "All patterns by name.")])
    @limit_option()
    @click.pass_obj
    def list_(context: Context, /, limit: int | None) -> None:
        """List all patterns."""
        with context.reading() as connection:
            items = patterns.every(connection, table)[: context.page(limit)]
        context.show_list(items, COLUMNS, limit)

    @group.command(
        "remove", examples=[(f"mailgate {table} remove '*@example.org'", "Take a pattern away.")]
    )
    @click.argument("pattern", metavar="PATTERN")
    @click.pass_obj
    def remove(context: Context, /, pattern: str) -> None:
        """Remove a pattern."""
        with context.changing() as change:
            entry = remove_pattern(change, table, pattern)
        context.changed(entry, f"{entry.pattern} removed from the {table} list")

    return group
