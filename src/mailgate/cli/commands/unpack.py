"""``mailgate unpack``: texts, attachments and search index from the originals again."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import ID, Command
from mailgate.errors import MailgateError
from mailgate.gateway.unpack import DONE, unpack
from mailgate.store import messages
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
    bytes stay.
    """
    if sum((bool(numbers), pending, failed, every)) > 1:
        raise click.UsageError("Give messages, or one of --pending, --failed and --all.")
    database = context.database()
    state = "failed" if failed else None if every else "pending"
    batches = iter([list(numbers)]) if numbers else _batches(database, state)
    outcomes: dict[int, str] = {}
    for batch in batches:
        outcomes.update(unpack(database, batch))
        if sys.stderr.isatty() and len(outcomes) > _STEP and context.verbosity >= 0:
            click.echo(f"\r{len(outcomes)} messages", nl=False, err=True)
    _report(context, outcomes)


def _batches(database: Database, state: str | None) -> Iterator[list[int]]:
    last = 0
    while True:
        with database.reading() as connection:
            found = messages.page(connection, state, last, _STEP)
        if not found:
            return
        yield found
        last = found[-1]


def _report(context: Context, outcomes: dict[int, str]) -> None:
    bad = {message: outcome for message, outcome in outcomes.items() if outcome != DONE}
    done = len(outcomes) - len(bad)
    if context.json:
        items = [{"message": key, "unpacked": value} for key, value in outcomes.items()]
        output.write_json(items)
    elif done or not bad:
        context.tell(f"{done} unpacked")
    if bad:
        message, outcome = next(iter(bad.items()))
        why = "is not there, or its original is not" if outcome == "gone" else "failed"
        raise MailgateError(f"{len(bad)} not unpacked: message {message} {why}")
