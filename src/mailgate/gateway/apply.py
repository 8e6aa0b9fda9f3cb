"""Carries out a plan: every write of one message, in the transaction that the caller holds."""

from __future__ import annotations

from mailgate.mail.automatic import AUTO_REPLY, AUTOMATIC, PERSON
from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts
from mailgate.routing.plan import Applied, Plan
from mailgate.routing.router import openings
from mailgate.routing.verdict import Target, Verdict
from mailgate.store import intake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.routing.verdict import Sending
    from mailgate.store.driver import Connection

NO_SUBJECT = "(no subject)"
MAX_ADDRESSED = 200
"""Addresses of To and Cc that a record remembers of one message."""


def apply(
    connection: Connection,
    message: Incoming,
    plan: Plan,
    facts: Facts,
    sendings: list[Sending],
    took_ms: int,
) -> Applied:
    """Write everything that a plan says, and the notices that go out; the caller commits."""
    writer = _Writer(connection, message, facts)
    writer.journal(plan, sendings, took_ms)
    if plan.keep:
        intake.add_original(connection, message.original.digest, message.original.pieces)
    for verdict in plan.verdicts:
        writer.carry_out(verdict)
    writer.forgive()
    if any(verdict.outcome == "report" for verdict in plan.verdicts):
        writer.expect_report()
    writer.hold(plan)
    if sendings:
        from mailgate.gateway.notify import write

        write(connection, message, facts, sendings, writer.applied)
    writer.name_records()
    return writer.applied


