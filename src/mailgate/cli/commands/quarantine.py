"""``mailgate quarantine``: mail that waits for a person's decision."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

import click

from mailgate import clock
from mailgate.cli import output
from mailgate.cli.context import Context, who
from mailgate.cli.group import ID, Group, limit_option, yes_option
from mailgate.cli.output import Column, cell, column, display, moment, plain
from mailgate.entities.held import REASONS, Held
from mailgate.errors import MailgateError
from mailgate.gateway import poison
from mailgate.gateway import quarantine as gateway
from mailgate.gateway.quarantine import CONFIRMATION, Judged
from mailgate.gateway.report import carry_out
from mailgate.gateway.unpack import unpack
from mailgate.store import originals
from mailgate.store import quarantine as store

COLUMNS = (
    column("id", number=True),
    moment("at", "at"),
    column("reason", keep=True),
    column("sender"),
    Column("recipients", lambda held: ", ".join(held.recipients)),
    column("subject"),
)
_numbers = click.argument("numbers", metavar="ID...", type=ID, nargs=-1, required=True)


@click.group("quarantine", cls=Group)
def command() -> None:
    """Mail that is held for a person's decision."""


@command.command(
    "list",
    examples=[
        ("mailgate quarantine list", "All that is held."),
        ("mailgate quarantine list --reason verification", "Confirmation mail of a provider."),
    ],
)
@click.option("--reason", type=click.Choice(REASONS), help="Only what is held for this reason.")
@limit_option()
@click.pass_obj
def list_(context: Context, /, reason: str | None, limit: int | None) -> None:
    """List what is held, the newest first."""
    with context.reading() as connection:
        items = store.matching(connection, reason, context.page(limit))
        if context.json:
            items = [
                gateway.with_links(connection, held) if held.reason == CONFIRMATION else held
                for held in items
            ]
    context.show_list(items, COLUMNS, limit)


@command.command(
    "show",
    examples=[
        ("mailgate quarantine show 3", "Why it is held, and the links in it."),
        ("mailgate quarantine show 3 --raw > message.eml", "The message itself, as it came."),
    ],
)
@click.argument("number", metavar="ID", type=ID)
@click.option("--raw", is_flag=True, help="Write the original bytes.")
@click.pass_obj
def show(context: Context, /, number: int, raw: bool) -> None:
    """Show why a message is held, and the web links in it; none is fetched."""
    if raw and context.json:
        raise click.UsageError("--raw writes the message itself, --json a document about it.")
    with context.reading() as connection:
        held = store.get(connection, number)
        if raw:
            _write_raw(originals.chunks(connection, store.digest(connection, number)))
            return
        held = gateway.with_links(connection, held)
    if context.json:
        output.write_json(held)
        return
    shown = plain(replace(held, links=()))
    output.write_pairs([(key.replace("_", " "), cell(shown[key])) for key in shown if shown[key]])
    if held.links:
        output.write("\n" + output.heading("Links"))
        for link in held.links:
            output.write("  " + display(link))


def _write_raw(chunks: Iterable[bytes]) -> None:
    """Write a message: its bytes as they came, or on a terminal what is safe there."""
    if not sys.stdout.isatty():
        sys.stdout.flush()
        sys.stdout.buffer.writelines(chunks)
        sys.stdout.buffer.flush()
        return
    text = b"".join(chunks).replace(b"\r\n", b"\n").decode("utf-8", "replace")
    output.write(display(text.rstrip("\n"), lines=True))


@command.command(
    "release",
    examples=[
        ("mailgate quarantine release 3", "Let it go where it was to go."),
        ("mailgate quarantine release 3 4 --to info@example.com", "Give both to an alias."),
    ],
)
@_numbers
@click.option("--to", metavar="ALIAS", help="The alias that gets it.")
@click.pass_obj
def release(context: Context, /, numbers: tuple[int, ...], to: str | None) -> None:
    """Let messages go where they were to go, or to an alias.

    What held them, limits and policies do not hold them again. Where one cannot go there, as its
    alias is still misconfigured, all stay.
    """
    with context.reading() as connection:
        waiting = [gateway.waiting(connection, number) for number in dict.fromkeys(numbers)]
    with context.changing() as change:
        judged = [gateway.release(change, message, to) for message in waiting]
    _finish(context, judged)


@command.command(
    "retry",
    examples=[
        ("mailgate quarantine retry 3", "Judge it again by the rules as they are now."),
        ("mailgate quarantine retry --all", "Judge everything again, the oldest first."),
    ],
)
@click.argument("numbers", metavar="[ID]...", type=ID, nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that is held.")
@click.pass_obj
def retry(context: Context, /, numbers: tuple[int, ...], every: bool) -> None:
    """Judge messages again as if they came now; what is not taken stays."""
    if bool(numbers) == every:
        raise click.UsageError("Name what to judge again, or say --all.")
    with context.reading() as connection:
        chosen = store.numbers(connection) if every else list(dict.fromkeys(numbers))
        for number in chosen:
            store.get(connection, number)
    database, at = context.database(), clock.now()
    found = {number: poison.retry(database, number, at, who()) for number in chosen}
    _finish(context, [judged for judged in found.values() if judged is not None])
    if not chosen and not context.json:
        context.tell("nothing is held")
    broken = [str(number) for number, judged in found.items() if judged is None]
    if broken:
        raise MailgateError(f"quarantine {', '.join(broken)} stays: handling it failed again")


@command.command(
    "discard",
    examples=[("mailgate quarantine discard 3 4 --yes", "Remove both, with their content.")],
)
@_numbers
@yes_option()
@click.pass_obj
def discard(context: Context, /, numbers: tuple[int, ...], yes: bool) -> None:
    """Remove messages with their content; the journal keeps its lines."""
    chosen = list(dict.fromkeys(numbers))
    with context.reading() as connection:
        held = [store.get(connection, number) for number in chosen]
    context.confirm(f"{_what(held)} will be removed for good.", yes=yes)
    with context.changing() as change:
        gone = [gateway.discard(change, number) for number in chosen]
    if context.json:
        output.write_json(gone)
    for each in [] if context.json else gone:
        context.tell(f"quarantine {each.id} discarded: {each.subject or '(no subject)'}")


def _what(held: Sequence[Held]) -> str:
    if len(held) > 1:
        return f"{len(held)} held messages"
    return f"The held message {held[0].id} ({held[0].subject or 'no subject'})"


def _finish(context: Context, judged: Sequence[Judged]) -> None:
    """Unpack what was taken, carry out what is a report, and say what became of each."""
    messages = [number for each in judged for number in each.messages]
    reports = [entry for each in judged for entry in each.reports]
    if messages or reports:
        database = context.database()
        unpack(database, messages)
        carry_out(database, reports)
    if context.json:
        output.write_json([each.document() for each in judged])
        return
    for each in judged:
        for line in _became(each):
            context.tell(line)


def _became(judged: Judged) -> list[str]:
    name, applied = f"quarantine {judged.held.id}", judged.result.applied
    lines = [
        f"{name}: {'new' if action == 'created' else 'added to'} {model} {record}"
        for record, model, action, _ in (applied.records if applied else [])
    ]
    if judged.left and not lines:
        best = judged.result.plan.best
        lines = [f"{name}: {best.outcome}: {best.reason}"]
    return lines + [f"{name} stays: {reason}" for _, reason in judged.stays]
