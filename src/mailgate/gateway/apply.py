"""Carries out a plan: every write of one message, in the transaction that the caller holds."""

from __future__ import annotations

from mailgate.mail.automatic import AUTO_REPLY, PERSON
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
    at = facts.at
    applied = Applied()
    applied.journal = _journal(connection, message, plan, sendings, at, took_ms)
    if plan.keep:
        intake.add_original(connection, message.original.digest, message.original.pieces)
    for verdict in plan.verdicts:
        for target in verdict.targets:
            _take(connection, message, facts, verdict, target, applied, at)
        for model, alias_id, held in openings(verdict):
            counted = (at, message.author or "", model, alias_id, int(held), applied.journal)
            intake.add_opening(connection, counted)
        for alias in verdict.invalid:
            intake.invalidate_alias(connection, alias)
        if verdict.key and (verdict.held or not verdict.targets):
            _remember(connection, message, verdict, None, (0, None), applied.journal)
    _hold(connection, message, plan, applied.journal, at)
    if sendings:
        from mailgate.gateway.notify import write

        write(connection, message, facts, sendings, applied)
    for number, record in enumerate(applied.records):
        intake.add_journal_record(connection, applied.journal, number, record)
    return applied


def _journal(
    connection: Connection,
    message: Incoming,
    plan: Plan,
    sendings: list[Sending],
    at: int,
    took_ms: int,
) -> int:
    envelope, best = message.envelope, plan.best
    notice = _first_notice(sendings)
    journal = intake.add_journal(
        connection,
        (
            at,
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
        ),
    )
    for number, (recipient, verdict) in enumerate(plan.judged):
        values = (
            recipient.address,
            verdict.outcome,
            verdict.rule,
            verdict.status,
            verdict.reason,
        )
        intake.add_journal_recipient(connection, journal, number, values)
    return journal


def _first_notice(sendings: list[Sending]) -> Sending | None:
    if not sendings:
        return None
    from mailgate.gateway.notify import first

    return first(sendings)


def _authentication(facts: Facts) -> str | None:
    return None if facts.authentication is None else facts.authentication.as_json()


def _take(
    connection: Connection,
    message: Incoming,
    facts: Facts,
    verdict: Verdict,
    target: Target,
    applied: Applied,
    at: int,
) -> None:
    if target.record is None:
        record, action = _open(connection, message, verdict, target, at), "created"
    else:
        record, action = target.record, "replied"
        reopen = message.kind != AUTO_REPLY
        intake.touch_record(connection, record, at, reopen=reopen)
    number = intake.add_message(
        connection,
        (
            verdict.message_id,
            record,
            _parent(message, facts, record),
            applied.journal,
            message.original.digest,
            message.author or "",
            message.subject,
            at,
            message.kind,
            _authentication(facts),
            int(target.stranger),
        ),
    )
    intake.add_addressed(connection, record, sorted(message.addressed)[:MAX_ADDRESSED])
    _remember(connection, message, verdict, target, (record, number), applied.journal)
    for replaced in target.replaces:
        intake.add_known(
            connection,
            (
                replaced,
                "",
                record,
                target.model,
                target.alias,
                0,
                None,
                "in",
                None,
                None,
                applied.journal,
            ),
        )
    if target.alias is not None and verdict.rule == "alias":
        intake.use_alias(connection, target.alias, at)
    applied.records.append((record, target.model_name, action, target.alias_address))
    applied.messages.append(number)


def _open(
    connection: Connection, message: Incoming, verdict: Verdict, target: Target, at: int
) -> int:
    """Start a record: its author becomes a contact and, being a person, a follower."""
    author = message.author or ""
    record = intake.add_record(
        connection,
        target.model,
        target.name or message.subject or NO_SUBJECT,
        author,
        (target.alias, target.alias_address, target.domain),
        at,
    )
    intake.add_values(connection, record, target.values)
    followers = list(target.followers)
    if author:
        intake.add_contact(connection, author, verdict.message_id)
        if message.kind == PERSON:
            followers.append(author)
    intake.add_followers(connection, record, followers)
    return record


def _parent(message: Incoming, facts: Facts, record: int) -> int | None:
    for identifier in message.references:
        for known in facts.known.get(identifier, ()):
            if known.record == record and known.message is not None:
                return known.message
    return None


def _remember(
    connection: Connection,
    message: Incoming,
    verdict: Verdict,
    target: Target | None,
    place: tuple[int, int | None],
    journal: int,
) -> None:
    record, number = place
    intake.add_known(
        connection,
        (
            verdict.message_id,
            verdict.key,
            record,
            target.model if target else None,
            target.alias if target else verdict.alias,
            int(target is not None and target.record is None),
            number,
            "in",
            message.identity,
            message.original.content,
            journal,
        ),
    )


def _hold(connection: Connection, message: Incoming, plan: Plan, journal: int, at: int) -> None:
    """Put a message into quarantine once for each reason, with the recipients it concerns."""
    reasons: dict[str, tuple[str, list[str]]] = {}
    for recipient, verdict in plan.judged:
        if verdict.held:
            reason, detail = verdict.held
            reasons.setdefault(reason, (detail, []))[1].append(recipient.address)
    if not plan.judged and plan.best.held:
        reasons[plan.best.held[0]] = (plan.best.held[1], [])
    for reason, (detail, addresses) in reasons.items():
        intake.add_quarantine(
            connection,
            (
                journal,
                at,
                reason,
                detail,
                message.sender,
                "\n".join(addresses),
                message.subject,
                message.original.digest,
            ),
        )
