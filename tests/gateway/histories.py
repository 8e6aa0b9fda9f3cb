"""A gateway with a ledger: what was acknowledged, and where each message has to be ever after."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.house import NOW, House, letter

from mailgate.errors import MailgateError
from mailgate.gateway import quarantine
from mailgate.gateway.administration import aliases, domains, patterns, records
from mailgate.gateway.administration.aliases import AliasOptions
from mailgate.gateway.administration.domains import DomainOptions
from mailgate.mail.address import normalise

SPAM = "X-Spam-Flag: YES\n"
DSN = "Content-Type: multipart/report; report-type=delivery-status\n"
LETTERS = [
    letter("1@h", subject="First"),
    letter("2@h", subject="Second", author="bob@x.org"),
    letter("3@h", subject="Re: First", extra="In-Reply-To: <1@h>\n"),
    letter("4@h", subject="Re: First", author="eve@x.org", extra="References: <2@h> <1@h> <3@h>\n"),
    letter("", subject="Without an id"),
    letter("1@h", subject="Another with that id", author="bob@x.org"),
    letter("5@h", subject="Marked", extra=SPAM),
    letter("6@h", subject="Re: Second", extra=SPAM + "In-Reply-To: <2@h>\n"),
    letter("7@h", subject="Away", extra="Auto-Submitted: auto-replied\nIn-Reply-To: <1@h>\n"),
    letter("8@h", subject="Failed", extra=DSN),
]
LETTERS.append(b"Received: from a by b\n" + LETTERS[0])
"""The first once more, by another way."""
ADDRESSES = [
    *("info@example.com", "info+a@old.example", "help@example.com", "sales@example.net"),
    *("new@example.com", "catchall@example.com", "bounce@example.com", "no@example.com"),
]
NAMES = ["info@example.com", "help@example.com", "sales@example.net", "new@example.com"]
TAKEN = frozenset(("created", "replied", "report", "held"))
"""Outcomes by which a message is kept for a recipient: what comes again is a duplicate."""


@dataclass(frozen=True)
class Event:
    """One thing that happens: what, and numbers or words that say to which."""

    what: str
    given: tuple[Any, ...]


class Ledger:
    """What happened to a house, and all that must be true of it.

    ``homes`` are the records that have a message, by what it holds; ``kept`` the recipients for
    whom it was taken or held; ``held`` the numbers of what is in quarantine.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.at = NOW
        self.homes: dict[bytes, set[int]] = {}
        self.kept: set[tuple[bytes, str]] = set()
        self.accepted: set[bytes] = set()
        self.held: set[int] = set()
        read = [house.read(raw) for raw in LETTERS]
        self.contents = {original.digest: original.content for original in read}

    def happen(self, event: Event) -> None:
        """Let something happen; an administrator's mistake changes nothing."""
        if event.what == "deliver":
            self.deliver(*event.given)
        elif event.what == "wait":
            self.at += event.given[0]
        else:
            with suppress(MailgateError):
                getattr(self, event.what)(*event.given)
        self.check()

    def deliver(self, number: int, addresses: tuple[str, ...], again: bool) -> None:
        """Deliver a letter, and perhaps once more at once."""
        said = self._deliver(number, addresses)
        if again:
            before = self.snapshot()
            repeated = self._deliver(number, addresses)
            assert not TAKEN & {r["outcome"] for r in repeated["recipients"]}
            assert self.snapshot() == before, said

    def _deliver(self, number: int, addresses: tuple[str, ...]) -> dict[str, Any]:
        raw = LETTERS[number]
        content = self.house.read(raw).content
        said = self.house.deliver(raw, *addresses, at=self.at)
        for recipient in said["recipients"]:
            self._judged(content, said["journal"], recipient)
        self._taken(content, said)
        return said

    def _judged(self, content: bytes, journal: int, recipient: dict[str, Any]) -> None:
        address, outcome = recipient["address"], recipient["outcome"]
        if (content, address) in self.kept:
            assert outcome == "duplicate", recipient
        if outcome == "duplicate":
            assert content in self.accepted, recipient
        if outcome in TAKEN:
            self.accepted.add(content)
            self.kept.add((content, address))
        if outcome == "held":
            rows = self.house.rows(
                "SELECT id, recipients FROM quarantine WHERE journal = ?", journal
            )
            assert [number for number, lines in rows if address in lines.split("\n")]
            self.held |= {number for number, _ in rows}

    def _taken(self, content: bytes, said: dict[str, Any]) -> None:
        for record in said["records"]:
            self.accepted.add(content)
            self.homes.setdefault(content, set()).add(record["id"])
        written = self.house.rows(
            "SELECT record FROM message WHERE journal = ? AND direction = 'in'", said["journal"]
        )
        assert sorted(r["id"] for r in said["records"]) == sorted(number for (number,) in written)

    def check(self) -> None:
        """Check that nothing was lost, and nothing is there twice."""
        query = "SELECT record, digest FROM message WHERE direction = 'in'"
        rows = [(record, self.contents[digest]) for record, digest in self.house.rows(query)]
        assert len(rows) == len(set(rows)), "a message is in a record twice"
        assert set(rows) == {(r, content) for content, found in self.homes.items() for r in found}
        assert {n for (n,) in self.house.rows("SELECT id FROM quarantine")} == self.held
        needed = "message IS NULL OR status = 'queued' OR message IN (SELECT id FROM message)"
        for table in ("message", "quarantine", f"(SELECT digest FROM outbox WHERE {needed})"):
            lost = f"SELECT count(*) FROM {table} WHERE digest NOT IN (SELECT digest FROM original)"
            assert self.house.one(lost) == 0, f"the bytes of a {table} are lost"
        assert self.house.one("SELECT count(*) FROM quarantine WHERE recipients = ''") == 0
        of_whom = "about, notice, recipient, CASE WHEN notice IS NULL THEN message END"
        twice = f"SELECT {of_whom} FROM outbox GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"
        assert self.house.rows(twice) == [], "something goes out twice"

    def snapshot(self) -> list[list[tuple[Any, ...]]]:
        """Return all that a repeat may not change."""
        tables = ("message", "quarantine", "outbox", "known_id", "opening", "contact", "follower")
        return [self.house.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]

    def _record(self, number: int) -> int:
        """Return one of the records that exist."""
        rows = self.house.rows("SELECT id FROM record ORDER BY id")
        if not rows:
            raise MailgateError("no record yet")
        return int(rows[number % len(rows)][0])

    def delete(self, number: int) -> None:
        """Delete a record: what only it had is gone, as was asked for."""
        gone = self._record(number)
        with self.house.change() as change:
            records.delete(change, gone)
        for found in self.homes.values():
            found.discard(gone)

    def merge(self, number: int, into: int) -> None:
        """Merge a record into another, which then has what both had."""
        gone, kept = self._record(number), self._record(into)
        with self.house.change() as change:
            records.merge(change, gone, kept)
        for found in self.homes.values():
            if gone in found:
                found.remove(gone)
                found.add(kept)

    def close(self, number: int) -> None:
        """Close a record."""
        record = self._record(number)
        with self.house.change() as change:
            records.set_state(change, record, "closed")

    def alias(self, name: str, options: AliasOptions) -> None:
        """Change an alias, or make it where there is none."""
        with self.house.change() as change:
            if normalise(name) in {a for (a,) in self.house.rows(ALIASES)}:
                aliases.set_alias(change, name, options)
            else:
                aliases.add_alias(change, name, options)

    def target(self, name: str, number: int) -> None:
        """Let an alias feed a record."""
        self.alias(name, AliasOptions(record=self._record(number)))

    def remove(self, name: str) -> None:
        """Remove an alias."""
        with self.house.change() as change:
            aliases.remove_alias(change, name)

    def catchall(self, name: str) -> None:
        """Rename the catchall."""
        with self.house.change() as change:
            domains.set_domain(change, "example.com", DomainOptions(catchall=name))

    def parameter(self, key: str, value: str) -> None:
        """Set a parameter."""
        self.house.parameter(key, value)

    def block(self, pattern: str, on: bool) -> None:
        """Block somebody, or no longer."""
        with self.house.change() as change:
            (patterns.add_pattern if on else patterns.remove_pattern)(change, "block", pattern)

    def _waiting(self, number: int) -> quarantine.Waiting:
        if not self.held:
            raise MailgateError("nothing is held")
        chosen = sorted(self.held)[number % len(self.held)]
        return quarantine.waiting(self.house.gateway.database.connection, chosen)

    def release(self, number: int, to: str | None) -> None:
        """Release a held message: it is in a record then, or was before."""
        waiting = self._waiting(number)
        with self.house.change() as change:
            judged = quarantine.release(change, waiting, to)
        self._settle(judged, waiting)

    def retry(self, number: int) -> None:
        """Have a held message judged again."""
        waiting = self._waiting(number)
        with self.house.change() as change:
            judged = quarantine.retry(change, waiting)
        self._settle(judged, waiting)

    def _settle(self, judged: quarantine.Judged, waiting: quarantine.Waiting) -> None:
        said = judged.document()["result"]
        assert isinstance(said, dict)
        if said["journal"] is None:
            assert not judged.left
            return
        outcomes = {r["outcome"] for r in said["recipients"]}
        assert outcomes & {"created", "replied", "report", "duplicate"}
        self._taken(waiting.original.content, said)
        if judged.left:
            self.held.remove(judged.held.id)

    def discard(self, number: int) -> None:
        """Discard a held message."""
        chosen = self._waiting(number).held.id
        with self.house.change() as change:
            quarantine.discard(change, chosen)
        self.held.remove(chosen)


ALIASES = "SELECT a.local_part || '@' || d.name FROM alias a JOIN domain d ON d.id = a.domain"
