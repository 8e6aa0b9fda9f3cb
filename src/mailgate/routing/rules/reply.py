"""The rule that finds the conversation a message answers."""

from __future__ import annotations

from mailgate.mail.address import split
from mailgate.mail.incoming import Incoming, mailboxes
from mailgate.routing.directory import Alias
from mailgate.routing.facts import Facts, Known
from mailgate.routing.place import Place, began, in_place_of, in_record
from mailgate.routing.policy import objection, over_limit
from mailgate.routing.rules.known import repeated
from mailgate.routing.verdict import NO_ADDRESS, Recipient, Target, Verdict

Threads = list[tuple[str, list[Known]]]
"""The references that name records, the likeliest first, each with what it names.

A reply token is the last of them, and has no angle brackets.
"""

UNKNOWN = "nothing that it answers is in a record"


def reply(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Add an answer to the record that its references name."""
    if not recipient.valid:
        return NO_ADDRESS
    threads = _threads(message, recipient, facts)
    if not threads:
        return UNKNOWN if message.references else "it answers nothing"
    aliases = facts.directory.aliases_for(recipient.address)
    if not aliases and not _reachable(message, recipient, facts):
        return f"{recipient.address} is not one of our addresses"
    found = _choose(threads, aliases, facts)
    if found is None:
        if _addresses(message, recipient.address):
            return f"a forward: no record it answers is of model {aliases[0].model_name}"
        found = _choose(threads, (), facts)
    if found is None:
        return UNKNOWN
    identifier, known = found
    if known.record not in facts.records:
        known = _successor(threads, known, facts) or known
    record = known.record if known.record in facts.records else None
    if record is None:
        place = in_place_of(message, facts, known)
        there = f"took the place of record {known.record} already"
    else:
        place = in_record(message, facts, record)
        there = f"is in record {record} already"
    follows = record if record and not began(message, facts, record) else None
    for alias in aliases:
        refusal = objection(message, alias, facts, "reply", follows)
        if refusal is not None:
            return refusal.under(place.message_id, recipient.address)
    if place.repeat:
        return repeated(message, place, there)
    if record is None:
        return _revive(message, recipient, facts, known, place, threads)
    return _add(recipient, facts, record, place, identifier)


def _threads(message: Incoming, recipient: Recipient, facts: Facts) -> Threads:
    """Return the references that name records, each with what they name."""
    found = []
    token = facts.tokens.get(recipient.address)
    for identifier in (*message.references, *([token] if token else [])):
        rows = [known for known in facts.known.get(identifier, ()) if known.record]
        if rows:
            found.append((identifier, rows))
    return found


def _shown(identifier: str) -> str:
    return identifier if identifier[:1] == "<" else "the reply token"


def _reachable(message: Incoming, recipient: Recipient, facts: Facts) -> bool:
    """Tell whether an address that is no alias may take answers."""
    if facts.directory.role(recipient.address) or facts.directory.retired_kind(recipient.address):
        return True
    if facts.fallback is not None:
        return True
    name = split(recipient.address)[1]
    return not message.envelope.checked and name in facts.directory.domains


def _addresses(message: Incoming, recipient: str) -> bool:
    """Tell whether a recipient is meant itself: by the envelope, or in To or Delivered-To."""
    return message.envelope.recipients is not None or any(
        mailbox.address == recipient
        for name in ("to", "delivered-to")
        for mailbox in mailboxes(message.header, name)
    )


def _choose(threads: Threads, aliases: tuple[Alias, ...], facts: Facts) -> tuple[str, Known] | None:
    """Return the first reference that names a record, of the aliases' models where there are any.

    Of several records by one id the one that these aliases started goes first, else the newest;
    one that exists goes before one that is gone.
    """
    models = {alias.model for alias in aliases}
    numbers = {alias.id for alias in aliases}
    for identifier, rows in threads:
        fitting = [known for known in rows if not models or known.model in models]
        if fitting:
            return identifier, max(
                fitting, key=lambda k: (k.record in facts.records, k.alias in numbers, k.record)
            )
    return None


def _successor(threads: Threads, gone: Known, facts: Facts) -> Known | None:
    """Return what names the record that took the place of one that is gone, or None."""
    for _, rows in threads:
        if any(known.record == gone.record for known in rows):
            for known in rows:
                if not known.recipient and not known.outgoing and known.record in facts.records:
                    return known
    return None


def _add(recipient: Recipient, facts: Facts, number: int, place: Place, identifier: str) -> Verdict:
    record = facts.records[number]
    known = record.author_follows or record.author_addressed
    stranger = not known or facts.author_failed
    target = Target(
        record.model,
        record.model_name,
        record=number,
        alias=record.alias,
        alias_address=record.alias_address,
        stranger=stranger,
    )
    return Verdict(
        "replied",
        "reply",
        f"answers {_shown(identifier)} of record {number}"
        + (", by a stranger" if stranger else ""),
        message_id=place.message_id,
        key=recipient.address,
        targets=(target,),
        flags=place.flags,
    )


def _revive(
    message: Incoming,
    recipient: Recipient,
    facts: Facts,
    known: Known,
    place: Place,
    threads: Threads,
) -> Verdict | str:
    """Start the record anew that an answer names and that is gone."""
    if known.model is None or known.model not in facts.models:
        return f"record {known.record} is gone, and its model too"
    names = tuple(i for i, rows in threads if any(k.record == known.record for k in rows))
    limit = over_limit(message, facts, "reply", known.model, known.alias)
    if limit is not None:
        return limit.under(place.message_id, recipient.address)
    alias = next((alias for alias in facts.directory.aliases if alias.id == known.alias), None)
    target = Target(
        known.model,
        facts.models[known.model],
        alias=known.alias,
        alias_address=alias.address if alias else None,
        domain=alias.domain.id if alias else None,
        name=alias.name if alias else None,
        values=alias.values if alias else (),
        followers=alias.followers if alias else (),
        replaces=names,
    )
    return Verdict(
        "created",
        "reply",
        f"answers {_shown(names[0])} of record {known.record}, which is gone:"
        " a new one takes its place",
        message_id=place.message_id,
        key=recipient.address,
        targets=(target,),
        flags=place.flags,
    )
