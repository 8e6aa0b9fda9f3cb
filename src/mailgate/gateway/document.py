"""The JSON document of a delivery."""

from __future__ import annotations

from json import dumps

from mailgate.gateway.deliver import Result


def as_json(result: Result) -> bytes:
    """Return what ``deliver --json`` prints: one line of ASCII."""
    return dumps(as_object(result)).encode("ascii") + b"\n"


def as_object(result: Result) -> dict[str, object]:
    """Return a delivery as its JSON object; ids are null where nothing was done."""
    decided, applied = result.plan, result.applied
    best = decided.best
    return {
        "outcome": best.outcome,
        "message_id": best.message_id or result.message.message_id,
        "journal": applied.journal if applied else None,
        "rule": best.rule,
        "recipients": [
            {
                "address": recipient.address,
                "outcome": verdict.outcome,
                "rule": verdict.rule,
                "status": verdict.status,
                "reason": verdict.reason,
            }
            for recipient, verdict in decided.judged
        ],
        "records": _records(result),
        "notice": _notice(result),
        "reason": best.reason,
    }


def _notice(result: Result) -> dict[str, object] | None:
    if not result.notices:
        return None
    from mailgate.gateway.notify import first

    sending = first(result.notices)
    return {"kind": sending.wish.kind, "to": sending.to} if sending else None


def _records(result: Result) -> list[dict[str, object]]:
    if result.applied is not None:
        return [_record(*row) for row in result.applied.records]
    return [
        _record(
            target.record,
            target.model_name,
            "replied" if target.record else "created",
            target.alias_address,
        )
        for verdict in result.plan.verdicts
        for target in verdict.targets
    ]


def _record(number: int | None, model: str, action: str, alias: str | None) -> dict[str, object]:
    return {"id": number, "model": model, "action": action, "alias": alias}
