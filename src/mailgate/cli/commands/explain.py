"""``mailgate explain``: why a message goes where it goes."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from mailgate import clock
from mailgate.channels import pipe
from mailgate.cli import output
from mailgate.cli.commands import deliver
from mailgate.cli.context import Context
from mailgate.cli.explanation import outline
from mailgate.cli.group import ID, Command
from mailgate.cli.outline import write_outline
from mailgate.gateway.deliver import Gateway
from mailgate.gateway.explain import Explanation, document, explain, explain_past

_SHARED: list[click.Parameter] = [
    option
    for option in deliver.command.params
    if isinstance(option, click.Option) and option.name != "json"
]
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


@click.command(
    "explain",
    cls=Command,
    params=_SHARED,
    examples=[
        ("mailgate explain -r info@example.com message.eml", "Mail to that address."),
        ("mailgate explain < message.eml", "Recipients as the header names them."),
        ("mailgate explain -f ann@example.org -r info --json message.eml", "For programs."),
        ("mailgate explain --journal 12", "Mail that came before, as if it came now."),
    ],
)
@click.option("--journal", metavar="ID", type=ID, help="The message of that journal entry.")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.pass_obj
def command(context: Context, /, journal: int | None, file: str | None, **given: Any) -> None:
    """Say why a message goes where it goes; nothing changes.

    The message is read from FILE or standard input, its envelope as deliver reads it. Every
    recipient is shown with where it came from, every rule that was asked and what it said, and
    last the one that decided; then what would be done.
    """
    gateway = Gateway(os.path.abspath(context.path))
    context.closing(gateway.database)
    if journal is None:
        if file is None and sys.stdin.isatty():
            context.tell("reading a message from standard input, to its end (Ctrl-D)")
        found = _of_file(gateway, file, given)
    elif file is not None or any(given[name] for name in given):
        raise click.UsageError("--journal takes a message that is kept, not a FILE or envelope.")
    else:
        found = explain_past(gateway, journal, clock.now())
    if context.json:
        output.write_json(document(found))
    else:
        write_outline(outline(document(found)))


def _of_file(gateway: Gateway, file: str | None, given: dict[str, Any]) -> Explanation:
    options = pipe.Options()
    for name in ("sender", "model", "size", "queue_id"):
        setattr(options, name, given[name])
    options.recipients = list(given["recipient"])
    envelope = pipe.envelope(options, os.environ)
    descriptor = 0 if file in (None, "-") else os.open(str(file), os.O_RDONLY)
    try:
        original = pipe.read(descriptor, gateway.limits.max_bytes, options.size)
    finally:
        if descriptor:
            os.close(descriptor)
    return explain(gateway, original, envelope, clock.now())
