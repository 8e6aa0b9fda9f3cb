"""``mailgate server test``: whether a mailbox can be reached, and what is in it."""

from __future__ import annotations

import click

from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import Command
from mailgate.entities.count import counted
from mailgate.gateway.deliver import Gateway
from mailgate.gateway.fetch.look import Look, look


@click.command(
    "test",
    cls=Command,
    examples=[("mailgate server test sales", "Log in, and say how many messages there are.")],
)
@click.argument("name", metavar="SERVER")
@click.pass_obj
def test(context: Context, /, name: str) -> None:
    """Connect to a server and log in, as fetch does, and say what is there.

    Nothing is read, marked or remembered.
    """
    gateway = Gateway(context.path)
    context.closing(gateway.database)
    seen = look(gateway, name)
    if context.json:
        output.write_json(seen)
    else:
        context.tell(_said(seen))


def _said(seen: Look) -> str:
    unread = "" if seen.unread is None else f", {seen.unread} unread"
    way = "without TLS" if seen.security == "plain" else "over TLS"
    return (
        f"server {seen.server} is reached {way} and lets us in:"
        f" {counted(seen.messages, 'message')} in {output.display(seen.folder)}{unread}"
    )
