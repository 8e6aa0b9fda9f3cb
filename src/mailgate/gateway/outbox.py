"""A letter in the outbox: what is in it, and what a person makes of it."""

from __future__ import annotations

from mailgate.entities.letter import Letter
from mailgate.errors import MailgateError
from mailgate.gateway import holder
from mailgate.gateway.letters import BytesGoneError, letter_chunks
from mailgate.mail.header import header_end
from mailgate.mail.message import read
from mailgate.mail.words import decode
from mailgate.store import outbox
from mailgate.store.change import Change
from mailgate.store.driver import Connection


def content(connection: Connection, number: int) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return (name, value) of each header field of a letter, decoded, and its text.

    Both are empty where the bytes are no longer kept.
    """
    try:
        beginning = next(letter_chunks(connection, number), b"")
    except BytesGoneError:
        return (), ""
    text = read(letter_chunks(connection, number)).body_text
    return _fields(beginning[: header_end(beginning)[0]]), text


def retry(change: Change, number: int) -> Letter:
    """Make a letter that is not sent due now; raises MailgateError."""
    old = _resting(change, number)
    outbox.retry(change.connection, number)
    return _noted(change, "retry", old)


def cancel(change: Change, number: int) -> Letter:
    """Let a letter not be sent; raises MailgateError."""
    old = _resting(change, number)
    if old.status == "cancelled":
        raise MailgateError(f"letter {number} is cancelled already")
    outbox.cancel(change.connection, number)
    return _noted(change, "cancel", old)


def _resting(change: Change, number: int) -> Letter:
    """Return a letter that was not sent, and that nobody sends at the moment."""
    letter = outbox.get(change.connection, number)
    if letter.status == "sent":
        raise MailgateError(f"letter {number} was sent: nothing can be changed about it")
    name = outbox.held(change.connection, number, change.at)
    if name is not None and not holder.is_dead(name):
        raise MailgateError(f"letter {number} is being sent at the moment: look again in a while")
    return letter


def _noted(change: Change, action: str, old: Letter) -> Letter:
    new = outbox.get(change.connection, old.id)
    change.note(action, f"outbox {old.id}", old, new)
    return new


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
