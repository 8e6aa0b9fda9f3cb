"""``mailgate attachment``: files that came with mail."""

from __future__ import annotations

import os

import click

from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.files import save
from mailgate.cli.group import ID, Group
from mailgate.store import messages


@click.group("attachment", cls=Group)
def command() -> None:
    """Files that came with mail."""


@command.command(
    "save",
    examples=[
        ("mailgate attachment save 3", "Into the folder you are in."),
        ("mailgate attachment save 3 --to /tmp/files", "Into another folder."),
    ],
)
@click.argument("number", metavar="ID", type=ID)
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    default=".",
    type=click.Path(exists=True, file_okay=False),
    help="The folder to write to; else the one you are in.",
)
@click.pass_obj
def save_(context: Context, /, number: int, folder: str) -> None:
    """Write an attachment to a file of its name, which must not be there yet.

    mailgate record show lists attachments with their ID. The path is printed.
    """
    with context.reading() as connection:
        attachment = messages.attachment(connection, number)
        pieces = messages.attachment_bytes(connection, attachment.sha256)
        path = save(folder, attachment.filename, f"attachment-{number}", pieces)
    if context.json:
        output.write_json({**output.plain(attachment), "path": os.path.abspath(path)})
    else:
        output.write(output.display(path))
