"""``mailgate domain``: mail domains, their catchall and bounce addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mailgate import clock
from mailgate.cli.context import Context
from mailgate.cli.group import Group, limit_option, yes_option
from mailgate.cli.output import column
from mailgate.entities.count import counted
from mailgate.gateway.administration.domains import (
    DomainOptions,
    add_domain,
    remove_domain,
    set_domain,
    verify_domain,
)
from mailgate.store import domains

COLUMNS = (
    column("id", number=True),
    column("name", keep=True),
    column("catchall"),
    column("bounce"),
    column("contact"),
    column("redirect from", "redirect_from"),
    column("aliases", number=True),
)


LONGEST = 52 * 7 * 86400
"""Seconds for which mail can be held for verification."""


@click.group("domain", cls=Group)
def command() -> None:
    """Mail domains, their catchall and bounce addresses.

    The catchall address of a domain takes replies to its records, the bounce address takes
    reports about mail that could not be delivered. D is a name or an id.
    """


def domain_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what ``add`` and ``set`` share."""
    for option in (
        click.option(
            "--redirect-from",
            metavar="D2",
            multiple=True,
            help="A domain that stands for this one. Can be repeated.",
        ),
        click.option("--bounce", metavar="LOCAL", help="Name of the address that takes reports."),
        click.option("--catchall", metavar="LOCAL", help="Name of the address that takes replies."),
        click.option("--contact", metavar="ADDR", help="Whom people can write to."),
        click.option("--company", metavar="NAME", help="Whose domain it is, as mail says it."),
    ):
        function = option(function)
    return function


@command.command(
    "add",
    examples=[
        ("mailgate domain add example.com", "With catchall@ and bounce@."),
        (
            "mailgate domain add example.org --company 'Example Ltd' --contact me@example.net",
            "With what notices say.",
        ),
        (
            "mailgate domain add mail.example.net --redirect-from example.net",
            "A provider sends the mail of example.net here.",
        ),
    ],
)
@click.argument("name", metavar="D")
@domain_options
@click.pass_obj
def add(context: Context, /, name: str, **options: Any) -> None:
    """Add a domain."""
    with context.changing() as change:
        domain = add_domain(change, name, DomainOptions(**options))
    context.changed(domain, f"domain {domain.name} added")


@command.command("list", examples=[("mailgate domain list", "All domains by name.")])
@limit_option()
@click.pass_obj
def list_(context: Context, /, limit: int | None) -> None:
    """List all domains by name."""
    with context.reading() as connection:
        items = domains.every(connection)[: context.page(limit)]
    context.show_list(items, COLUMNS, limit)


@command.command("show", examples=[("mailgate domain show example.com", "One domain.")])
@click.argument("name", metavar="D")
@click.pass_obj
def show(context: Context, /, name: str) -> None:
    """Show a domain, with what stands for it and its retired addresses."""
    with context.reading() as connection:
        domain = domains.get(connection, name)
    context.show(domain)


@command.command(
    "set",
    examples=[
        ("mailgate domain set example.com --contact help@example.com", "Another contact."),
        ("mailgate domain set example.com --catchall reply", "reply@ takes replies from now on."),
        ("mailgate domain set host.lan --name example.com", "Rename it with all its addresses."),
        ("mailgate domain set example.com --no-redirect-from example.net", "End a redirection."),
    ],
)
@click.argument("name_", metavar="D")
@click.option("--name", metavar="NEW", help="The new name of the domain.")
@click.option(
    "--no-redirect-from",
    metavar="D2",
    multiple=True,
    help="A domain that no longer stands for this one. Can be repeated.",
)
@domain_options
@click.pass_obj
def set_(context: Context, /, name_: str, **options: Any) -> None:
    """Change a domain.

    Addresses that it had before are retired: they still take replies and reports, never new mail.
    """
    with context.changing() as change:
        domain = set_domain(change, name_, DomainOptions(**options))
    context.changed(domain, f"domain {domain.name} set")


@command.command(
    "verify",
    examples=[
        ("mailgate domain verify example.com", "For an hour."),
        ("mailgate domain verify example.com --for 1d", "For a day."),
        ("mailgate domain verify example.com --for 0s", "No longer."),
    ],
)
@click.argument("name", metavar="D")
@click.option(
    "--for", "time", metavar="TIME", default="1h", help="How long: 1h (default), 90m, 2d."
)
@click.pass_obj
def verify(context: Context, /, name: str, time: str) -> None:
    """Hold mail that is written directly to the catchall or bounce address.

    For providers that confirm a redirection by a mail with a link: it is held for you to read.
    """
    seconds = clock.duration(time)
    if seconds is None or seconds > LONGEST:
        raise click.BadParameter("write it as 90m, 1h or 2d, at most 52w.", param_hint="--for")
    with context.changing() as change:
        domain = verify_domain(change, name, seconds)
    until = f"held until {domain.verify_until}" if seconds else "no longer held"
    context.changed(domain, f"mail written to the catchall and bounce addresses is {until}")


@command.command(
    "remove",
    examples=[
        ("mailgate domain remove example.com", "Remove it; asks where it has aliases or records."),
        ("mailgate domain remove example.com --yes", "Remove it without a question."),
    ],
)
@click.argument("name", metavar="D")
@yes_option()
@click.pass_obj
def remove(context: Context, /, name: str, yes: bool) -> None:
    """Remove a domain and its aliases; records stay."""
    with context.reading() as connection:
        domain = domains.get(connection, name)
        records = domains.records(connection, domain.id)
    if domain.aliases or records:
        context.confirm(
            f"{domain.name} has {counted(domain.aliases, 'alias')}, removed with it, and started"
            f" {counted(records, 'record')}. Remove it?",
            yes=yes,
        )
    with context.changing() as change:
        domain = remove_domain(change, name)
    context.changed(domain, f"domain {domain.name} removed")
