"""``mailgate unpack``: texts, attachments and search index from the originals again."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import ID, Command
from mailgate.entities.count import counted
from mailgate.errors import MailgateError
from mailgate.gateway.report import carry_out
from mailgate.gateway.unpack import DONE, GONE, unpack
from mailgate.store import messages, reports
from mailgate.store.sqlite import Database

_STEP = 100


@click.command(
    "unpack",
    cls=Command,
    examples=[
        ("mailgate unpack", "What still waits to be unpacked."),
        ("mailgate unpack --failed", "What failed, after an update of mailgate."),
        ("mailgate unpack 7 8", "Two messages again."),
    ],
)
@click.argument("numbers", metavar="[MESSAGE]...", type=ID, nargs=-1)
@click.option("--pending", is_flag=True, help="What was not unpacked yet (default).")
@click.option("--failed", is_flag=True, help="What could not be unpacked.")
@click.option("--all", "every", is_flag=True, help="Every message.")
@click.pass_obj
def command(
    context: Context, /, numbers: tuple[int, ...], pending: bool, failed: bool, every: bool
) -> None:
    """Derive texts, attachments and the search index from the originals again.

    mailgate record show gives the ids of messages. Nothing is lost where it fails: the original
    bytes stay. Reports (bounces) that wait, or failed, are carried out too; what one says is
    carried out once, however often this is done.
    """
    if sum((bool(numbers), pending, failed, every)) > 1:
        raise click.UsageError("Give messages, or one of --pending, --failed and --all.")
    database = context.database()
    states = ("failed",) if failed else ("pending", "failed") if every else ("pending",)
    batches = iter([list(numbers)]) if numbers else _batches(database, None if every else states[0])
    outcomes: dict[int, str] = {}
    for batch in batches:
        outcomes.update(unpack(database, batch))
        if sys.stderr.isatty() and len(outcomes) > _STEP and context.verbosity >= 0:
            click.echo(f"\r{len(outcomes)} messages", nl=False, err=True)
    waiting = [] if numbers else reports.waiting(database.connection, states)
    _report(context, outcomes, carry_out(database, waiting))


def _batches(database: Database, state: str | None) -> Iterator[list[int]]:
    last = 0
    while True:
        with database.reading() as connection:
            found = messages.page(connection, state, last, _STEP)
        if not found:
            return
        yield found
        last = found[-1]


def _report(context: Context, unpacked: dict[int, str], carried: dict[int, str]) -> None:
    done = sum(became == DONE for became in unpacked.values())
    reported = sum(became == DONE for became in carried.values())
    bad = [("message", *each) for each in unpacked.items() if each[1] != DONE]
    bad += [("report", *each) for each in carried.items() if each[1] != DONE]
    if context.json:
        items = [{"message": number, "unpacked": became} for number, became in unpacked.items()]
        items += [{"journal": number, "unpacked": became} for number, became in carried.items()]
        output.write_json(items)
    elif done or reported or not bad:
        also = f", {counted(reported, 'report')} carried out" if reported else ""
        context.tell(f"{done} unpacked{also}")
    if bad:
        kind, number, became = bad[0]
        why = "is not there, or its original is not" if became == GONE else "failed"
        name = f"message {number}" if kind == "message" else f"the report of journal entry {number}"
        raise MailgateError(f"{len(bad)} not unpacked: {name} {why}")
