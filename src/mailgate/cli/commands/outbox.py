"""``mailgate outbox``: mail of ours that waits to be sent."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import asdict

import click

from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import ID, Group, limit_option
from mailgate.cli.output import Column, cell, column, display, plain
from mailgate.clock import iso
from mailgate.config import configuration
from mailgate.entities.letter import Letter
from mailgate.gateway import outbox as gateway
from mailgate.gateway.flush import Flushed
from mailgate.gateway.flush import flush as send_due
from mailgate.gateway.transport import channel
from mailgate.status import FAILURE, OK
from mailgate.store import outbox, sending
from mailgate.store.change import Change

REASONS = 20
"""Different reasons that are told; the list has the others."""


def _sender(letter: Letter) -> str:
    return letter.sender or "<>"


_numbers = click.argument("numbers", metavar="ID...", type=ID, nargs=-1, required=True)
COLUMNS = (
    column("id", number=True),
    column("kind", keep=True),
    column("status", keep=True),
    Column("recipients", lambda letter: ", ".join(letter.recipients)),
    column("subject"),
)


@click.group("outbox", cls=Group)
def command() -> None:
    """Mail of ours that waits to be sent: messages, notices, acknowledgements."""


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
        headers, body = gateway.content(connection, number)
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


@command.command(
    "flush",
    examples=[
        ("mailgate outbox flush", "Send what is due, as cron does every few minutes."),
        ("mailgate outbox flush --limit 10", "Send the ten letters that wait longest."),
    ],
)
@click.option("--limit", type=ID, metavar="N", help="At most N letters.")
@click.pass_obj
def flush(context: Context, /, limit: int | None) -> int:
    """Send what is due, the oldest first.

    It says nothing where everything went well. Several may run at once: a letter is sent by one
    of them. The exit status is 1 where a letter failed for good, or nothing could be sent.

    A letter to a contact that was suppressed while it waited is cancelled.
    """
    way = channel(configuration(context.config, os.environ).outgoing)
    database = context.database()
    done = send_due(database, way, limit)
    with database.reading() as connection:
        queued, due = sending.waiting(connection), sending.next_due(connection)
    if context.json:
        next_attempt = None if due is None else iso(due)
        output.write_json({**asdict(done), "queued": queued, "next_attempt": next_attempt})
    _complain(context, done)
    if context.verbosity > 0 or (sys.stderr.isatty() and not context.json):
        context.tell(f"{done.sent} sent, {done.failed} failed, {queued} in the outbox")
    return FAILURE if done.failed or done.unusable is not None else OK


def _complain(context: Context, done: Flushed) -> None:
    """Say on standard error what went wrong, a line for each reason."""
    if done.unusable is not None:
        _say(f"nothing can be sent: {done.unusable} ({_letters(done.postponed)} postponed)")
    reasons: dict[tuple[str, str], list[str]] = {}
    for unsent in done.unsent:
        if unsent.outcome == "failed" or context.verbosity >= 0:
            reasons.setdefault((unsent.outcome, unsent.reason), []).append(str(unsent.id))
    for (outcome, reason), numbers in list(reasons.items())[:REASONS]:
        shown = ", ".join(numbers[:5]) + (", ..." if len(numbers) > 5 else "")
        _say(f"{_letters(len(numbers))} {outcome} ({shown}): {reason}")
    if len(reasons) > REASONS:
        _say(f"{len(reasons) - REASONS} other reasons: mailgate outbox list shows the letters")


def _say(text: str) -> None:
    print(display(f"mailgate: {text}"), file=sys.stderr)


def _letters(count: int) -> str:
    return f"{count} letter{'' if count == 1 else 's'}"


@command.command(
    "retry", examples=[("mailgate outbox retry 5 6", "Let both be sent by the next flush.")]
)
@_numbers
@click.pass_obj
def retry(context: Context, /, numbers: tuple[int, ...]) -> None:
    """Make letters due now that wait, failed or were cancelled.

    The days for which they are tried begin anew; the attempts go on being counted.
    """
    _change(context, numbers, gateway.retry, "is due now")


@command.command(
    "cancel", examples=[("mailgate outbox cancel 5", "Let a letter that waits not be sent.")]
)
@_numbers
@click.pass_obj
def cancel(context: Context, /, numbers: tuple[int, ...]) -> None:
    """Let letters not be sent that wait or failed; retry takes it back."""
    _change(context, numbers, gateway.cancel, "is cancelled")


def _change(
    context: Context,
    numbers: tuple[int, ...],
    act: Callable[[Change, int], Letter],
    done: str,
) -> None:
    with context.changing() as change:
        changed = [act(change, number) for number in dict.fromkeys(numbers)]
    if context.json:
        output.write_json(changed)
    for letter in [] if context.json else changed:
        context.tell(f"letter {letter.id} to {', '.join(letter.recipients)} {done}")
