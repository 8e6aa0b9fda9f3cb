"""The rule for mail about mail: it never starts or continues a record."""

from __future__ import annotations

from mailgate.mail.automatic import BY_FORM, FEEDBACK
from mailgate.mail.incoming import Incoming
from mailgate.routing.directory import Alias
from mailgate.routing.facts import Facts
from mailgate.routing.place import at_recipient
from mailgate.routing.verdict import NO_ADDRESS, Recipient, Verdict


def report(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Answer for what reaches a bounce address, and for reports wherever they arrive."""
    if not recipient.valid:
        return NO_ADDRESS
    aliases = facts.directory.aliases_for(recipient.address)
    if facts.directory.role(recipient.address) == "bounce":
        reason = f"{recipient.address} is the bounce address of {recipient.domain}"
    elif not aliases and facts.directory.retired_kind(recipient.address) == "bounce":
        reason = f"{recipient.address} was the bounce address of {recipient.domain}"
    elif message.report is None:
        return "the message is no report, nor for a bounce address"
    elif _ordinary(message, facts, aliases):
        return "a feedback report about nothing we sent is ordinary mail to an alias"
    else:
        reason = f"the message is a report by its {_sign(message)} ({message.report})"
    place = at_recipient(message, facts, recipient.address)
    return Verdict(
        "report",
        "report",
        reason,
        message_id=place.message_id,
        key=recipient.address,
        flags=place.flags,
    )


def _ordinary(message: Incoming, facts: Facts, aliases: tuple[Alias, ...]) -> bool:
    """Tell whether this is a feedback report about nothing of ours, for an abuse desk."""
    if message.report != FEEDBACK or not aliases:
        return False
    ids = (*message.references, *message.returned)
    return not any(facts.sent_by_us(identifier) for identifier in ids)


def _sign(message: Incoming) -> str:
    return "form" if message.report == BY_FORM else "MIME type"
