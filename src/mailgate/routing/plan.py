"""From the verdicts of all recipients to what is to be done, and the outcome of the whole."""

from __future__ import annotations

from mailgate.mail.envelope import FALLBACKS
from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts
from mailgate.routing.place import at_recipient
from mailgate.routing.router import WHOLE, Chain, route_all
from mailgate.routing.rules.known import repeated
from mailgate.routing.verdict import (
    ACKNOWLEDGEMENT,
    NOBODY,
    UNROUTED,
    Recipient,
    Verdict,
    Wish,
    better,
)
from mailgate.status import OK, TAKEN, exit_status

NO_ROUTE = "no-route"
"""The kind of the notice that tells of recipients who were rejected where others were not."""
_KEPT = frozenset({"created", "replied", "report", "held", "ignored"})
_NO_FALLBACK = frozenset({"created", "replied", "report", "duplicate", "held", "ignored"})


class Plan:
    """What becomes of a message.

    ``judged`` pairs each recipient with its verdict, in order; ``best`` is the verdict of the
    whole; ``keep`` says that the original bytes are to be kept; ``exit_code`` is for a channel
    that has one answer for all; ``wishes`` are the notices that the verdicts call for;
    ``verdicts`` are to be carried out.
    """

    __slots__ = ("best", "exit_code", "flags", "judged", "keep", "verdicts", "wishes")

    def __init__(
        self,
        judged: tuple[tuple[Recipient, Verdict], ...],
        best: Verdict,
        exit_code: int,
        wishes: tuple[Wish, ...] = (),
    ) -> None:
        self.verdicts = verdicts = [verdict for _, verdict in judged] or [best]
        self.judged = judged
        self.best = best
        self.exit_code = exit_code
        self.wishes = wishes
        self.flags = tuple(dict.fromkeys(flag for v in verdicts for flag in v.flags))
        self.keep = "differs" in self.flags or any(v.held or v.outcome in _KEPT for v in verdicts)


class Applied:
    """What was done: the journal entry, the records, and the messages that wait for unpack.

    ``records`` holds (id, model, action, alias address); ``reports`` the journal entry where it
    is that of a report, whose effect waits for unpack too.
    """

    __slots__ = ("journal", "messages", "records", "reports")

    def __init__(self) -> None:
        self.journal = 0
        self.records: list[tuple[int, str, str, str | None]] = []
        self.messages: list[int] = []
        self.reports: list[int] = []


def plan(
    message: Incoming, recipients: tuple[Recipient, ...], facts: Facts, chain: Chain = WHOLE
) -> Plan:
    """Judge a message for all its recipients."""
    judged = list(zip(recipients, route_all(message, recipients, facts, chain), strict=True))
    if message.envelope.recipients is None:
        judged = _with_fallback(message, judged, facts, chain)
    judged = [(r, v) for r, v in judged if r.address] or judged
    verdicts = _settled(message, judged, facts)
    best = verdicts[0]
    for verdict in verdicts[1:]:
        best = better(best, verdict)
    named = tuple((r, v) for (r, _), v in zip(judged, verdicts, strict=True) if r.address)
    exit_code = _exit_code(verdicts)
    return Plan(named, best, exit_code, _wishes(message, named, facts, exit_code))


def _wishes(
    message: Incoming,
    judged: tuple[tuple[Recipient, Verdict], ...],
    facts: Facts,
    exit_code: int,
) -> tuple[Wish, ...]:
    """Return the notices that verdicts call for.

    A channel with one answer for all cannot say that a recipient was rejected when another was
    not: then a notice says it.
    """
    wishes: list[Wish] = []
    silent = message.envelope.channel == "pipe" and exit_code == OK
    words = {alias.id for alias in facts.directory.aliases if alias.acknowledge}
    for recipient, verdict in judged:
        if verdict.notice is not None:
            wishes.append(Wish(verdict.notice, recipient, verdict))
        elif verdict.outcome == "rejected" and silent:
            wishes.append(Wish(NO_ROUTE, recipient, verdict))
        wishes += [
            Wish(ACKNOWLEDGEMENT, recipient, verdict, target.alias)
            for target in verdict.targets
            if target.record is None and verdict.rule == "alias" and target.alias in words
        ]
    return tuple(wishes)


def _with_fallback(
    message: Incoming, judged: list[tuple[Recipient, Verdict]], facts: Facts, chain: Chain
) -> list[tuple[Recipient, Verdict]]:
    """Give a message without an envelope to the fallback where no recipient took it.

    The recipients that lead nowhere are left out then; one stands for the message.
    """
    if facts.fallback is None or any(v.outcome in _NO_FALLBACK for _, v in judged):
        return judged or [_whole(message, facts, chain)]
    nowhere = [r for r, v in judged if v.rule == "no-route"]
    if judged and not nowhere:
        return judged
    first = nowhere[0] if nowhere else Recipient("", "")
    ready = Recipient(first.address, first.resolved, first.source)
    others = [(r, v) for r, v in judged if v.rule != "no-route"]
    return [(ready, chain.route(message, ready, facts)), *others]


def _whole(message: Incoming, facts: Facts, chain: Chain) -> tuple[Recipient, Verdict]:
    """Judge a message that names no recipient at all."""
    nobody = Recipient("", "")
    verdict = chain.route(message, nobody, facts)
    if verdict.rule == "no-route":
        verdict.reason = "the message names no recipient"
    return nobody, verdict


def _settled(
    message: Incoming, judged: list[tuple[Recipient, Verdict]], facts: Facts
) -> list[Verdict]:
    """Apply what one recipient's verdict means for another's, and what the channel cannot do."""
    verdicts = [verdict for _, verdict in judged]
    taken = any(v.outcome in TAKEN or v.outcome == "duplicate" for v in verdicts)
    for number, (recipient, verdict) in enumerate(judged):
        if verdict.rule == "catchall" and verdict.outcome == "refused" and taken:
            verdict.outcome, verdict.notice = "ignored", None
            verdict.reason += "; another recipient takes the message"
        if verdict.outcome == "rejected" and not message.envelope.refusable:
            verdicts[number] = _held(message, recipient, verdict, facts)
    return verdicts


def _held(message: Incoming, recipient: Recipient, verdict: Verdict, facts: Facts) -> Verdict:
    """Return what becomes of a rejected message that nobody can be told of: held, but once.

    What no route takes is one message, whatever its recipients and whichever mailbox it is in; it
    is in nobody's way who has a fallback for it.
    """
    unrouted = verdict.rule == NO_ROUTE and message.envelope.recipients is None
    key = UNROUTED if unrouted else recipient.address or NOBODY
    place = at_recipient(message, facts, key)
    if place.repeat:
        return repeated(message, place, "is held already")
    if unrouted and _fallback_took(message, facts):
        return repeated(message, place, "was taken by a fallback model already")
    verdict.outcome, verdict.held = "held", (verdict.cause, verdict.reason)
    verdict.holder = verdict.alias
    return verdict.under(place.message_id, key)


def _fallback_took(message: Incoming, facts: Facts) -> bool:
    return any(
        known.record
        and known.identity == message.identity
        and known.recipient.startswith(FALLBACKS)
        for known in facts.known.get(message.message_id, ())
    )


def _exit_code(verdicts: list[Verdict]) -> int:
    if any(verdict.outcome != "rejected" for verdict in verdicts):
        return OK
    return exit_status(verdicts[0].outcome, verdicts[0].status)
