"""Rules that stop mail before it is looked at as work: spam, blocked, verification."""

from __future__ import annotations

from mailgate.mail.automatic import BY_FORM
from mailgate.mail.header import to_text
from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts
from mailgate.routing.place import at_recipient
from mailgate.routing.verdict import Recipient, Verdict


def spam(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Hold what the field of ``mail.spam.header`` marks."""
    field, mark = facts.parameters.spam_field, facts.parameters.spam_value
    if not field:
        return "no field marks spam (mail.spam.header is empty)"
    for value in message.header.all(field):
        text = to_text(value).strip()
        if text.casefold().startswith(mark):
            return _held(message, recipient, facts, "spam", f"{field}: {text[:100]}")
    return f"no field {field} says {mark}"


def blocked(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Ignore authors on the block list."""
    if not facts.author_blocked:
        return "the author is not on the block list"
    return Verdict("ignored", "blocked", f"{message.author} is on the block list")


def verification(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Hold what a provider writes to a catchall or bounce address while that is expected."""
    if not recipient.valid:
        return "the recipient cannot be an address"
    domain = facts.directory.domains.get(recipient.address.rpartition("@")[2])
    if domain is None or not domain.verify_until or domain.verify_until <= facts.at:
        where = f" for {recipient.domain}" if recipient.domain else ""
        return f"no confirmation mail is expected{where}"
    role = facts.directory.role(recipient.address)
    if role is None:
        return "the recipient is neither the catchall nor the bounce address"
    if message.report not in (None, BY_FORM):
        return "the message is a report by its MIME type"
    reason = f"confirmation mail is expected at the {role} address of {domain.name}"
    return _held(message, recipient, facts, "verification", reason)


def _held(message: Incoming, recipient: Recipient, facts: Facts, rule: str, reason: str) -> Verdict:
    place = at_recipient(message, facts, recipient.address)
    return Verdict(
        "held",
        rule,
        reason,
        message_id=place.message_id,
        key=recipient.address,
        held=(rule, reason),
        flags=place.flags,
    )
