"""``mailgate record``: records and their conversations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import ID, Group, limit_option
from mailgate.cli.output import cell, column, display, moment, plain
from mailgate.cli.record_changes import add_to
from mailgate.entities.notification import Notification
from mailgate.entities.record import Message, Record
from mailgate.mail.address import normalise
from mailgate.store import aliases, domains, messages, models, notifications, records

COLUMNS = (
    column("id", number=True),
    column("model"),
    column("name"),
    column("state", keep=True),
    column("sender"),
    column("messages", number=True),
    moment("updated", "updated_at"),
)


@click.group("record", cls=Group)
def command() -> None:
    """Records and their conversations."""


@command.command(
    "list",
    examples=[
        ("mailgate record list --model lead --state open", "Open leads."),
        ("mailgate record list --sender ann@example.org", "What Ann started."),
        ("mailgate record list --search 'broken pump'", "Whose mail has both words."),
    ],
)
@click.option("--model", metavar="M", help="Only of this model.")
@click.option("--state", type=click.Choice(["open", "closed"]), help="Only in this state.")
@click.option("--alias", metavar="A", help="Only what this alias started.")
@click.option("--sender", metavar="A", help="Only what this author started.")
@click.option("--search", metavar="WORDS", help="Only with mail that has all these words.")
@limit_option()
@click.pass_obj
def list_(context: Context, /, limit: int | None, **options: Any) -> None:
    """List records, the newest first."""
    with context.reading() as connection:
        if options["model"] is not None:
            options["model"] = models.get(connection, options["model"]).name
        if options["alias"] is not None:
            options["alias"] = _alias(connection, options["alias"])
        if options["sender"] is not None:
            options["sender"] = normalise(options["sender"]) or options["sender"]
        wanted = records.Filter(limit=context.page(limit), **options)
        items = records.matching(connection, wanted)
    context.show_list(items, COLUMNS, limit)


add_to(command)


def _alias(connection: Any, name: str) -> str:
    """Return the address of an alias; one that was removed still has its records."""
    found = aliases.find(connection, name)
    if found is not None:
        return found.address
    address = normalise(name, domains.first(connection))
    if address and records.matching(connection, records.Filter(alias=address, limit=1)):
        return address
    return aliases.get(connection, name).address


@command.command("show", examples=[("mailgate record show 1", "A record, and what was written.")])
@click.argument("number", metavar="ID", type=ID)
@click.pass_obj
def show(context: Context, /, number: int) -> None:
    """Show a record with all its messages, oldest first."""
    with context.reading() as connection:
        record = records.get(connection, number)
        thread = messages.of_record(connection, number)
        failed = notifications.failed_in(connection, number)
    if context.json:
        output.write_json(replace(record, messages=thread))
        return
    _write_record(record)
    for message in thread:
        write_message(message)
        for each in failed:
            if each.message == message.id:
                _write_failure(each)


def _write_record(record: Record) -> None:
    output.write(output.heading(f"{display(record.model)} {record.id}: {display(record.name)}"))
    names = ("state", "sender", "alias", "values", "followers", "created_at", "updated_at")
    shown = plain(record)
    output.write_pairs([(name.replace("_", " "), cell(shown[name])) for name in names])


def write_message(message: Message) -> None:
    """Print a message for people."""
    sender = f"{message.sender_name} <{message.sender}>" if message.sender_name else message.sender
    marks = [message.class_] if message.class_ != "person" else []
    marks += ["stranger"] if message.stranger else []
    marks += [] if message.unpacked == "done" else [f"unpacking {message.unpacked}"]
    title = f"message {message.id} from {display(sender)}, {message.date or message.at}"
    output.write("\n" + output.heading(title + (f" ({', '.join(marks)})" if marks else "")))
    pairs = [("to", cell(message.to)), ("cc", cell(message.cc)), ("subject", cell(message.subject))]
    output.write_pairs([pair for pair in pairs if pair[1] != "-"])
    if message.body_text.strip():
        output.write("\n" + display(message.body_text.strip("\n"), lines=True))
    for attachment in message.attachments:
        output.write(
            f"  attachment {attachment.id}: {display(attachment.filename)}"
            f" ({display(attachment.content_type)}, {attachment.size} bytes)"
        )


def _write_failure(failed: Notification) -> None:
    why = " ".join(filter(None, (failed.status_code, failed.failure_reason)))
    text = f"  {failed.status} for {failed.recipient}: {why} (notification {failed.id})"
    output.write(output.alarm(display(text)))
