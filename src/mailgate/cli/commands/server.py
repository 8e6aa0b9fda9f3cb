"""``mailgate server``: mailboxes that are fetched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mailgate.cli import output
from mailgate.cli.commands.server_authorize import authorize
from mailgate.cli.commands.server_test import test
from mailgate.cli.context import Context
from mailgate.cli.grants import forecasts, warn, with_grant
from mailgate.cli.group import Group, limit_option
from mailgate.cli.output import Column, cell, column, moment, plain
from mailgate.entities.count import counted
from mailgate.entities.server import PROTOCOLS, Access, Server, missing
from mailgate.gateway.administration.servers import (
    ServerOptions,
    add_server,
    remove_server,
    set_server,
    switch_server,
)
from mailgate.gateway.coverage import uncovered
from mailgate.store import grants, servers
from mailgate.store.secrets import folder

COLUMNS = (
    column("id", number=True),
    column("name", keep=True),
    column("protocol"),
    column("host"),
    column("user"),
    column("folder"),
    column("model"),
    column("after"),
    column("enabled"),
    moment("last success", "last_success"),
    Column("errors", lambda server: server.consecutive_errors or None, number=True),
    column("last error", "last_error"),
)
FEW = 50
"""So many addresses are named."""


@click.group("server", cls=Group)
def command() -> None:
    """Mailboxes that are fetched.

    SERVER is a name or an id.
    """


def server_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what ``add`` and ``set`` share."""
    for option in (
        click.option(
            "--after",
            metavar="seen|delete|move:FOLDER|nothing",
            help="What is done with handled mail: seen (default; POP3: delete) or another.",
        ),
        click.option(
            "--model", metavar="M", help="Fallback: mail to no alias starts one of these."
        ),
        click.option("--folder", metavar="F", help="The folder that is read: INBOX (default)."),
        click.option(
            "--oauth", metavar="PROVIDER", help="Log in by OAuth 2: gmail, outlook or another."
        ),
        click.option("--password-command", metavar="C", help="A command that prints the password."),
        click.option(
            "--password-file",
            metavar="F",
            help="A file with the password, or credential:NAME for one of systemd's.",
        ),
        click.option("--user", metavar="U", help="Whose mailbox it is."),
        click.option(
            "--plain", "security", flag_value="plain", help="Without TLS: everybody can read it."
        ),
        click.option("--starttls", "security", flag_value="starttls", help="TLS after a greeting."),
        click.option("--tls", "security", flag_value="tls", help="TLS from the start (default)."),
        click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="The port."),
    ):
        function = option(function)
    return function


@command.command(
    "add",
    examples=[
        (
            "mailgate server add sales imap imap.example.com --user sales --password-file pw",
            "A mailbox; its address is an alias.",
        ),
        (
            "mailgate server add old pop3 pop.example.com --user old --after nothing --model lead",
            "By POP3, leaving the mail there; whatever it is becomes a lead.",
        ),
        (
            "mailgate server add m imap mail.example.com --user m --password-command 'pass m'",
            "The password comes from a password manager.",
        ),
    ],
)
@click.argument("name", metavar="NAME")
@click.argument("protocol", type=click.Choice(PROTOCOLS))
@click.argument("host", metavar="HOST")
@server_options
@click.pass_obj
def add(context: Context, /, name: str, protocol: str, host: str, **options: Any) -> None:
    """Add a mailbox to those that are fetched."""
    with context.changing() as change:
        server = add_server(change, name, protocol, host, ServerOptions(**options))
        secret = servers.access(change.connection, server.id)
    _changed(context, server, secret, "added")


