"""``mailgate outbox``: mail of ours that waits to be sent."""

from __future__ import annotations

import click

from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import ID, Group, limit_option
from mailgate.cli.output import Column, cell, column, display, plain
from mailgate.entities.letter import Letter
from mailgate.gateway.outbox import content
from mailgate.store import outbox


def _sender(letter: Letter) -> str:
    return letter.sender or "<>"


COLUMNS = (
    column("id", number=True),
    column("kind", keep=True),
    column("status", keep=True),
    Column("recipients", lambda letter: ", ".join(letter.recipients)),
    column("subject"),
)


@click.group("outbox", cls=Group)
def command() -> None:
    """Mail of ours that waits to be sent: notices, acknowledgements."""


@command.command(
    "list",
    examples=[
        ("mailgate outbox list", "What waits to be sent, and what failed."),
        ("mailgate outbox list --all --limit 10", "The last ten, whatever became of them."),
    ],
)
@click.option("--all", "every", is_flag=True, help="Also what was sent or cancelled.")
@limit_option()
@click.pass_obj
def list_(context: Context, /, every: bool, limit: int | None) -> None:
    """List what waits to be sent or failed, the newest first."""
    with context.reading() as connection:
        items = outbox.matching(connection, context.page(limit), every=every)
    context.show_list(items, COLUMNS, limit)


@command.command("show", examples=[("mailgate outbox show 5", "One letter, with its text.")])
@click.argument("number", metavar="ID", type=ID)
@click.pass_obj
def show(context: Context, /, number: int) -> None:
    """Show a letter with its header and its text."""
    with context.reading() as connection:
        letter = outbox.get(connection, number)
        headers, body = content(connection, number)
    if context.json:
        fields = [{"name": name, "value": value} for name, value in headers]
        output.write_json({**plain(letter), "headers": fields, "body": body})
        return
    shown = {**plain(letter), "sender": _sender(letter)}
    names = ("kind", "status", "sender", "recipients", "attempts", "next_attempt", "last_error")
    output.write_pairs([(name.replace("_", " "), cell(shown[name])) for name in names])
    output.write("")
    for name, value in headers:
        output.write(f"{output.heading(display(name) + ':')} {display(value)}")
    output.write("\n" + display(body.rstrip("\n"), lines=True))
