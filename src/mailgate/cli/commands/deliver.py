"""``mailgate deliver`` as help, completion and man page know it.

The program hands ``deliver`` over before click is imported; what comes here all the same goes
the same way, so no wrong option ends in anything but the exit status an MTA understands.
"""

from __future__ import annotations

from typing import Any

import click

from mailgate.cli.group import Command


class Deliver(Command):
    """A command whose arguments click only reads to show its help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the arguments as they are, unless help is asked for."""
        words = args[: args.index("--")] if "--" in args else args
        if "--help" in words or args == ["-h"]:
            return super().parse_args(ctx, args)
        ctx.args = list(args)
        return ctx.args

    def invoke(self, ctx: click.Context) -> Any:
        """Deliver, and end with its exit status."""
        from mailgate.gateway.command import run

        before = []
        for name in ("db", "config"):
            value = ctx.find_root().params.get(name)
            before += [f"--{name}", value] if value is not None else []
        ctx.exit(run(ctx.args, before))


@click.command(
    "deliver",
    cls=Deliver,
    examples=[
        ("mailgate deliver -f ann@example.org info@example.com < message.eml", "One message."),
        ("mailgate deliver --dry-run --json info@example.com < message.eml", "Only decide."),
        (
            'mailgate-deliver -f "$SENDER" --size "$SIZE" -- "$RECIPIENT"',
            "What a mail server calls: the same, through a front that never bounces by mistake.",
        ),
    ],
)
@click.option("-f", "--sender", metavar="ADDR", help="Envelope sender; '' or <>: none.")
@click.option("-r", "--recipient", metavar="ADDR", multiple=True, help="Envelope recipient.")
@click.option("--model", metavar="MODEL", help="Start a record of it where nothing else matches.")
@click.option("--size", metavar="N", type=int, help="Bytes the mail server declared.")
@click.option("--queue-id", metavar="ID", help="The mail server's name for it, for the journal.")
@click.option("--dry-run", is_flag=True, help="Decide, print, and change nothing.")
@click.argument("recipients", metavar="[RECIPIENT...]", nargs=-1)
def command(**_: Any) -> None:
    """Take one message from standard input.

    The envelope comes from options and arguments, else from the environment (SENDER;
    ORIGINAL_RECIPIENT, RECIPIENT, LOCAL_PART and DOMAIN), else from the header. Exit status 0
    means that the message is safely recorded; 75 that the mail server should try again; 65, 67,
    69 and 77 that it is refused for good.
    """
