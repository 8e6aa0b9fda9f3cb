"""The command line: the global options, every command by name, and how errors end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from mailgate.cli.context import Context
from mailgate.cli.group import WANTS_JSON, LazyGroup
from mailgate.cli.output import display
from mailgate.cli.tree import HELP
from mailgate.errors import MailgateError
from mailgate.status import FAILURE, OK
from mailgate.version import VERSION

USAGE = 2
INTERRUPTED = 130
CLOSED_PIPE = 141
SECTIONS = {
    "Start here": {
        "init": "Create the database, a domain and three models.",
    },
    "Mail in": {
        "deliver": "Take one message from standard input.",
        "explain": "Why a message goes where it goes.",
        "server": "Mailboxes that are fetched.",
        "fetch": "Take the mail that is in mailboxes on servers.",
        "import": "Take the mail that is in files.",
        "journal": "What came in, and what became of it.",
        "quarantine": "Mail that is held for a person's decision.",
        "unpack": "Derive texts and attachments from the originals again.",
    },
    "Addresses and rules": {
        "alias": "Addresses that start records.",
        "allow": "Senders exempt from the loop limit.",
        "block": "Authors whose mail is ignored.",
        "contact": "Addresses that are known.",
        "domain": "Mail domains, their catchall and bounce addresses.",
        "model": "Kinds of records, and their fields.",
        "param": "Parameters: limits and habits.",
    },
    "Records": {
        "record": "Records and their conversations.",
        "post": "Write into a record: a message, or a note.",
        "notification": "Who got which message, and what bounced.",
        "attachment": "Files that came with mail.",
    },
    "Mail out": {
        "outbox": "Mail of ours that waits to be sent.",
    },
    "Running it": {
        "audit": "Who changed what, and when.",
        "db": "The database: version, migration, check, clearing up.",
        "completion": "Completion for bash, zsh and fish.",
    },
}


class Root(LazyGroup):
    """The group at the top; every error becomes one line and an exit status."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run and leave the process with the exit status."""
        extra["standalone_mode"] = False
        status = guarded(lambda: super(Root, self).main(*args, **extra))
        sys.exit(status)


def guarded(run: Callable[[], object]) -> int:
    """Run a command and return its exit status; what is wrong is said in one line."""
    try:
        status = run()
        sys.stdout.flush()
        return status if isinstance(status, int) else OK
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx is not None else "mailgate"
        return _say(f"{path}: {error.format_message()} Try: {path} --help", USAGE)
    except click.ClickException as error:
        return _say(f"mailgate: {error.format_message()}", FAILURE)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except MailgateError as error:
        _say(f"mailgate: {error}", FAILURE)
        return _because(error)
    except (BrokenPipeError, SystemExit):
        # So click ends where the reader has gone away; what is left in the buffer must not fail
        # again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return CLOSED_PIPE
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        return _say(f"mailgate: {name}{error.strerror or error}", FAILURE)
    except Exception as error:  # noqa: BLE001 (a traceback is a defect)
        return _unexpected(error)


def _is_verbose() -> bool:
    return "-v" in sys.argv or "--verbose" in sys.argv


def _because(error: BaseException) -> int:
    """Say what led to an error, a line each, where more is asked for."""
    cause = error.__cause__ if _is_verbose() else None
    while cause is not None:
        _say(f"mailgate: because of {type(cause).__name__}: {cause}", FAILURE)
        cause = cause.__cause__
    return FAILURE


def _unexpected(error: Exception) -> int:
    if _is_verbose():
        import traceback

        traceback.print_exc()
    text = f"internal error: {type(error).__name__}: {error}"
    return _say(f"mailgate: {text}: please report it (mailgate -v shows where)", FAILURE)


def _say(text: str, status: int) -> int:
    print(display(" ".join(text.split("\n"))), file=sys.stderr)
    return status


@click.group(
    cls=Root,
    sections=SECTIONS,
    package="mailgate.cli.commands",
    context_settings={"help_option_names": HELP, "max_content_width": 100},
    examples=[
        ("mailgate init --domain example.com", "Create the database."),
        ("mailgate alias add info@example.com --model lead", "Make an address start leads."),
        ("mailgate record list", "See what mail became of it."),
    ],
)
@click.option("--db", metavar="PATH", help="The database; else MAILGATE_DB, else as configured.")
@click.option("--config", metavar="FILE", help="The configuration file; else MAILGATE_CONFIG.")
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.")
@click.version_option(VERSION, prog_name="mailgate", message="%(prog)s %(version)s")
@click.pass_context
def root(
    context: click.Context, db: str | None, config: str | None, verbose: bool, quiet: bool
) -> None:
    """Turn e-mail into work: an address starts records, answers find their conversation."""
    if verbose and quiet:
        raise click.UsageError("-v and -q exclude each other.")
    context.obj = Context(db, config, 1 if verbose else -1 if quiet else 0)
    context.obj.json = context.meta.get(WANTS_JSON, False)


def main(argv: list[str]) -> int:
    """Run a command line without the program's name and return the exit status."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        root.main(args=argv, prog_name="mailgate")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILURE
    return OK


def _open_closed() -> None:
    """Put the empty device where a standard stream was closed, also as the file of its number."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
