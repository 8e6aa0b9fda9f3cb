"""Messages that were read, between two processes of ours: as plain values, which marshal writes.

The beginning of the body stays where it was read; nobody asks for it afterwards.

Pickle would need five times as long, since it asks every object how it wants to be written.
"""

from __future__ import annotations

from marshal import dumps, loads
from typing import Any

from mailgate.gateway.poison import Bytes
from mailgate.gateway.ready import Ready
from mailgate.mail.envelope import Envelope
from mailgate.mail.header import Header
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import Original

_PLAIN = tuple(sorted({*Incoming.__slots__} - {"original", "envelope", "header"}))
"""What a message holds that is plain already."""


def dump(ready: Ready) -> bytes:
    """Return a message as bytes, without its key and envelope."""
    data, message = ready.data, ready.message
    plain: list[Any] = [data.digest, data.pieces, data.size, ready.fault, ready.oversize]
    if message is not None:
        header = message.header
        plain += [header.fields, header.defects, header.size, message.original.content]
        plain += [getattr(message, name) for name in _PLAIN]
    return dumps(plain)


def load(dumped: bytes, key: object, envelope: Envelope) -> Ready:
    """Return the message that ``dump`` was given; only for bytes of a process of ours."""
    plain: list[Any] = loads(dumped)  # noqa: S302
    digest, pieces, size, fault, oversize, *rest = plain
    data = Bytes(digest, pieces, size)
    message = _message(data, rest, envelope, complete=not oversize) if rest else None
    return Ready(key, envelope, message, data, fault, oversize=oversize)


def _message(data: Bytes, rest: list[Any], envelope: Envelope, *, complete: bool) -> Incoming:
    fields, defects, length, content, *plain = rest
    original = Original.__new__(Original)
    original.size = data.size
    original.digest = data.digest
    original.pieces = data.pieces
    original.content = content
    original.complete = complete
    original.header = Header(fields, defects, length)
    message = Incoming.__new__(Incoming)
    message.original = original
    message.envelope = envelope
    message.header = original.header
    for name, value in zip(_PLAIN, plain, strict=True):
        setattr(message, name, value)
    return message
