"""``mailgate journal``: what came in, and what became of it."""

from __future__ import annotations

from typing import Any

import click

from mailgate import clock
from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import ID, Group, limit_option
from mailgate.cli.output import Column, cell, column, moment, plain
from mailgate.entities.entry import Entry
from mailgate.entities.nearest import unknown
from mailgate.mail.address import normalise
from mailgate.status import OUTCOMES
from mailgate.store import journal, reports


def _recipients(entry: Entry) -> str:
    return ", ".join(recipient.address for recipient in entry.recipients)


COLUMNS = (
    column("id", number=True),
    moment("at", "at"),
    column("outcome", keep=True),
    column("rule", keep=True),
    column("author"),
    Column("recipients", _recipients),
    column("subject"),
)
RECIPIENTS = (
    column("address"),
    column("outcome", keep=True),
    column("rule", keep=True),
    column("status", keep=True),
    Column("reason", lambda item: item.reason, wrap=True),
)
SAID = (
    column("recipient", keep=True),
    Column("said", lambda line: line.action or line.kind, keep=True),
    column("code", "status_code"),
    column("message", number=True),
    column("notification", number=True),
    Column("reason", lambda line: line.reason, wrap=True),
)
RECORDS = (
    column("id", number=True),
    column("model"),
    column("action"),
    column("alias"),
)


@click.group("journal", cls=Group)
def command() -> None:
    """What came in, and what became of it."""


@command.command(
    "list",
    examples=[
        ("mailgate journal list --since 1h", "What came in the last hour."),
        ("mailgate journal list --outcome rejected", "What nobody took."),
        ("mailgate journal list --sender ann@example.org --limit 5", "The last five of Ann's."),
    ],
)
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only this outcome.")
@click.option("--rule", metavar="R", help="Only what this rule decided.")
@click.option("--since", metavar="T", help="Only from then on: 90m, 7d, 2026-11-22T17:00:00Z.")
@click.option("--sender", metavar="A", help="Only from this author or envelope sender.")
@click.option("--recipient", metavar="A", help="Only to this address.")
@limit_option()
@click.pass_obj
def list_(context: Context, /, since: str | None, limit: int | None, **options: Any) -> None:
    """List messages that came in, the newest first."""
    if options["rule"] is not None:
        options["rule"] = _rule(options["rule"])
    for name in ("sender", "recipient"):
        if options[name] is not None:
            options[name] = normalise(options[name]) or options[name]
    start = None if since is None else clock.since(since, clock.now())
    wanted = journal.Filter(since=start, limit=context.page(limit), **options)
    with context.reading() as connection:
        items = journal.matching(connection, wanted)
    context.show_list(items, COLUMNS, limit)


def _rule(text: str) -> str:
    """Return the name of a rule that a text is."""
    from mailgate.routing import router

    wanted, known = text.strip().lower(), [router.name(rule) for rule in router.RULES]
    if wanted not in known:
        raise unknown("rule", text, known, "mailgate-routing(7)")
    return wanted


@command.command("show", examples=[("mailgate journal show 12", "One entry.")])
@click.argument("number", metavar="ID", type=ID)
@click.pass_obj
def show(context: Context, /, number: int) -> None:
    """Show an entry with every recipient and record."""
    with context.reading() as connection:
        entry = journal.get(connection, number)
        said = reports.lines(connection, number)
    if context.json:
        output.write_json(entry)
        return
    lists = ("recipients", "records")
    output.write_pairs(
        [(key.replace("_", " "), cell(v)) for key, v in plain(entry).items() if key not in lists]
    )
    output.write("\n" + output.heading("Recipients"))
    output.write_table(entry.recipients, RECIPIENTS)
    if entry.records:
        output.write("\n" + output.heading("Records"))
        output.write_table(entry.records, RECORDS)
    if said:
        output.write("\n" + output.heading("What the report says"))
        output.write_table(said, SAID)
