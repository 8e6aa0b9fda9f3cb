"""``mailgate notification``: who got which outgoing message, and what bounced."""

from __future__ import annotations

import click

from mailgate.cli import output
from mailgate.cli.commands.journal import COLUMNS as ENTRIES
from mailgate.cli.context import Context
from mailgate.cli.group import ID, Group, limit_option
from mailgate.cli.output import Column, column, moment
from mailgate.entities.notification import FAILED
from mailgate.gateway.administration import notifications as gateway
from mailgate.store import journal
from mailgate.store import notifications as store
from mailgate.store.reports import UNMATCHED

COLUMNS = (
    column("id", number=True),
    moment("at", "at"),
    Column(
        "status", lambda item: item.status, keep=True, alarming=lambda item: item.status in FAILED
    ),
    column("recipient", keep=True),
    column("record", number=True),
    column("message", number=True),
    column("code", "status_code"),
    Column("reason", lambda item: item.failure_reason, wrap=True),
)
_number = click.argument("number", metavar="ID", type=ID)


@click.group("notification", cls=Group)
def command() -> None:
    """Who got which outgoing message, and what bounced.

    One for each recipient of each message that leaves a record. It is ready, sent, delayed,
    cancelled, or red: bounced, as a report says, or failed, as no server took it.
    """


@command.command(
    "list",
    examples=[
        ("mailgate notification list --failed", "What did not reach its recipient."),
        ("mailgate notification list --unmatched", "What else came to bounce addresses."),
        ("mailgate notification list --limit 20", "The last twenty, whatever became of them."),
    ],
)
@click.option("--failed", is_flag=True, help="Only what failed and was not dismissed.")
@click.option(
    "--unmatched",
    is_flag=True,
    help="Instead, the journal entries of reports about nothing that was sent from here, and of"
    " other mail to bounce addresses.",
)
@limit_option()
@click.pass_obj
def list_(context: Context, /, failed: bool, unmatched: bool, limit: int | None) -> None:
    """List notifications, the newest first."""
    if failed and unmatched:
        raise click.UsageError("--failed lists notifications, --unmatched journal entries.")
    page = context.page(limit)
    with context.reading() as connection:
        if unmatched:
            entries = journal.matching(connection, journal.Filter(flag=UNMATCHED, limit=page))
            context.show_list(entries, ENTRIES, limit)
            return
        items = store.matching(connection, page, failed=failed)
    context.show_list(items, COLUMNS, limit)


@command.command(
    "count", examples=[("mailgate notification count", "How many failed and wait for a look.")]
)
@click.pass_obj
def count(context: Context, /) -> None:
    """Count what failed and was not dismissed."""
    with context.reading() as connection:
        failed = store.failures(connection)
    if context.json:
        output.write_json({"failed": failed})
    else:
        output.write(f"{failed} failed")


@command.command(
    "resend", examples=[("mailgate notification resend 4", "Send the letter once more.")]
)
@_number
@click.pass_obj
def resend(context: Context, /, number: int) -> None:
    """Queue a letter again, with the same Message-ID; mailgate outbox flush sends it.

    Not to a contact that is suppressed, and only as long as the original is kept.
    """
    with context.changing() as change:
        item = gateway.resend(change, number)
    context.changed(item, f"notification {number} to {item.recipient} waits to be sent again")


@command.command("dismiss", examples=[("mailgate notification dismiss 4", "Seen: red no longer.")])
@_number
@click.pass_obj
def dismiss(context: Context, /, number: int) -> None:
    """Take a failure off the list of failures; it stays in the whole list."""
    with context.changing() as change:
        item = gateway.dismiss(change, number)
    context.changed(item, f"notification {number} to {item.recipient} dismissed")
