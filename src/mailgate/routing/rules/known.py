"""Rules about what was here before: duplicate, own."""

from __future__ import annotations

from mailgate.mail.automatic import AUTOMATIC, BY_FORM
from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts
from mailgate.routing.place import Place, at_recipient
from mailgate.routing.verdict import NOBODY, Recipient, Verdict


def duplicate(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Answer for a message that was taken or held for this recipient already."""
    place = at_recipient(message, facts, recipient.address or NOBODY)
    whom = f" for {recipient.address}" if recipient.address else ""
    if not place.repeat and place.reused:
        return f"another message has {message.message_id}; this one is known by a made id"
    if not place.repeat:
        return f"{message.message_id} was not handled{whom} before"
    return repeated(message, place, f"was handled{whom} already")


def repeated(message: Incoming, place: Place, why: str, alias: int | None = None) -> Verdict:
    """Return the verdict for a repeat; ``why`` completes the sentence about the message.

    ``alias`` is the id of the alias that led to where it is already.
    """
    reason = f"{message.message_id} {why}"
    if place.differs:
        reason += ", with other content"
    used = () if alias is None else (alias,)
    return Verdict("duplicate", "duplicate", reason, flags=place.flags, used=used)


def own(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Ignore what this installation sent itself."""
    for identifier in (message.message_id, message.ours):
        if identifier and facts.sent_by_us(identifier):
            return Verdict("ignored", "own", f"{identifier} was sent from here")
    answered = next((i for i in message.references if _is_notice(facts, i)), None)
    if (
        answered is not None
        and message.report in (None, BY_FORM)
        and (message.kind in AUTOMATIC or message.null_sender or _is_special(recipient, facts))
    ):
        return Verdict("ignored", "own", f"it answers our notice {answered}")
    return "it was not sent from here"


def _is_notice(facts: Facts, identifier: str) -> bool:
    return any(known.outgoing and not known.record for known in facts.known.get(identifier, ()))


def _is_special(recipient: Recipient, facts: Facts) -> bool:
    """Tell whether a recipient is a bounce or catchall address, which no person writes to."""
    return recipient.valid and facts.directory.role(recipient.address) is not None
