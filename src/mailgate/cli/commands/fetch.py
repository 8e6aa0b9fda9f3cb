"""``mailgate fetch``: take the mail that is in mailboxes on servers."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, date, datetime

import click

from mailgate import clock
from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import ID, Command
from mailgate.cli.progress import Bars
from mailgate.entities.count import counted
from mailgate.gateway.fetch.run import Options
from mailgate.gateway.fetch.several import Fetched, fetch
from mailgate.status import FAILURE, OK, OUTCOMES


@click.command(
    "fetch",
    cls=Command,
    examples=[
        ("mailgate fetch", "Every server that is enabled; for cron and timers."),
        ("mailgate fetch sales --limit 50", "One server, at most 50 messages."),
        ("mailgate fetch sales --since 2026-11-01", "Also what was read by people meanwhile."),
        ("mailgate -v fetch", "Say what was done with each server."),
    ],
)
@click.argument("names", metavar="[SERVER]...", nargs=-1)
@click.option("--limit", type=ID, metavar="N", help="At most N messages of each server.")
@click.option(
    "--since",
    metavar="DATE",
    help="IMAP: also older mail, read or not, that arrived from this day on (2026-11-01, 7d).",
)
@click.option("--dry-run", is_flag=True, help="Say what would become of the mail; change nothing.")
@click.pass_obj
def command(
    context: Context, /, names: tuple[str, ...], limit: int | None, since: str | None, dry_run: bool
) -> int:
    """Take the mail that is in mailboxes on servers.

    Servers are read side by side, each by one run at a time. A server that failed several times
    in a row waits a while, unless it is named. Nothing is printed where nothing is wrong, except
    on a terminal or with mailgate -v.
    """
    options = Options(limit, _day(since), dry_run)
    with Bars(wanted=context.verbosity >= 0 and not context.json) as bars:

        def hear(fetched: Fetched) -> None:
            bars.show(fetched.server, fetched.counts["read"], fetched.total)

        found = fetch(context.path, names, options, hear)
    if context.json:
        output.write_json([fetched.document() for fetched in found])
    elif context.verbosity > 0 or (sys.stderr.isatty() and context.verbosity >= 0):
        if not found:
            context.tell("no server is enabled: mailgate server add adds one")
        for fetched in found:
            context.tell(summary(fetched))
    for fetched in found:
        if fetched.counts["quarantined"]:
            many = counted(fetched.counts["quarantined"], "message")
            text = f"mailgate: server {fetched.server}: {many} could not be handled"
            print(output.display(f"{text}: see mailgate quarantine list"), file=sys.stderr)
    failed = [fetched for fetched in found if fetched.error is not None]
    for fetched in failed:
        text = f"mailgate: server {fetched.server}: {fetched.error}"
        print(output.display(text), file=sys.stderr)
    return FAILURE if failed else OK


def _day(since: str | None) -> date | None:
    if since is None:
        return None
    return datetime.fromtimestamp(clock.since(since, clock.now()), UTC).date()


def summary(fetched: Fetched) -> str:
    """Return what was done with one server, in one line."""
    if fetched.skipped is not None:
        return f"{fetched.server}: skipped: {fetched.skipped}"
    return f"{fetched.server}: {outcomes(fetched.counts)}"


def outcomes(counts: Counter[str]) -> str:
    """Return counts as a person reads them."""
    parts = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
    return counted(counts["read"], "message") + (f": {parts}" if parts else "")
