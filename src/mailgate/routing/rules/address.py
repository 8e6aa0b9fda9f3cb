"""Rules about the address a message is for: catchall, retired, alias, fallback, no-route."""

from __future__ import annotations

from mailgate.errors import ConfigurationError
from mailgate.mail.automatic import AUTO_REPLY
from mailgate.mail.incoming import Incoming
from mailgate.routing.directory import Alias
from mailgate.routing.facts import Facts
from mailgate.routing.place import at_recipient, from_alias, in_record
from mailgate.routing.policy import misconfigured, objection, over_limit
from mailgate.routing.rules.known import repeated
from mailgate.routing.verdict import NO_ADDRESS, Recipient, Target, Verdict, better
from mailgate.status import TAKEN


def catchall(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Refuse new mail to the address that takes replies only."""
    if not recipient.valid or facts.directory.role(recipient.address) != "catchall":
        return "the recipient is not a catchall address"
    named = sorted(
        address
        for address in message.addressed
        if address != recipient.address and facts.directory.aliases_for(address)
    )
    if named:
        return Verdict(
            "ignored",
            "catchall",
            f"{recipient.address} only takes replies; {named[0]} is addressed too",
        )
    return Verdict(
        "refused", "catchall", f"{recipient.address} only takes replies", notice="catchall"
    )


def retired(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Refuse new mail to an address that was renamed or removed."""
    kind = None
    if recipient.valid and not facts.directory.aliases_for(recipient.address):
        kind = facts.directory.retired_kind(recipient.address)
    if kind is None:
        return "the recipient is not a retired address"
    what = "an alias" if kind == "alias" else f"the {kind} address"
    return Verdict(
        "refused", "retired", f"{recipient.address} was {what} and is retired", notice="retired"
    )


def auto_reply(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Ignore an automatic reply that would start a record."""
    if message.kind != AUTO_REPLY or not recipient.valid:
        return f"the message is no automatic reply ({message.kind})"
    aliases = facts.directory.aliases_for(recipient.address)
    if not (any(alias.record is None for alias in aliases) or (facts.fallback and not aliases)):
        return "it would not start a record"
    return Verdict("ignored", "auto-reply", "an automatic reply does not start a record")


def alias(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Give the message to the aliases that the recipient matches."""
    if not recipient.valid:
        return NO_ADDRESS
    verdicts = [
        _one_alias(message, recipient, facts, found)
        for found in facts.directory.aliases_for(recipient.address)
    ]
    if not verdicts:
        return f"no alias matches {recipient.address or 'a message without recipient'}"
    return verdicts[0] if len(verdicts) == 1 else _merged(verdicts)


def _merged(verdicts: list[Verdict]) -> Verdict:
    """Return one verdict for several aliases at one address.

    Where one of them has the message already the address has taken it, as it would have if the
    recipients had come in another order; what the others refuse is not told then.
    """
    repeat = next((verdict for verdict in verdicts if verdict.outcome == "duplicate"), None)
    best = verdicts[0]
    for verdict in verdicts[1:]:
        best = better(best, verdict)
    if repeat is not None and best.outcome not in TAKEN:
        best = repeat
    best.targets = tuple(target for verdict in verdicts for target in verdict.targets)
    holding = next((verdict for verdict in verdicts if verdict.held), None)
    if holding is not None:
        best.held, best.holder = holding.held, holding.holder
        if not best.key:
            best.message_id, best.key = holding.message_id, holding.key
    best.limited = tuple(one for verdict in verdicts for one in verdict.limited)
    best.used = tuple(number for verdict in verdicts for number in verdict.used)
    best.invalid = tuple(number for verdict in verdicts for number in verdict.invalid)
    best.flags = tuple(dict.fromkeys(flag for verdict in verdicts for flag in verdict.flags))
    others = [verdict.reason for verdict in verdicts if verdict is not best]
    best.reason = "; ".join([best.reason, *others])
    return best


def _one_alias(message: Incoming, recipient: Recipient, facts: Facts, found: Alias) -> Verdict:
    place = from_alias(message, facts, found.id)
    if place.repeat:
        return repeated(message, place, f"was taken by {found.address} already", found.id)
    if found.fault is not None:
        return misconfigured(found, "alias", found.fault).under(place.message_id, recipient.address)
    refusal = objection(message, found, facts, "alias", found.record)
    if refusal is not None:
        return refusal.under(place.message_id, recipient.address)
    if found.record is not None:
        return _into_target(message, recipient, facts, found)
    limit = over_limit(message, facts, "alias", found.model, found.id)
    if limit is not None:
        return limit.under(place.message_id, recipient.address)
    target = Target(
        found.model,
        found.model_name,
        alias=found.id,
        alias_address=found.address,
        domain=found.domain.id,
        name=found.name,
        values=found.values,
        followers=found.followers,
    )
    return Verdict(
        "created",
        "alias",
        _because(recipient, found),
        message_id=place.message_id,
        key=recipient.address,
        targets=(target,),
        flags=place.flags,
    )


def _into_target(message: Incoming, recipient: Recipient, facts: Facts, found: Alias) -> Verdict:
    number = found.record or 0
    if number not in facts.records:
        detail = f"record {number}, which {found.address} feeds, is gone"
        return misconfigured(found, "alias", detail).under(message.message_id, recipient.address)
    place = in_record(message, facts, number)
    if place.repeat:
        return repeated(message, place, f"is in record {number} already", found.id)
    record = facts.records[number]
    target = Target(
        record.model,
        record.model_name,
        record=number,
        alias=found.id,
        alias_address=found.address,
        followers=found.followers,
    )
    return Verdict(
        "replied",
        "alias",
        f"{found.address} feeds record {number}",
        message_id=place.message_id,
        key=recipient.address,
        targets=(target,),
        flags=place.flags,
    )


def _because(recipient: Recipient, found: Alias) -> str:
    model = f"of model {found.model_name}"
    if recipient.resolved == found.address == recipient.address:
        return f"{found.address} is an alias {model}"
    return f"{recipient.address} matches the alias {found.address} {model}"


def fallback(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Start one record of the fallback model for a message that matches no alias."""
    default = facts.fallback
    if default is None:
        return "no fallback model came with the channel"
    if not recipient.valid:
        return NO_ADDRESS
    if recipient.waits:
        return "without an envelope the fallback waits for the other recipients"
    if default.model is None:
        raise ConfigurationError(
            f"fallback model {default.model_name} does not exist: see mailgate model list"
        )
    place = at_recipient(message, facts, default.key)
    if place.repeat:
        return repeated(message, place, f"was taken by the fallback model {default.model_name}")
    limit = over_limit(message, facts, "fallback", default.model, None)
    if limit is not None:
        return limit.under(place.message_id, default.key)
    where = f"{recipient.address} matches no alias" if recipient.address else "no recipient"
    return Verdict(
        "created",
        "fallback",
        f"{where}: fallback model {default.model_name}",
        message_id=place.message_id,
        key=default.key,
        targets=(Target(default.model, default.model_name),),
        flags=place.flags,
    )


def no_route(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Reject what nobody takes; this rule always answers."""
    if not recipient.valid:
        reason = f"{recipient.address!r} cannot be an address"
        return Verdict("rejected", "no-route", reason, status="5.1.3")
    return Verdict(
        "rejected", "no-route", f"{recipient.address}: no such address here", status="5.1.1"
    )