class _Writer:
    """Writes what becomes of one message; ``applied`` collects what was done."""

    __slots__ = ("applied", "connection", "facts", "message")

    def __init__(self, connection: Connection, message: Incoming, facts: Facts) -> None:
        self.connection = connection
        self.message = message
        self.facts = facts
        self.applied = Applied()

    def journal(self, plan: Plan, sendings: list[Sending], took_ms: int) -> None:
        """Write the journal entry, and each recipient's part of it."""
        message, best = self.message, plan.best
        envelope = message.envelope
        notice = _first_notice(sendings)
        values = (
            self.facts.at,
            envelope.channel,
            envelope.server,
            envelope.queue_id,
            message.sender,
            int(envelope.recipients is not None),
            envelope.model,
            message.author,
            message.message_id,
            message.subject,
            message.original.size,
            message.original.digest if plan.keep else None,
            best.outcome,
            best.rule,
            best.reason,
            notice.wish.kind if notice else None,
            notice.to if notice else None,
            " ".join(plan.flags),
            took_ms,
        )
        self.applied.journal = intake.add_journal(self.connection, values)
        for number, (recipient, verdict) in enumerate(plan.judged):
            said = (verdict.outcome, verdict.rule, verdict.status, verdict.reason)
            intake.add_journal_recipient(
                self.connection, self.applied.journal, number, (recipient.address, *said)
            )

    def carry_out(self, verdict: Verdict) -> None:
        """Give the message to the records of a verdict, and remember what was decided."""
        author, journal = self.message.author or "", self.applied.journal
        for target in verdict.targets:
            self._take(verdict, target)
        for model, alias, held in openings(verdict):
            counted = (self.facts.at, author, model, alias, int(held), journal)
            which = (self.message.message_id, self.message.identity)
            intake.add_opening(self.connection, (*counted, *which))
        for alias in verdict.invalid:
            intake.invalidate_alias(self.connection, alias)
        for alias in verdict.used:
            intake.use_alias(self.connection, alias, self.facts.at)
        if verdict.key and (verdict.held or not verdict.targets):
            self._remember(verdict, None, 0, None)

    def forgive(self) -> None:
        """Count no bounces any more of an author who wrote: mail reaches somebody there."""
        message = self.message
        if not self.applied.records or message.kind in AUTOMATIC or self.facts.author_failed:
            return
        if message.author and self.facts.author_bounces:
            intake.forget_bounces(self.connection, message.author)

    def expect_report(self) -> None:
        """Note that unpack is to carry out what the message reports."""
        intake.add_report(self.connection, self.applied.journal)
        self.applied.reports.append(self.applied.journal)

    def hold(self, plan: Plan) -> None:
        """Put a message into quarantine once for each reason, with the recipients it concerns."""
        reasons: dict[str, tuple[str, list[str]]] = {}
        for recipient, verdict in plan.judged:
            if verdict.held:
                reason, detail = verdict.held
                reasons.setdefault(reason, (detail, []))[1].append(recipient.address)
        if not plan.judged and plan.best.held:
            reasons[plan.best.held[0]] = (plan.best.held[1], [])
        message = self.message
        for reason, (detail, addresses) in reasons.items():
            what = (message.sender, "\n".join(addresses), message.subject, message.original.digest)
            intake.add_quarantine(
                self.connection, (self.applied.journal, self.facts.at, reason, detail, *what)
            )

    def name_records(self) -> None:
        """Write into the journal entry which records the message reached."""
        for number, record in enumerate(self.applied.records):
            intake.add_journal_record(self.connection, self.applied.journal, number, record)

    def _take(self, verdict: Verdict, target: Target) -> None:
        if target.record is None:
            record, action = self._open(verdict, target), "created"
        else:
            record, action = target.record, "replied"
            reopen = self.message.kind != AUTO_REPLY
            intake.touch_record(self.connection, record, self.facts.at, reopen=reopen)
        parent = self._parent(record)
        number = self._add_message(verdict, target, record, parent)
        addressed = sorted(self.message.addressed)[:MAX_ADDRESSED]
        intake.add_addressed(self.connection, record, addressed)
        self._remember(verdict, target, record, number)
        for replaced in target.replaces:
            of = (target.model, target.alias, 0, None, "in", None, None, self.applied.journal)
            intake.add_known(self.connection, (replaced, "", record, *of))
        if target.alias is not None and verdict.rule == "alias":
            intake.use_alias(self.connection, target.alias, self.facts.at)
        self.applied.records.append((record, target.model_name, action, target.alias_address))
        self.applied.messages.append(number)
        if target.copies:
            from mailgate.gateway.forward import write

            write(self.connection, self.message, self.facts, target, record, (number, parent))

    def _open(self, verdict: Verdict, target: Target) -> int:
        """Start a record: its author becomes a contact and, being a person, a follower."""
        author = self.message.author or ""
        record = intake.add_record(
            self.connection,
            target.model,
            target.name or self.message.subject or NO_SUBJECT,
            author,
            (target.alias, target.alias_address, target.domain),
            self.facts.at,
        )
        intake.add_values(self.connection, record, target.values)
        followers = list(target.followers)
        if author:
            intake.add_contact(self.connection, author, verdict.message_id)
            if self.message.kind == PERSON:
                followers.append(author)
        intake.add_followers(self.connection, record, followers)
        return record

    def _add_message(
        self, verdict: Verdict, target: Target, record: int, parent: int | None
    ) -> int:
        message, proof = self.message, self.facts.authentication
        values = (
            verdict.message_id,
            record,
            parent,
            self.applied.journal,
            message.original.digest,
            message.author or "",
            message.subject,
            self.facts.at,
            message.kind,
            proof.as_json() if proof else None,
            int(target.stranger),
        )
        return intake.add_message(self.connection, values)

    def _parent(self, record: int) -> int | None:
        """Return the message of the record that this one answers."""
        for identifier in self.message.references:
            for known in self.facts.known.get(identifier, ()):
                if known.record == record and known.message is not None:
                    return known.message
        return None

    def _remember(
        self, verdict: Verdict, target: Target | None, record: int, number: int | None
    ) -> None:
        message = self.message
        values = (
            verdict.message_id,
            verdict.key,
            record,
            target.model if target else None,
            target.alias if target else verdict.holder,
            int(target is not None and target.record is None),
            number,
            "in",
            message.identity,
            message.original.content,
            self.applied.journal,
        )
        intake.add_known(self.connection, values)


def _first_notice(sendings: list[Sending]) -> Sending | None:
    if not sendings:
        return None
    from mailgate.gateway.notify import first

    return first(sendings)
