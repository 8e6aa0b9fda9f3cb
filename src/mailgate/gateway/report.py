"""Carries out what a report says: once for each journal entry, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailgate.entities.contact import Contact
from mailgate.entities.defaults import DEFAULTS
from mailgate.entities.notification import NO_ERROR, failure_type
from mailgate.errors import MailgateError
from mailgate.mail import token
from mailgate.mail.address import split
from mailgate.mail.dsn import Report, Said, read_report
from mailgate.routing.directory import local_parts
from mailgate.store import contacts, lookups, notifications, originals, reports, secrets
from mailgate.store.change import Change
from mailgate.store.driver import Connection
from mailgate.store.reports import DONE, FAILED, PENDING, Line
from mailgate.store.sqlite import Database

GONE = "gone"
"""There is no such report, or its original is no longer kept."""
BOUNCE_SECONDS = 7 * 24 * 3600
"""Failures must have gone on for longer than this before a contact is suppressed."""
_NO_COMPLAINT = frozenset(("not-spam", "auth-failure"))
"""Feedback that asks for no end of mail (RFC 6430, RFC 6591)."""
_WEIGHT = ("failed", "delayed")
_WHO = "mailgate"


def carry_out(database: Database, entries: Iterable[int]) -> dict[int, str]:
    """Carry out the reports of journal entries, and say what became of each.

    What is done already is not done again. A report that breaks it is marked, and can be carried
    out later.
    """
    return {entry: _carry_out(database, entry) for entry in entries}


def _carry_out(database: Database, entry: int) -> str:
    connection = database.connection
    state = reports.state(connection, entry)
    if state in (None, DONE):
        return state or GONE
    at, digest = reports.source(connection, entry)
    if digest is None or not originals.exists(connection, digest):
        return GONE
    try:
        report = read_report(b"".join(originals.chunks(connection, digest)))
        with database.writing() as connection:
            if reports.state(connection, entry) != DONE:
                Effect(connection, entry, at, report).carry_out()
                reports.mark(connection, entry, DONE)
    except MailgateError:
        raise
    except Exception:  # noqa: BLE001  the report must not decide what breaks
        with database.writing() as connection:
            if reports.state(connection, entry) == PENDING:
                reports.mark(connection, entry, FAILED)
        return FAILED
    return DONE


class Effect:
    """What one report changes; ``at`` is when it came (seconds)."""

    def __init__(self, connection: Connection, entry: int, at: int, report: Report) -> None:
        self.connection = connection
        self.entry = entry
        self.at = at
        self.report = report
        self.ours = False
        self.message: int | None = None
        self.parameters = DEFAULTS | lookups.parameters(connection)
        self._counted: set[str] = set()

    def carry_out(self) -> None:
        """Mark, count, suppress and note as the report says."""
        if self.report.kind == "none":
            reports.flag_unmatched(self.connection, self.entry)
            return
        said = [(each, self._action(each)) for each in self.report.said or (Said(""),)]
        notification = self._by_token()
        if notification is not None:
            targets = self._at_one(said, notification)
        else:
            self._by_id()
            targets = self._by_recipient(said)
        if not self.ours:
            reports.flag_unmatched(self.connection, self.entry)
        for number, ((each, action), target) in enumerate(zip(said, targets, strict=True)):
            self._note(number, each, action, target)
            if target is not None:
                self._mark(each, action, target)

    def _action(self, said: Said) -> str:
        """Return what became of the message: as the report says it, else as the status does."""
        if said.action or self.report.kind not in ("failure", "delay", "success"):
            return said.action
        kinds = {"failure": "failed", "delay": "delayed", "success": "delivered"}
        classes = {"5": "failed", "4": "delayed", "2": "delivered"}
        return classes.get(said.status[:1], kinds[self.report.kind])

    def _by_token(self) -> int | None:
        """Return the notification whose token is in an address the report came to, else None."""
        delimiter, keys = self.parameters["mail.recipient.delimiter"], None
        for address in reports.recipients(self.connection, self.entry):
            parts = local_parts(split(address)[0], delimiter)
            detail = parts[0][len(parts[-1]) + len(delimiter) :]
            if len(detail) != token.LENGTH:
                continue
            keys = secrets.token_keys(self.connection) if keys is None else keys
            number = token.notification_of(keys, detail)
            self.ours = self.ours or number is not None
            if number is not None and notifications.exists(self.connection, number):
                self.message = notifications.get(self.connection, number).message
                return number
        return None

    def _by_id(self) -> None:
        """Find the message that an id of the report names; a notice of ours is no message."""
        for identifier in (*self.report.message_ids, *self.report.references):
            ours, self.message = reports.sent_as(self.connection, identifier)
            if ours:
                self.ours = True
                return

    def _at_one(
        self, said: list[tuple[Said, str]], notification: int
    ) -> Sequence[tuple[int, str] | None]:
        """Give what is said to a proven notification: what names its recipient, else the worst."""
        address = notifications.get(self.connection, notification).recipient
        chosen = [each for each, _ in said if each.recipient == address]
        if not chosen:
            weights = {action: weight for weight, action in enumerate(_WEIGHT)}
            chosen = [min(said, key=lambda pair: weights.get(pair[1], len(weights)))[0]]
        return [(notification, address) if each in chosen else None for each, _ in said]

    def _by_recipient(self, said: list[tuple[Said, str]]) -> Sequence[tuple[int, str] | None]:
        """Find the notification of each recipient the report names; of the only one, if none."""
        if self.message is None:
            return [None] * len(said)
        rows = notifications.of_message(self.connection, self.message)
        people = {address: (number, address) for number, address in rows}
        if len(people) == 1 and not any(each.recipient for each, _ in said):
            return list(people.values()) * len(said)
        return [people.get(each.recipient) for each, _ in said]

    def _note(self, number: int, said: Said, action: str, target: tuple[int, str] | None) -> None:
        line = Line(
            self.report.kind,
            said.recipient,
            action,
            said.status or None,
            said.reason or self.report.feedback_type or (NO_ERROR if action == "failed" else ""),
            self.message,
            target[0] if target else None,
        )
        reports.add_line(self.connection, self.entry, number, line)

    def _mark(self, said: Said, action: str, target: tuple[int, str]) -> None:
        number, address = target
        code = said.status or None
        if self.report.kind == "feedback":
            if self.report.feedback_type.lower() not in _NO_COMPLAINT:
                self._suppress(address)
        elif self.report.kind == "disposition":
            return
        elif action == "failed":
            self._fail(number, address, code, said.reason)
        elif action == "delayed":
            notifications.delay(self.connection, number, code, said.reason or None)

    def _fail(self, number: int, address: str, code: str | None, reason: str) -> None:
        kind = failure_type(code)
        notifications.bounce(self.connection, number, kind, code, reason or NO_ERROR)
        if address in self._counted:
            return
        self._counted.add(address)
        if reports.counted(self.connection, self.entry, number):
            return
        contact, since = contacts.bounced(self.connection, address, self.at)
        limit = int(self.parameters["mail.bounce.limit"])
        if limit and contact.bounces >= limit and self.at - since > BOUNCE_SECONDS:
            self._suppress(address)

    def _suppress(self, address: str) -> None:
        old: Contact | None = contacts.suppress(self.connection, address)
        if old is None or not old.suppressed:
            change = Change(self.connection, self.at, _WHO)
            new = contacts.get(self.connection, address)
            change.note("suppress", f"contact {address}", old, new)
