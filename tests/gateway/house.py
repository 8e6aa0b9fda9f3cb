"""A gateway on a real database file, for tests that deliver to it in the same process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mailgate.gateway.administration.aliases import AliasOptions, add_alias
from mailgate.gateway.administration.domains import DomainOptions, add_domain
from mailgate.gateway.administration.models import ModelOptions, add_model
from mailgate.gateway.administration.parameters import set_parameter
from mailgate.gateway.deliver import Gateway
from mailgate.gateway.document import as_object
from mailgate.mail.address import normalise
from mailgate.mail.envelope import Envelope
from mailgate.mail.original import Original, Reader
from mailgate.store.change import Change, changing
from mailgate.store.migrate import create

NOW = 1_795_366_800
"""2026-11-22T17:00:00Z."""


def letter(
    message_id: str = "1@x.org",
    *,
    author: str = "ann@x.org",
    subject: str = "Ten chairs",
    to: str = "info@example.com",
    extra: str = "",
    text: str = "Please.\n",
) -> bytes:
    """Return a message as an MTA hands it over; ``extra`` are more header lines."""
    lines = [f"From: {author}", f"To: {to}", f"Subject: {subject}", "Date: today"]
    if message_id:
        lines.append(f"Message-ID: <{message_id}>")
    return ("\n".join(lines) + "\n" + extra + "\n" + text).encode()


def answer(number: str, to: str, author: str, extra: str = "") -> bytes:
    """Return an answer to a message by its id."""
    return letter(number, author=author, extra=f"In-Reply-To: {to}\n{extra}", subject="Re: other")


class House:
    """A database with two domains and two models; ``path`` is its file."""

    def __init__(self, folder: Path, *, existing: bool = False) -> None:
        self.path = str(folder / "house.db")
        if not existing:
            database, _ = create(self.path)
            database.close()
        self.gateway = Gateway(self.path)
        if not existing:
            self._furnish()

    def _furnish(self) -> None:
        with self.change() as change:
            add_domain(change, "example.com", DomainOptions(redirect_from=("old.example",)))
            add_domain(change, "example.net", DomainOptions(catchall="all", bounce="errors"))
            add_model(change, "lead", ModelOptions(fields=("team:text=none", "stage:integer")))
            add_model(change, "ticket", ModelOptions())
            set_parameter(change, "mail.disk.floor.mb", "0")
        self.alias("info")
        self.alias("help", model="ticket")

    def close(self) -> None:
        """Close the database."""
        self.gateway.database.close()

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Change something as an administrator does."""
        with changing(self.gateway.database, NOW, "test") as change:
            yield change

    def alias(self, address: str, **options: Any) -> int:
        """Add an alias, of model lead where nothing else is said, and return its id."""
        with self.change() as change:
            return add_alias(change, address, AliasOptions(**{"model": "lead", **options})).id

    def parameter(self, key: str, value: str) -> None:
        """Set a parameter."""
        with self.change() as change:
            set_parameter(change, key, value)

    def envelope(
        self, recipients: tuple[str, ...], sender: str | None, model: str | None
    ) -> Envelope:
        """Return an envelope of the pipe; without recipients it knows none."""
        known = normalise(sender) if sender else sender
        return Envelope("pipe", known, recipients or None, model=model)

    def deliver(
        self,
        raw: bytes,
        *recipients: str,
        sender: str | None = "ann@x.org",
        model: str | None = None,
        at: int = NOW,
    ) -> dict[str, Any]:
        """Deliver a message and return what ``deliver --json`` prints."""
        envelope = self.envelope(recipients, sender, model)
        result = self.gateway.deliver(self.read(raw), envelope, at, lambda: 1, 30.0)
        return as_object(result)

    def decide(
        self, raw: bytes, *recipients: str, sender: str | None = "ann@x.org"
    ) -> dict[str, Any]:
        """Return what ``deliver --dry-run --json`` prints."""
        envelope = self.envelope(recipients, sender, None)
        return as_object(self.gateway.decide(self.read(raw), envelope, NOW))

    def read(self, raw: bytes) -> Original:
        """Read a message as the pipe does."""
        reader = Reader(self.gateway.limits.max_bytes)
        reader.feed(raw)
        return reader.finish()

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        rows: list[tuple[Any, ...]] = self.gateway.database.connection.execute(
            statement, values
        ).fetchall()
        return rows

    def one(self, statement: str, *values: object) -> Any:
        """Return the only column of the only row of a query."""
        ((value,),) = self.rows(statement, *values)
        return value

    def run(self, statement: str, *values: object) -> None:
        """Change a table behind the program's back."""
        with self.gateway.database.writing() as connection:
            connection.execute(statement, values)

    def records(self) -> list[tuple[Any, ...]]:
        """Return (id, model, name, sender, state) of every record."""
        return self.rows(
            "SELECT r.id, m.name, r.name, r.sender, r.state FROM record r"
            " JOIN model m ON m.id = r.model ORDER BY r.id"
        )

    def messages(self, record: int) -> list[str]:
        """Return the ids of a record's messages, in order."""
        return [
            identifier
            for (identifier,) in self.rows(
                "SELECT message_id FROM message WHERE record = ? ORDER BY id", record
            )
        ]


def outcomes(answer: dict[str, Any]) -> list[str]:
    """Return the outcome for each recipient of what ``deliver`` answered."""
    return [str(recipient["outcome"]) for recipient in answer["recipients"]]
