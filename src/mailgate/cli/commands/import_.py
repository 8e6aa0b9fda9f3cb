"""``mailgate import``: take the mail that is in files."""

from __future__ import annotations

import click

from mailgate.channels.files import FORMATS, MBOXRD, source
from mailgate.cli import output
from mailgate.cli.commands.fetch import outcomes
from mailgate.cli.context import Context
from mailgate.cli.group import Command
from mailgate.cli.progress import Bars
from mailgate.errors import MailgateError
from mailgate.gateway.importing import Imported, import_mail


@click.command(
    "import",
    cls=Command,
    examples=[
        ("mailgate import old.mbox --model ticket", "An mbox file; mail to no alias too."),
        ("mailgate import ~/Maildir", "A Maildir, without the folders in it."),
        ("mailgate import letters/ one.eml", "Every .eml and .mbox below a directory, and a file."),
    ],
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path())
@click.option("--model", metavar="M", help="Fallback: mail to no alias starts one of these.")
@click.option(
    "--mbox",
    "quoting",
    type=click.Choice(FORMATS),
    default=MBOXRD,
    help="How From is quoted in mbox files: mboxrd (default) or mboxo.",
)
@click.pass_obj
def command(context: Context, /, paths: tuple[str, ...], model: str | None, quoting: str) -> None:
    """Take the mail that is in mbox files, Maildirs and .eml files.

    Recipients are those of the header, as for mail that is fetched. To import something again is
    safe: what was taken is a duplicate. An import that was interrupted goes on where it was.
    """
    sources = [source(path) for path in dict.fromkeys(paths)]
    with Bars(wanted=context.verbosity >= 0 and not context.json) as bars:

        def hear(imported: Imported) -> None:
            bars.show("import", imported.done, imported.total)

        imported = import_mail(context.path, sources, model, hear, quoting)
    if context.json:
        output.write_json(imported.document())
    else:
        context.tell(outcomes(imported.counts))
    if imported.error is not None:
        raise MailgateError(imported.error)
