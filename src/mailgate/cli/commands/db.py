"""``mailgate db``: the database: version, migration, check, clearing up."""

from __future__ import annotations

import click

from mailgate import clock
from mailgate.cli import output
from mailgate.cli.context import Context, who
from mailgate.cli.group import Group, yes_option
from mailgate.cli.output import display
from mailgate.entities.count import counted
from mailgate.errors import MailgateError
from mailgate.gateway.prune import prune_all
from mailgate.store.integrity import findings, information
from mailgate.store.migrate import migrate


@click.group("db", cls=Group)
def command() -> None:
    """The database: version, migration, check, clearing up."""


@command.command("info", examples=[("mailgate db info", "Where it is, and how large.")])
@click.pass_obj
def info(context: Context, /) -> None:
    """Show where the database is, its version, and what is in it."""
    context.show(information(context.database()))


@command.command("migrate", examples=[("mailgate db migrate", "After an update of mailgate.")])
@click.pass_obj
def migrate_(context: Context, /) -> None:
    """Bring the database to the version that this mailgate needs."""
    database = context.database(any_version=True)
    applied = migrate(database)
    if context.json:
        output.write_json({"path": database.path, "applied": applied})
    elif applied:
        context.tell(f"database {database.path} migrated to version {applied[-1]}")
    else:
        context.tell(f"database {database.path} is current: nothing was changed")


@command.command(
    "check", examples=[("mailgate db check", "See whether every page and reference is sound.")]
)
@click.pass_obj
def check(context: Context, /) -> None:
    """Check pages, references and the search index; exit status 1 where something is wrong."""
    database = context.database()
    found = findings(database)
    if context.json:
        output.write_json({"path": database.path, "sound": not found, "findings": found})
    for line in found if not context.json else []:
        output.write(display(line))
    if found:
        raise MailgateError(
            f"database {database.path} is damaged, {len(found)} finding(s), the first: {found[0]}"
        )
    context.tell(f"database {database.path} is sound")


@command.command(
    "prune",
    examples=[("mailgate db prune --yes", "Once a day, from cron.")],
)
@yes_option()
@click.pass_obj
def prune(context: Context, /, yes: bool) -> None:
    """Remove originals and held mail that are older than the parameters say.

    Those are mail.original.keep.days and mail.quarantine.keep.days. The original of a message is
    kept while it is not unpacked, or was not looked into as a whole, is held, waits to be sent, or
    is a report that was not read. Texts, attachments, the journal and the ids by which answers
    find their record stay.
    """
    database = context.database()
    context.confirm("Old originals and held mail will be removed for good.", yes=yes)
    found = prune_all(database, clock.now(), who())
    if context.json:
        output.write_json(found)
    else:
        originals = counted(found.originals, "original")
        held = counted(found.quarantine, "held message")
        context.tell(f"removed: {originals} ({found.bytes} bytes as kept), {held}")
