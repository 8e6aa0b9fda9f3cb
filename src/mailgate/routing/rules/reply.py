"""The rule that finds the conversation a message answers."""

from __future__ import annotations

from mailgate.mail.address import split
from mailgate.mail.incoming import Incoming, mailboxes
from mailgate.routing.directory import Alias
from mailgate.routing.facts import Facts, Known
from mailgate.routing.place import in_place_of, in_record
from mailgate.routing.policy import objection, over_limit
from mailgate.routing.rules.known import repeated
from mailgate.routing.verdict import NO_ADDRESS, Recipient, Target, Verdict


def reply(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Add an answer to the record that its references name."""
    if not recipient.valid:
        return NO_ADDRESS
    threads = _threads(message, facts)
    if not threads:
        count = len(message.references)
        return f"none of its {count} references names a record" if count else "it answers nothing"
    aliases = facts.directory.aliases_for(recipient.address)
    if not aliases and not _reachable(message, recipient, facts):
        return f"{recipient.address} is not one of our addresses"
    found = _choose(threads, aliases, facts)
    if found is None:
        if _addresses(message, recipient.address):
            return f"a forward: no record it answers is of model {aliases[0].model_name}"
        found = _choose(threads, (), facts)
    if found is None:
        return "none of its references names a record"
    identifier, known = found
    record = known.record if known.record in facts.records else None
    for alias in aliases:
        refusal = objection(message, alias, facts, "reply", record)
        if refusal is not None:
            return refusal.under(message.message_id, recipient.address)
    if record is None:
        return _revive(message, recipient, facts, known, identifier)
    return _add(message, recipient, facts, record, identifier)


def _threads(message: Incoming, facts: Facts) -> list[tuple[str, list[Known]]]:
    """Return the references that name records, each with what they name."""
    found = []
    for identifier in message.references:
        rows = [known for known in facts.known.get(identifier, ()) if known.record]
        if rows:
            found.append((identifier, rows))
    return found


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


def _choose(
    threads: list[tuple[str, list[Known]]], aliases: tuple[Alias, ...], facts: Facts
) -> tuple[str, Known] | None:
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


def _add(
    message: Incoming, recipient: Recipient, facts: Facts, number: int, identifier: str
) -> Verdict:
    place = in_record(message, facts, number)
    if place.repeat:
        return repeated(message, place, f"is in record {number} already")
    record = facts.records[number]
    known = record.author_follows or record.author_addressed
    stranger = not known or facts.author_failed
    target = Target(
        record.model, record.model_name, record=number, alias=record.alias, stranger=stranger
    )
    return Verdict(
        "replied",
        "reply",
        f"answers {identifier} of record {number}" + (", by a stranger" if stranger else ""),
        message_id=place.message_id,
        key=recipient.address,
        targets=(target,),
        flags=place.flags,
    )


def _revive(
    message: Incoming, recipient: Recipient, facts: Facts, known: Known, identifier: str
) -> Verdict | str:
    """Start the record anew that an answer names and that is gone."""
    if known.model is None or known.model not in facts.models:
        return f"record {known.record} is gone, and its model too"
    place = in_place_of(message, facts, known)
    if place.repeat:
        return repeated(message, place, f"took the place of record {known.record} already")
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
        replaces=(identifier,),
    )
    return Verdict(
        "created",
        "reply",
        f"answers {identifier} of record {known.record}, which is gone: a new one takes its place",
        message_id=place.message_id,
        key=recipient.address,
        targets=(target,),
        flags=place.flags,
    )
