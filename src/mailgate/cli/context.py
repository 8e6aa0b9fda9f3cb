"""What every command is handed: the options before it, the database, and the output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import click

from mailgate import clock
from mailgate.cli import output
from mailgate.config import configuration, database_path
from mailgate.errors import MailgateError
from mailgate.store.change import Change, changing
from mailgate.store.sqlite import Database, open_database

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgate.store.driver import Connection

PAGE = 50
"""Lines of a list that a terminal gets without ``--limit``."""


class Context:
    """The options before the command, and what a command needs to do its work."""

    def __init__(self, db: str | None, config: str | None, verbosity: int) -> None:
        self.db = db
        self.config = config
        self.verbosity = verbosity
        self.json = False

    @property
    def path(self) -> str:
        """The path of the database; a configuration file that is named must be right."""
        if self.config or os.environ.get("MAILGATE_CONFIG"):
            configuration(self.config, os.environ)
        return database_path(self.db, self.config, os.environ)

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a context in which one state of the database is read."""
        return self.database().reading()

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """Make one transaction of everything inside."""
        with changing(self.database(), clock.now(), who()) as change:
            yield change

    def database(self, *, any_version: bool = False) -> Database:
        """Open the database; it is closed when the command ends."""
        database = open_database(self.path, any_version=any_version)
        self.closing(database)
        return database

    def closing(self, database: Database) -> None:
        """Close a database when the command ends."""
        click.get_current_context().find_root().call_on_close(database.close)

    def page(self, limit: int | None) -> int | None:
        """Return how many rows to fetch: one more than are shown where the rest is only named."""
        if limit is not None:
            return limit
        return PAGE + 1 if not self.json and sys.stdout.isatty() else None

    def show_list(
        self, items: Sequence[object], columns: Sequence[output.Column], limit: int | None = None
    ) -> None:
        """Print a list: JSON, or a table of those columns."""
        if self.json:
            output.write_json(items)
            return
        cut = limit is None and len(items) > PAGE and sys.stdout.isatty()
        shown = items[:PAGE] if cut else items
        output.write_table(shown, columns)
        if cut:
            self.tell(f"the first {PAGE} are shown: --limit N shows N, and | less shows all")
        elif not shown:
            self.tell("nothing to show")

    def show(self, item: object) -> None:
        """Print one object: JSON, or a line a key."""
        if self.json:
            output.write_json(item)
        else:
            output.write_object(item)

    def changed(self, item: object, text: str) -> None:
        """Print the object a command changed: JSON, or a line that says what was done."""
        if self.json:
            output.write_json(item)
            return
        self.tell(text)
        if self.verbosity > 0:
            output.write_object(item)

    def tell(self, text: str) -> None:
        """Print a line for people on standard error, unless ``-q`` is given."""
        if self.verbosity >= 0:
            print(output.display(text), file=sys.stderr)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before content is destroyed; where nobody can be asked, ``--yes`` is needed."""
        if yes:
            return
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise MailgateError(f"{question} Add --yes to do it")
        if not click.confirm(output.display(question), err=True):
            raise MailgateError("nothing was changed")


def who() -> str:
    """Return the name of the person at work, as the audit log has it."""
    import pwd

    name = os.environ.get("SUDO_USER") if os.geteuid() == 0 else None
    if name and name.isprintable():
        return name
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"
