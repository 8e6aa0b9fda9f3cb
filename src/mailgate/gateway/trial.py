"""What would become of a letter to an alias, tried with one that nobody wrote."""

from __future__ import annotations

from mailgate.gateway.deliver import Gateway
from mailgate.gateway.explain import Explanation, explain
from mailgate.mail import compose
from mailgate.mail.envelope import Envelope
from mailgate.mail.original import Reader


def try_alias(gateway: Gateway, address: str, sender: str, at: int) -> Explanation:
    """Decide about a short letter of a person to that address; nothing changes."""
    fields = [
        ("From", sender),
        ("To", address),
        ("Subject", "Test"),
        ("Date", compose.date(at)),
        ("Message-ID", compose.message_id("test", "mailgate.invalid")),
    ]
    reader = Reader(gateway.limits.max_bytes)
    reader.feed(compose.header(fields) + b"This is a test.\n")
    return explain(gateway, reader.finish(), Envelope("pipe", sender, (address,)), at)
