"""Rules about the message as a whole, whoever it is for: empty, oversize, loop."""

from __future__ import annotations

from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts
from mailgate.routing.verdict import Recipient, Verdict

MAX_HOPS = 50
"""Received fields of a message that is still going somewhere."""


def empty(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Reject what has no bytes, or no header field at all."""
    if message.header.fields:
        count = len(message.header.fields)
        return f"{count} header field" if count == 1 else f"{count} header fields"
    what = "the message has no header" if message.original.size else "the message is empty"
    return Verdict("rejected", "empty", what, status="5.6.0")


def oversize(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Reject what is larger than the parameter says, as it came in."""
    limit = facts.parameters.max_bytes
    if message.original.complete and message.original.size <= limit:
        return f"{message.original.size} bytes, {limit} allowed"
    return Verdict(
        "rejected", "oversize", f"the message is larger than {limit} bytes", status="5.3.4"
    )


def loop(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict | str:
    """Reject what went through too many hops."""
    hops = len(message.header.all("received"))
    if hops <= MAX_HOPS:
        return f"{hops} Received field{'' if hops == 1 else 's'}, {MAX_HOPS} allowed"
    return Verdict(
        "rejected", "loop", f"mail loop: {hops} Received fields, {MAX_HOPS} allowed", status="5.4.6"
    )
