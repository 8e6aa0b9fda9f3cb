"""Why a message goes where it goes: the decision of ``deliver``, with every step it took."""

from __future__ import annotations

from mailgate.gateway.deliver import Gateway, Result
from mailgate.gateway.document import as_object
from mailgate.gateway.gather import Without
from mailgate.mail.envelope import Envelope
from mailgate.mail.incoming import header_recipients
from mailgate.mail.original import Original
from mailgate.routing.router import Chain
from mailgate.routing.verdict import Recipient, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from mailgate.entities.entry import Entry

    Steps = dict[str, list[tuple[str, Verdict | str]]]

NEXT = "next"
"""The answer of a rule that leaves the decision to the one after it."""
WHOLE = ""
"""Stands for the recipient of a message that names none."""


class Explanation:
    """A decision and the way to it.

    ``steps`` has those of each recipient, in order, by address (WHOLE where there is none): what
    the rule said, and where it decided the verdict. ``passed_over`` are pairs of address and
    field: recipients in the header that do not count. ``entry`` is what the journal recorded when
    the message came before. ``result`` is None where the bytes are not kept, and ``missing`` then
    says why.
    """

    __slots__ = ("entry", "missing", "passed_over", "result", "steps")

    def __init__(
        self,
        result: Result | None,
        steps: Steps,
        passed_over: tuple[tuple[str, str], ...] = (),
        entry: Entry | None = None,
        missing: str | None = None,
    ) -> None:
        self.result = result
        self.steps = steps
        self.passed_over = passed_over
        self.entry = entry
        self.missing = missing


class _Listener:
    """Keeps what the rules say of each recipient; one that is judged twice counts as it ended."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[Recipient, list[tuple[str, Verdict | str]]]] = {}

    def __call__(self, recipient: Recipient, rule: str, answer: Verdict | str) -> None:
        known = self._heard.get(recipient.address)
        if known is None or known[0] is not recipient:
            known = self._heard[recipient.address] = (recipient, [])
        known[1].append((rule, answer))

    def steps(self) -> Steps:
        """Return what was said of each recipient; the last is its verdict."""
        return {address: heard for address, (_, heard) in self._heard.items()}


def explain(
    gateway: Gateway,
    original: Original,
    envelope: Envelope,
    at: int,
    without: Without | None = None,
) -> Explanation:
    """Decide about a message and say how; nothing changes."""
    listener = _Listener()
    result = gateway.decide(original, envelope, at, Chain(listener=listener), without)
    return Explanation(result, listener.steps(), _passed_over(result))


def explain_past(gateway: Gateway, number: int, at: int) -> Explanation:
    """Decide about a message of the journal as if it came anew, now; nothing changes.

    What it left behind when it came does not count. Raises MailgateError where there is no entry.
    """
    from mailgate.gateway import past
    from mailgate.store import journal, origins

    with gateway.database.reading() as connection:
        entry = journal.get(connection, number)
        origin = origins.get(connection, number)
        original = past.original(connection, origin.digest) if origin.digest else None
    if original is None:
        why = "they were removed since" if origin.digest else f"the message was {entry.outcome}"
        return Explanation(None, {}, entry=entry, missing=f"the bytes are not kept: {why}")
    recipients = tuple(recipient.address for recipient in entry.recipients)
    envelope = past.envelope(origin, recipients)
    found = explain(gateway, original, envelope, at, Without(number))
    found.entry = entry
    return found


def _passed_over(result: Result) -> tuple[tuple[str, str], ...]:
    if result.message.envelope.recipients is not None:
        return ()
    counted = {recipient.address for recipient, _ in result.plan.judged}
    named = header_recipients(result.message.header)
    return tuple((address, field) for address, field in named if address not in counted)


def document(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as its JSON object: that of ``deliver --dry-run --json`` and more.

    Where the bytes are not kept, the decision is the recorded one, without steps.
    """
    entry = explanation.entry
    recorded = None if entry is None else _recorded(entry)
    if explanation.result is None:
        assert recorded is not None
        found, sources = _as_delivery(recorded), {}
        found |= {"exit_status": None, "sent_on": [], "notices": [], "message": None}
    else:
        found, sources = as_object(explanation.result), _sources(explanation.result)
        found |= _of_result(explanation.result)
    recipients: Any = found["recipients"]
    for item in recipients:
        item["source"] = sources.get(item["address"])
        item["steps"] = _steps(explanation, item["address"])
    return found | {
        "steps": [] if recipients else _steps(explanation, WHOLE),
        "passed_over": [{"address": a, "source": s} for a, s in explanation.passed_over],
        "journal": None if entry is None else entry.id,
        "recorded": recorded,
        "missing": explanation.missing,
    }


def _recorded(entry: Entry) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(entry)


def _steps(explanation: Explanation, address: str) -> list[dict[str, str]]:
    """Return {rule, answer, reason} of each step; the answer is the outcome where it decided."""
    return [
        {"rule": rule, "answer": NEXT, "reason": answer}
        if isinstance(answer, str)
        else {"rule": rule, "answer": answer.outcome, "reason": answer.reason}
        for rule, answer in explanation.steps.get(address, ())
    ]


def _sources(result: Result) -> dict[str, str]:
    return {recipient.address: recipient.source for recipient, _ in result.plan.judged}


def _of_result(result: Result) -> dict[str, object]:
    message = result.message
    return {
        "exit_status": result.plan.exit_code,
        "sent_on": [
            {"record": target.record, "to": list(target.copies)}
            for verdict in result.plan.verdicts
            for target in verdict.targets
        ],
        "notices": [{"kind": s.wish.kind, "to": s.to} for s in result.notices],
        "message": {
            "sender": message.sender,
            "author": message.author,
            "subject": message.subject,
            "class": message.kind,
            "size": message.original.size,
            "answers": list(message.references),
        },
    }


def _as_delivery(recorded: dict[str, Any]) -> dict[str, object]:
    keys = ("outcome", "message_id", "rule", "recipients", "records", "notice", "reason")
    found = {key: recorded[key] for key in keys}
    found["recipients"] = [dict(item) for item in recorded["recipients"]]
    return found
