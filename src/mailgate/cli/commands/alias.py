"""``mailgate alias``: addresses that start records."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from mailgate import clock
from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.explanation import outline
from mailgate.cli.group import ID, Group, limit_option
from mailgate.cli.outline import write_outline
from mailgate.cli.output import Column, column, moment
from mailgate.entities import names
from mailgate.entities.alias import ON_REFUSAL, POLICIES, Alias
from mailgate.errors import MailgateError
from mailgate.gateway.administration.aliases import (
    AliasOptions,
    add_alias,
    remove_alias,
    set_alias,
)
from mailgate.gateway.deliver import Gateway
from mailgate.gateway.explain import document
from mailgate.gateway.trial import try_alias
from mailgate.store import aliases


def _target(alias: Alias) -> str:
    return alias.model if alias.record is None else f"{alias.model} {alias.record}"


COLUMNS = (
    column("id", number=True),
    column("address", keep=True),
    Column("model", _target),
    column("defaults"),
    column("policy"),
    column("status"),
    moment("last used", "last_used"),
)


@click.group("alias", cls=Group)
def command() -> None:
    """Addresses that start records.

    A message to an alias starts a record of its model, or feeds one record. ADDRESS is an
    address or an id; without a domain the first domain is meant.
    """


_SHARED = (
    click.option(
        "--default",
        "defaults",
        metavar="FIELD=VALUE",
        multiple=True,
        help="What new records have in a field, or as name. Can be repeated.",
    ),
    click.option("--record", type=ID, metavar="ID", help="The one record that gets all its mail."),
    click.option("--parent", type=ID, metavar="ID", help="Whose followers may write to it."),
    click.option("--policy", type=click.Choice(POLICIES), help="Who may write to it."),
    click.option(
        "--local-part/--full-address",
        "local_part_detection",
        default=None,
        help="Match its local part in any domain, or only the whole address (default).",
    ),
    click.option(
        "--on-refusal", type=click.Choice(ON_REFUSAL), help="Tell who may not write, or reject."
    ),
    click.option("--refusal-text", metavar="T", help="What the notice of a refusal says."),
    click.option("--acknowledge", metavar="TEXT", help="Answer new records with this text."),
    click.option(
        "--follower",
        "followers",
        metavar="ADDR",
        multiple=True,
        help="Who follows its records. Can be repeated.",
    ),
)


def alias_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what ``add`` and ``set`` share."""
    for option in reversed(_SHARED):
        function = option(function)
    return function


@command.command(
    "add",
    examples=[
        ("mailgate alias add info@example.com --model lead", "Mail to info@ starts leads."),
        (
            "mailgate alias add sales --model lead --default team=sales --follower ann@example.com",
            "With a default, and someone who gets it all.",
        ),
        (
            "mailgate alias add staff --model task --policy internal --on-refusal reject",
            "Only for internal contacts.",
        ),
    ],
)
@click.argument("address", metavar="ADDRESS")
@click.option("--model", metavar="MODEL", required=True, help="The model of what it starts.")
@alias_options
@click.pass_obj
def add(context: Context, /, address: str, **options: Any) -> None:
    """Add an alias."""
    with context.changing() as change:
        alias = add_alias(change, address, AliasOptions(**options))
    context.changed(alias, f"alias {alias.address} added: its mail becomes {_target(alias)}")
    _warn(context, alias)


@command.command("list", examples=[("mailgate alias list", "All aliases by address.")])
@limit_option()
@click.pass_obj
def list_(context: Context, /, limit: int | None) -> None:
    """List all aliases by address."""
    with context.reading() as connection:
        items = aliases.every(connection)[: context.page(limit)]
    context.show_list(items, COLUMNS, limit)


@command.command("show", examples=[("mailgate alias show info@example.com", "One alias.")])
@click.argument("name", metavar="ADDRESS")
@click.pass_obj
def show(context: Context, /, name: str) -> None:
    """Show an alias."""
    with context.reading() as connection:
        alias = aliases.get(connection, name)
    context.show(alias)


@command.command(
    "set",
    examples=[
        ("mailgate alias set info@example.com --address hello@example.com", "Rename it."),
        ("mailgate alias set info@example.com --policy contacts", "Only who is known may write."),
        (
            "mailgate alias set info@example.com --no-default team --no-follower ann@example.com",
            "Take things away.",
        ),
    ],
)
@click.argument("name", metavar="ADDRESS")
@click.option("--address", metavar="NEW", help="The new address; the old one is retired.")
@click.option("--model", metavar="MODEL", help="The model of what it starts.")
@click.option(
    "--no-default",
    "no_defaults",
    metavar="FIELD",
    multiple=True,
    help="A default that goes. Can be repeated.",
)
@click.option("--no-record", is_flag=True, help="Start new records again.")
@click.option("--no-parent", is_flag=True, help="No parent record.")
@click.option(
    "--no-follower",
    "no_followers",
    metavar="ADDR",
    multiple=True,
    help="Who no longer follows. Can be repeated.",
)
@alias_options
@click.pass_obj
def set_(context: Context, /, name: str, **options: Any) -> None:
    """Change an alias.

    What can be repeated adds to what it has; --no-... takes away.
    """
    with context.changing() as change:
        alias = set_alias(change, name, AliasOptions(**options))
    context.changed(alias, f"alias {alias.address} set")
    _warn(context, alias)


@command.command(
    "remove", examples=[("mailgate alias remove info@example.com", "Retire the address.")]
)
@click.argument("name", metavar="ADDRESS")
@click.pass_obj
def remove(context: Context, /, name: str) -> None:
    """Remove an alias; its address still takes replies, never new mail."""
    with context.changing() as change:
        alias = remove_alias(change, name)
    context.changed(alias, f"alias {alias.address} removed")


@command.command(
    "test",
    examples=[
        ("mailgate alias test info@example.com", "What would become of a letter to it."),
        ("mailgate alias test info --from ann@example.org", "And of one that she writes."),
    ],
)
@click.argument("name", metavar="ADDRESS")
@click.option(
    "--from", "sender", metavar="ADDR", default="somebody@example.org", help="Who writes."
)
@click.pass_obj
def test(context: Context, /, name: str, sender: str) -> None:
    """Try an alias with a letter that nobody wrote; nothing changes.

    The decision is shown as mailgate explain shows it. Exit status 1 where no record would get
    the letter.
    """
    author = names.address(sender)
    gateway = Gateway(os.path.abspath(context.path))
    context.closing(gateway.database)
    with gateway.database.reading() as connection:
        address = aliases.get(connection, name).address
    found = document(try_alias(gateway, address, author, clock.now()))
    if context.json:
        output.write_json(found)
    else:
        write_outline(outline(found))
    if found["outcome"] not in ("created", "replied"):
        raise MailgateError(f"{address} would not take it: {found['reason']}")


def _warn(context: Context, alias: Alias) -> None:
    if alias.policy == "followers" and alias.record is None and alias.parent is None:
        context.tell(
            f"its mail is held: policy followers needs a record, as in"
            f" mailgate alias set {alias.address} --parent ID"
        )
