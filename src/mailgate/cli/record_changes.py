"""The commands of ``mailgate record`` that change a record."""

from __future__ import annotations

from collections.abc import Callable

import click

from mailgate.cli.context import Context
from mailgate.cli.group import ID, Command, yes_option
from mailgate.entities.count import counted
from mailgate.gateway.administration import records as administration
from mailgate.store import records


def _command(name: str, *examples: tuple[str, str]) -> Callable[[Callable[..., object]], Command]:
    return click.command(name, cls=Command, examples=examples)


_number = click.argument("number", metavar="ID", type=ID)


@_command(
    "set",
    ("mailgate record set 7 team=sales", "A value of a field."),
    ("mailgate record set 7 'name=The pump leaks' priority=high", "Its name, and a value."),
)
@_number
@click.argument("values", metavar="FIELD=VALUE...", nargs=-1, required=True)
@click.pass_obj
def set_(context: Context, /, number: int, values: tuple[str, ...]) -> None:
    """Set fields of a record."""
    with context.changing() as change:
        record = administration.set_values(change, number, values)
    context.changed(record, f"record {number} set")


@_command("close", ("mailgate record close 7", "It is done; an answer reopens it."))
@_number
@click.pass_obj
def close(context: Context, /, number: int) -> None:
    """Close a record; an answer reopens it."""
    with context.changing() as change:
        record = administration.set_state(change, number, "closed")
    context.changed(record, f"record {number} closed")


@_command("reopen", ("mailgate record reopen 7", "It is not done after all."))
@_number
@click.pass_obj
def reopen(context: Context, /, number: int) -> None:
    """Reopen a record."""
    with context.changing() as change:
        record = administration.set_state(change, number, "open")
    context.changed(record, f"record {number} reopened")


@_command("follow", ("mailgate record follow 7 ann@example.com", "Ann gets its messages."))
@_number
@click.argument("address", metavar="ADDR")
@click.pass_obj
def follow(context: Context, /, number: int, address: str) -> None:
    """Let an address get a record's messages."""
    with context.changing() as change:
        record = administration.follow(change, number, address)
    context.changed(record, f"record {number} is followed by {address}")


@_command("unfollow", ("mailgate record unfollow 7 ann@example.com", "Ann gets no more."))
@_number
@click.argument("address", metavar="ADDR")
@click.pass_obj
def unfollow(context: Context, /, number: int, address: str) -> None:
    """Let an address get a record's messages no longer."""
    with context.changing() as change:
        record = administration.unfollow(change, number, address)
    context.changed(record, f"record {number} is no longer followed by {address}")


@_command(
    "merge",
    ("mailgate record merge 8 7", "What 8 has goes to 7; asks first."),
    ("mailgate record merge 8 7 --yes", "The same without a question."),
)
@_number
@click.argument("into", metavar="INTO", type=ID)
@yes_option()
@click.pass_obj
def merge(context: Context, /, number: int, into: int, yes: bool) -> None:
    """Move a record's messages, followers and values into another, and remove it.

    Values that both have are those of the other.
    """
    with context.reading() as connection:
        record, target = records.get(connection, number), records.get(connection, into)
    context.confirm(
        f"record {number} ({record.name}) becomes part of {into} ({target.name}). Merge them?",
        yes=yes,
    )
    with context.changing() as change:
        merged = administration.merge(change, number, into)
    context.changed(merged, f"record {number} merged into {into}")


@_command(
    "delete",
    ("mailgate record delete 7", "Remove it and its messages; asks first."),
    ("mailgate record delete 7 --yes", "The same without a question."),
)
@_number
@yes_option()
@click.pass_obj
def delete(context: Context, /, number: int, yes: bool) -> None:
    """Remove a record with its messages and attachments.

    Answers to it are still recognised: they start a new record of its model.
    """
    with context.reading() as connection:
        record = records.get(connection, number)
    count = record.messages if isinstance(record.messages, int) else len(record.messages)
    context.confirm(
        f"record {number} ({record.name}) goes with {counted(count, 'message')}. Delete it?",
        yes=yes,
    )
    with context.changing() as change:
        record = administration.delete(change, number)
    context.changed(record, f"record {number} deleted")


def add_to(group: click.Group) -> None:
    """Add all of them to the group."""
    for command in (set_, close, reopen, follow, unfollow, merge, delete):
        group.add_command(command)
