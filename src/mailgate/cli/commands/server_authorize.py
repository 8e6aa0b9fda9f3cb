"""``mailgate server authorize``: let mailgate read a mailbox by OAuth 2."""

from __future__ import annotations

import sys
from typing import Any

import click

from mailgate import clock
from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.grants import warn, with_grant
from mailgate.cli.group import Command
from mailgate.entities.grant import Client, Forecast
from mailgate.entities.server import Server
from mailgate.errors import MailgateError
from mailgate.gateway import authorize as gateway
from mailgate.gateway.oauth_client import ClientOptions, client_of
from mailgate.gateway.tokens import grant_state
from mailgate.store import grants, servers
from mailgate.store.secrets import folder

MAX_LINE = 20_000
"""Characters of an address that is pasted."""


class Terminal:
    """Speaks to the person: on standard error, so that standard output stays for the result."""

    def tell(self, text: str) -> None:
        """Show some lines; what steers a terminal is made visible."""
        print(output.display(text, lines=True) + "\n", file=sys.stderr, flush=True)

    def ask(self, question: str) -> str:
        """Read one line from standard input."""
        print(question, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline(MAX_LINE)
        if not line:
            raise MailgateError("nothing was pasted: nothing was changed")
        return line


@click.command(
    "authorize",
    cls=Command,
    examples=[
        (
            "mailgate server authorize support --client-id 6731a5e0-1f9c-4f0e-8d3b-2a7c5e9b1d44",
            "Microsoft 365: enter a code in a browser.",
        ),
        (
            "mailgate server authorize sales --client-id 41-k.apps.example --client-secret-file s",
            "Gmail: agree in a browser, paste the address it ends at.",
        ),
        ("mailgate server authorize support", "Again, by the same client."),
        ("mailgate server authorize billing --like support", "By the client of another server."),
    ],
)
@click.argument("name", metavar="SERVER")
@click.option("--client-id", metavar="ID", help="What the provider calls this installation.")
@click.option(
    "--client-secret-file",
    metavar="F",
    help="A file with the client's secret, where it has one, or credential:NAME.",
)
@click.option("--like", metavar="SERVER2", help="The client and endpoints of another server.")
@click.option("--tenant", metavar="T", help="The organisation at Microsoft: an id or a domain.")
@click.option("--code", "by_code", is_flag=True, help="Paste a code, use no device code.")
@click.option("--scope", metavar="S", help="What is asked for, where it is not known.")
@click.option("--token-url", metavar="URL", help="The endpoint for tokens.")
@click.option("--device-url", metavar="URL", help="The endpoint for device codes.")
@click.option("--authorization-url", metavar="URL", help="Where a person agrees in a browser.")
@click.option("--redirect-uri", metavar="URI", help="Where the browser ends, with the code.")
@click.pass_obj
def authorize(context: Context, /, name: str, like: str | None, by_code: bool, **said: Any) -> None:
    """Let mailgate read a mailbox by OAuth 2.

    It asks the provider for tokens, which are kept beside the database and renewed by themselves.
    What is said of the client and its endpoints is remembered for the next time.
    """
    with context.reading() as connection:
        server = servers.get(connection, name)
        provider = servers.access(connection, server.id).oauth
        place = folder(connection)
        known = _known(place, server if like is None else servers.get(connection, like), like)
    client = client_of(server, provider, ClientOptions(**said), known)
    grant = gateway.authorize(server, client, Terminal(), by_code=by_code)
    gateway.keep(place, server, grant)
    with context.changing() as change:
        gateway.note(change, server, client)
        server = servers.get(change.connection, str(server.id))
    _show(context, server, grant_state(place, server, provider, clock.now()))


def _known(place: str, server: Server, like: str | None) -> Client | None:
    grant = grants.get(place, server.id)
    if grant is None and like is not None:
        raise MailgateError(f"{server.name} was never authorized: say --client-id ID")
    return None if grant is None else grant.client


def _show(context: Context, server: Server, state: Forecast) -> None:
    known = {server.id: state}
    context.changed(with_grant(server, known), f"server {server.name} is authorized")
    if not context.json:
        warn(context, [server], known)
        context.tell(f"see whether it works: mailgate server test {server.name}")
