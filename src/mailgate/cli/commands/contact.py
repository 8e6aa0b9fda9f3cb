"""``mailgate contact``: addresses that are known."""

from __future__ import annotations

from typing import Any

import click

from mailgate.cli.context import Context
from mailgate.cli.group import Group, limit_option
from mailgate.cli.output import column
from mailgate.gateway.administration.contacts import (
    ContactOptions,
    add_contact,
    remove_contact,
    set_contact,
)
from mailgate.store import contacts

COLUMNS = (
    column("id", number=True),
    column("address", keep=True),
    column("name"),
    column("internal"),
    column("bounces", number=True),
    column("suppressed"),
)


@click.group("contact", cls=Group)
def command() -> None:
    """Addresses that are known.

    Who starts a record becomes a contact. Internal contacts may write to aliases of policy
    internal. ADDRESS is an address or an id.

    Bounces are permanent failures since a contact's last letter. A suppressed contact is not
    written to: too much mail to it failed (parameter mail.bounce.limit), or it complained.
    """


@command.command(
    "add",
    examples=[
        ("mailgate contact add ann@example.org --name 'Ann Example'", "Someone outside."),
        ("mailgate contact add bob@example.com --internal", "Someone of ours."),
    ],
)
@click.argument("address", metavar="ADDRESS")
@click.option("--name", metavar="N", help="The person's name.")
@click.option("--internal/--no-internal", default=None, help="One of ours, or not (default).")
@click.pass_obj
def add(context: Context, /, address: str, **options: Any) -> None:
    """Add a contact."""
    with context.changing() as change:
        contact = add_contact(change, address, ContactOptions(**options))
    context.changed(contact, f"contact {contact.address} added")


@command.command(
    "list", examples=[("mailgate contact list --limit 20", "The first twenty by address.")]
)
@limit_option()
@click.pass_obj
def list_(context: Context, /, limit: int | None) -> None:
    """List contacts by address."""
    with context.reading() as connection:
        items = contacts.every(connection, context.page(limit))
    context.show_list(items, COLUMNS, limit)


@command.command("show", examples=[("mailgate contact show ann@example.org", "One contact.")])
@click.argument("name", metavar="ADDRESS")
@click.pass_obj
def show(context: Context, /, name: str) -> None:
    """Show a contact."""
    with context.reading() as connection:
        contact = contacts.get(connection, name)
    context.show(contact)


@command.command(
    "set",
    examples=[
        ("mailgate contact set bob@example.com --internal", "One of ours."),
        ("mailgate contact set ann@example.org --name 'Ann Other'", "Another name."),
        ("mailgate contact set ann@example.org --no-suppressed", "Mail reaches her again."),
    ],
)
@click.argument("address", metavar="ADDRESS")
@click.option("--name", metavar="N", help="The person's name.")
@click.option("--internal/--no-internal", default=None, help="One of ours, or not.")
@click.option(
    "--suppressed/--no-suppressed",
    default=None,
    help="Do not write to it any more, or do again, with no bounces counted.",
)
@click.pass_obj
def set_(context: Context, /, address: str, **options: Any) -> None:
    """Change a contact."""
    with context.changing() as change:
        contact = set_contact(change, address, ContactOptions(**options))
    context.changed(contact, f"contact {contact.address} set")


@command.command(
    "remove", examples=[("mailgate contact remove ann@example.org", "Known no longer.")]
)
@click.argument("name", metavar="ADDRESS")
@click.pass_obj
def remove(context: Context, /, name: str) -> None:
    """Remove a contact; its messages stay."""
    with context.changing() as change:
        contact = remove_contact(change, name)
    context.changed(contact, f"contact {contact.address} removed")
