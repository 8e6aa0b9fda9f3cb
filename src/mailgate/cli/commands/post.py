"""``mailgate post``: a message, or a note, from a record."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from mailgate.cli import output
from mailgate.cli.commands.record import write_message
from mailgate.cli.context import Context
from mailgate.cli.group import ID, Command
from mailgate.entities.defaults import DEFAULTS
from mailgate.errors import MailgateError
from mailgate.gateway.post import Draft, Posted, post
from mailgate.mail.parts import File
from mailgate.store import lookups, records

FEW = 10
"""So many receivers are all named."""


@click.command(
    "post",
    cls=Command,
    examples=[
        ("mailgate post 7 < answer.txt", "Write to all who follow record 7."),
        (
            "mailgate post 7 --to ann@example.org --attach offer.pdf < answer.txt",
            "Write to Ann too, with a file.",
        ),
        (
            "mailgate post 7 --from bob@example.com --subject 'Your order' < answer.txt",
            "Write as Bob, who is at one of our domains.",
        ),
        ("mailgate post 7 --note < called.txt", "Keep a note; nobody gets mail."),
    ],
)
@click.argument("number", metavar="RECORD", type=ID)
@click.option("--note", is_flag=True, help="Keep it inside: nobody gets it.")
@click.option("--to", multiple=True, metavar="ADDR", help="Who gets it too. Can be repeated.")
@click.option("--cc", multiple=True, metavar="ADDR", help="Who gets a copy. Can be repeated.")
@click.option(
    "--from",
    "sender",
    metavar="ADDR",
    help="Who writes: an internal contact, or an address at one of our domains; else the company.",
)
@click.option("--subject", metavar="S", help="Another subject than the conversation's.")
@click.option(
    "--attach",
    multiple=True,
    metavar="FILE",
    type=click.Path(),
    help="A file that goes with it. Can be repeated.",
)
@click.pass_obj
def command(context: Context, /, number: int, attach: tuple[str, ...], **options: Any) -> None:
    """Write into a record; the text, in UTF-8, is read from standard input.

    It goes to those who follow the record and to --to and --cc, as mailgate outbox flush sends
    it; answers come back to the record. A closed record stays closed.
    """
    if options["note"] and (options["to"] or options["cc"]):
        raise click.UsageError("a note stays inside: --note excludes --to and --cc.")
    with context.reading() as connection:
        records.get(connection, number)
        most = int((DEFAULTS | lookups.parameters(connection))["mail.message.max.bytes"])
    files = _files(attach, most)
    draft = Draft(_text(context, most), files=files, **options)
    with context.changing() as change:
        posted = post(change, number, draft)
    for address, why in posted.left_out:
        context.tell(f"{address} does not get it: {why}")
    context.tell(_outcome(posted, number))
    if context.json:
        output.write_json(posted.message)
    else:
        write_message(posted.message)


def _outcome(posted: Posted, record: int) -> str:
    message = posted.message
    if message.kind == "note":
        return f"note {message.id} is in record {record}; it stays inside"
    if not posted.receivers:
        return (
            f"message {message.id} is in record {record}; nobody gets it: name somebody with --to"
        )
    named = ", ".join(posted.receivers[:FEW])
    more = len(posted.receivers) - FEW
    others = f" and {more} more" if more > 0 else ""
    return f"message {message.id} waits in the outbox for {named}{others}"


def _text(context: Context, most: int) -> str:
    """Read the text; raises MailgateError where it is none, or too long."""
    if sys.stdin.isatty():
        context.tell("write the text, then press Ctrl-D on a line of its own")
    data = sys.stdin.buffer.read(most + 1)
    if len(data) > most:
        raise MailgateError(f"the text is longer than mail.message.max.bytes allows: {most} bytes")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MailgateError(
            f"the text is not UTF-8: byte 0x{data[error.start]:02x} at {error.start + 1}, in line"
            f" {line}; iconv -t utf-8 converts it"
        ) from error
    if "\0" in text:
        raise MailgateError("the text has a NUL byte: attach what is no text with --attach")
    return text


def _files(paths: tuple[str, ...], most: int) -> tuple[File, ...]:
    """Read the files; raises MailgateError where one cannot be read, or they are too large."""
    files, left = [], most
    for path in paths:
        shown = os.fsencode(path).decode("utf-8", "replace")
        try:
            with open(path, "rb") as file:
                data = file.read(left + 1)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise MailgateError(f"cannot attach {shown}: {why}") from error
        left -= len(data)
        if left < 0:
            raise MailgateError(
                f"{shown} is too large to attach: mail.message.max.bytes allows {most} bytes in all"
            )
        name = os.fsencode(os.path.basename(path)).decode("utf-8", "replace")
        files.append(File(name, data))
    return tuple(files)
