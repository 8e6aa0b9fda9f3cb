"""A letter in the outbox as it will be sent: its header fields and its text."""

from __future__ import annotations

from mailgate.mail.header import header_end
from mailgate.mail.message import read
from mailgate.mail.words import decode
from mailgate.store import originals, outbox
from mailgate.store.driver import Connection


def content(connection: Connection, number: int) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return (name, value) of each header field of a letter, decoded, and its text.

    Both are empty where the bytes are no longer kept.
    """
    data = b"".join(originals.chunks(connection, outbox.digest(connection, number)))
    return _fields(data[: header_end(data)[0]]), read([data]).body_text


def _fields(head: bytes) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, bytes]] = []
    for line in head.split(b"\n"):
        if line[:1] in (b" ", b"\t") and found:
            name, value = found.pop()
            found.append((name, value + line))
        elif b":" in line:
            before, _, after = line.partition(b":")
            found.append((decode(before), after))
    return tuple((name, decode(value.strip())) for name, value in found)
