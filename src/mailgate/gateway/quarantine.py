"""What a person does with held messages: release them, have them judged again, discard them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from time import monotonic

from mailgate.entities.held import Held
from mailgate.errors import MailgateError
from mailgate.gateway import notify, past
from mailgate.gateway.apply import apply
from mailgate.gateway.deliver import Result, send_on
from mailgate.gateway.document import as_object
from mailgate.gateway.gather import Without, gather, parameters
from mailgate.mail import links
from mailgate.mail.envelope import Envelope
from mailgate.mail.incoming import Incoming, reused_id
from mailgate.mail.message import read
from mailgate.mail.original import Original
from mailgate.routing.facts import Facts
from mailgate.routing.plan import Plan, plan
from mailgate.routing.policy import OVER_LIMIT
from mailgate.routing.release import RELEASE, released
from mailgate.routing.router import WHOLE, Chain
from mailgate.routing.verdict import ACKNOWLEDGEMENT, NOBODY, UNROUTED, Recipient
from mailgate.status import TAKEN
from mailgate.store import aliases, originals, origins
from mailgate.store import quarantine as store
from mailgate.store.change import Change
from mailgate.store.driver import Connection

CONFIRMATION = "verification"
"""The quarantine reason of what a provider may have sent to confirm a redirection."""
_SETTLED = TAKEN | {"duplicate"}
"""Outcomes by which somebody has the message."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held message with all that judging it again needs."""

    held: Held
    origin: origins.Origin
    original: Original


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a held message.

    ``stays`` are pairs of a recipient it is still held for, and why; ``left`` says that it is
    held no longer. Nothing was done where ``result`` has nothing applied.
    """

    held: Held
    result: Result
    stays: tuple[tuple[str, str], ...]
    left: bool

    @property
    def messages(self) -> list[int]:
        """Return the messages that wait to be unpacked."""
        return self.result.applied.messages if self.result.applied else []

    @property
    def reports(self) -> list[int]:
        """Return the journal entries of reports that wait to be carried out."""
        return self.result.applied.reports if self.result.applied else []

    def document(self) -> dict[str, object]:
        """Return its JSON object: the held message as it was, and what was decided."""
        found: dict[str, object] = asdict(self.held)
        return found | {"left": self.left, "result": as_object(self.result)}


@dataclass(frozen=True, slots=True)
class _Case:
    """A held message before it is judged: who asks, and all that the chain is handed."""

    change: Change
    held: Held
    message: Incoming
    recipients: tuple[Recipient, ...]
    facts: Facts

    def plan(self, recipients: tuple[Recipient, ...], chain: Chain) -> Plan:
        """Judge the message for some of its recipients."""
        return plan(self.message, recipients, self.facts, chain)


def waiting(connection: Connection, number: int) -> Waiting:
    """Read a held message; raises MailgateError where there is none."""
    held = store.get(connection, number)
    original = past.original(connection, store.digest(connection, number))
    if original is None:
        raise MailgateError(
            f"the bytes of quarantine {number} are gone: only mailgate quarantine discard"
            f" {number} is left"
        )
    return Waiting(held, origins.get(connection, held.journal), original)


def release(change: Change, message: Waiting, to: str | None = None) -> Judged:
    """Let a held message go where it was to go, or to the alias ``to``.

    What held it does not hold it again, nor does a limit or policy. Raises MailgateError where it
    cannot go there: then it stays.
    """
    origin, recipients = message.origin, message.held.recipients
    if to is not None:
        recipients = (aliases.get(change.connection, to).address,)
        origin = replace(origin, enveloped=True)
    case = _case(change, message, past.envelope(origin, recipients))
    case = replace(case, facts=released(case.facts))
    decided = case.plan(case.recipients, RELEASE)
    stays = _stays(decided)
    if stays:
        raise MailgateError(f"quarantine {message.held.id} stays: {stays[0][1]}{_advice(case, to)}")
    result = _carry_out(case, decided, (), "release", "released from quarantine")
    return Judged(message.held, result, (), left=True)


def retry(change: Change, message: Waiting) -> Judged:
    """Judge a held message again as if it came now.

    It stays where nobody takes it, else for whom it is to be held again.
    """
    held = message.held
    case = _case(change, message, past.envelope(message.origin, held.recipients))
    decided = case.plan(case.recipients, WHOLE)
    stays = _stays(decided)
    if len(stays) == max(1, len(decided.judged)):
        return Judged(held, Result(case.message, decided, None, []), stays, left=False)
    if stays:
        settled = tuple(r for r, verdict in decided.judged if verdict.outcome != "held")
        decided = case.plan(settled, WHOLE)
    left = tuple(address for address, _ in stays)
    result = _carry_out(case, decided, left, "retry", "tried again from quarantine")
    return Judged(held, result, stays, left=not stays)


def discard(change: Change, number: int) -> Held:
    """Hold a message no longer; its bytes go unless something else needs them."""
    held = store.get(change.connection, number)
    digest = store.digest(change.connection, number)
    store.keep_for(change.connection, number, ())
    store.drop_original(change.connection, digest)
    change.note("discard", f"quarantine {number}", held, None)
    return held


def with_links(connection: Connection, held: Held) -> Held:
    """Return a held message with the web links that its original has; none is fetched."""
    content = read(originals.chunks(connection, store.digest(connection, held.id)))
    return replace(held, links=links.find(content.body_text, content.body_html))


def _case(change: Change, message: Waiting, envelope: Envelope) -> _Case:
    connection, held = change.connection, store.get(change.connection, message.held.id)
    incoming = Incoming(message.original, envelope)
    without = Without(held.journal, _keys(held.recipients, envelope))
    limits = parameters(connection)
    recipients, facts = gather(connection, incoming, limits, change.at, without)
    if envelope.recipients is None and held.recipients:
        recipients = tuple(r for r in recipients if r.address in held.recipients) or recipients
    return _Case(change, held, incoming, recipients, facts)


def _keys(recipients: tuple[str, ...], envelope: Envelope) -> frozenset[str]:
    """Return under which recipients a held message is remembered."""
    named = frozenset(recipients) or frozenset((NOBODY,))
    return named | {UNROUTED} | ({envelope.fallback_key} if envelope.model else frozenset())


def _stays(decided: Plan) -> tuple[tuple[str, str], ...]:
    """Return for whom a message stays, and why: all, where nobody takes it, else who holds it."""
    judged = [(recipient.address, verdict) for recipient, verdict in decided.judged]
    judged = judged or [("", decided.best)]
    taken = any(verdict.outcome in _SETTLED for _, verdict in judged)
    return tuple(
        (address, verdict.reason)
        for address, verdict in judged
        if not taken or verdict.outcome == "held"
    )


def _advice(case: _Case, to: str | None) -> str:
    if to is not None:
        return ""
    return (
        f"; mend that, or give it to another alias: mailgate quarantine release {case.held.id}"
        " --to ALIAS"
    )


def _carry_out(
    case: _Case, decided: Plan, stays: tuple[str, ...], action: str, done: str
) -> Result:
    """Do what was decided, in the transaction of the change; hold the message for ``stays``."""
    change, held, message, facts = case.change, case.held, case.message, case.facts
    connection, started = change.connection, monotonic()
    for verdict in decided.verdicts:
        verdict.reason += f"; {done} by {change.who}"
    ids = (message.message_id, reused_id(message))
    keys = _keys(held.recipients, message.envelope) - frozenset(stays)
    send_on(connection, message, decided, facts)
    remembered = store.forget_held(connection, held.journal, ids, keys)
    wished = notify.decide(connection, message, decided, facts) if decided.wishes else []
    sendings = [sending for sending in wished if sending.wish.kind == ACKNOWLEDGEMENT]
    took = int((monotonic() - started) * 1000)
    applied = apply(connection, message, decided, facts, sendings, took)
    store.remember_taken(connection, remembered, ids, applied.journal)
    if held.reason == OVER_LIMIT:
        store.forget_openings(connection, message.author or "", held.journal)
    store.keep_for(connection, held.id, stays)
    result = Result(message, decided, applied, sendings)
    made = as_object(result)
    new = {key: made[key] for key in ("journal", "outcome", "records")}
    change.note(action, f"quarantine {held.id}", held, new)
    return result