@command.command("list", examples=[("mailgate server list", "All servers, and how they are.")])
@limit_option()
@click.pass_obj
def list_(context: Context, /, limit: int | None) -> None:
    """List all servers by name, and say which of our addresses none of them covers."""
    with context.reading() as connection:
        items = servers.every(connection)[: context.page(limit)]
        silent = uncovered(connection)
        known = forecasts(connection, items)
    if context.json:
        output.write_json([with_grant(server, known) for server in items])
    else:
        context.show_list(items, COLUMNS, limit)
        warn(context, items, known)
    if silent:
        context.tell(_uncovered(silent))


@command.command("show", examples=[("mailgate server show sales", "One server.")])
@click.argument("name", metavar="SERVER")
@click.pass_obj
def show(context: Context, /, name: str) -> None:
    """Show a server, and how fetching it went."""
    with context.reading() as connection:
        server = servers.get(connection, name)
        secret = servers.access(connection, server.id)
        known = forecasts(connection, [server])
    if context.json:
        output.write_json(with_grant(server, known))
        return
    pairs = [(key.replace("_", " "), cell(value)) for key, value in plain(server).items()]
    output.write_pairs([*pairs, ("password", cell(secret.source))])
    warn(context, [server], known)


@command.command(
    "set",
    examples=[
        ("mailgate server set sales --after move:Done", "Move handled mail to a folder."),
        ("mailgate server set sales --no-model", "Mail to no alias is held from now on."),
        ("mailgate server set sales --host mail.example.com --starttls", "It has moved."),
    ],
)
@click.argument("name_", metavar="SERVER")
@click.option("--name", metavar="NEW", help="The new name of the server.")
@click.option("--host", metavar="HOST", help="Where it is.")
@click.option("--no-model", is_flag=True, help="No fallback: mail to no alias is held.")
@server_options
@click.pass_obj
def set_(context: Context, /, name_: str, **options: Any) -> None:
    """Change a server.

    With another user or folder its history begins anew, as for a server that was just added.
    """
    with context.changing() as change:
        server = set_server(change, name_, ServerOptions(**options))
        secret = servers.access(change.connection, server.id)
    _changed(context, server, secret, "set")


@command.command("remove", examples=[("mailgate server remove sales", "Fetch it no longer.")])
@click.argument("name", metavar="SERVER")
@click.pass_obj
def remove(context: Context, /, name: str) -> None:
    """Remove a server; the mail that came from it stays, as does what is in its mailbox."""
    with context.changing() as change:
        server = remove_server(change, name)
        place = folder(change.connection)
    grants.remove(place, server.id)
    context.changed(server, f"server {server.name} removed")


@command.command("enable", examples=[("mailgate server enable sales", "Fetch it again.")])
@click.argument("name", metavar="SERVER")
@click.pass_obj
def enable(context: Context, /, name: str) -> None:
    """Let a server be fetched, also where it would wait after errors."""
    with context.changing() as change:
        server = switch_server(change, name, enabled=True)
    context.changed(server, f"server {server.name} enabled")


@command.command("disable", examples=[("mailgate server disable sales", "Fetch it no more.")])
@click.argument("name", metavar="SERVER")
@click.pass_obj
def disable(context: Context, /, name: str) -> None:
    """Leave a server out until it is enabled again."""
    with context.changing() as change:
        server = switch_server(change, name, enabled=False)
    context.changed(server, f"server {server.name} disabled")


def _changed(context: Context, server: Server, secret: Access, done: str) -> None:
    context.changed(server, f"server {server.name} {done}")
    lack = missing(server, secret)
    if lack is not None:
        context.tell(lack)
    if server.security == "plain":
        context.tell(
            f"server {server.name} is read without TLS: password and mail can be read on the way"
        )


def _uncovered(addresses: tuple[str, ...]) -> str:
    few = ", ".join(addresses[:FEW])
    more = f" and {len(addresses) - FEW} more" if len(addresses) > FEW else ""
    return (
        f"no server covers {counted(len(addresses), 'address')}: {few}{more}:"
        " no mailbox is named so, and no mail for them ever came"
    )


command.add_command(test)
command.add_command(authorize)
