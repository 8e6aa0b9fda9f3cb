"""An outbox with letters in it, and the in-memory twin of what sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Any
from zlib import compress

from gateway.house import NOW, House

from mailgate.channels.outgoing import (
    DEFERRED,
    FAILED,
    SENT,
    UNUSABLE,
    Channel,
    Parcel,
    Result,
)
from mailgate.gateway.flush import Flushed, flush

DATA = b"From: info@example.com\nSubject: Hello\n\nA letter.\n"
TAKEN = Result(SENT, "2.0.0", "250 2.0.0 taken")
LATER = Result(DEFERRED, "4.2.2", "452 4.2.2 mailbox full")
NEVER = Result(FAILED, "5.1.1", "550 5.1.1 no such user")
DOWN = Result(UNUSABLE, "4.4.1", "cannot connect to mail.example.com port 25: Connection refused")


class Twin:
    """A channel that keeps what it is handed; ``answer`` says what becomes of a parcel."""

    def __init__(self, answer: Callable[[Parcel], Result] = lambda parcel: TAKEN) -> None:
        self.answer = answer
        self.sent: list[Parcel] = []
        self.data: list[bytes] = []

    def send(self, parcels: Iterable[Parcel]) -> Iterator[tuple[Parcel, Result]]:
        for parcel in parcels:
            result = self.answer(parcel)
            if result.outcome == SENT:
                self.sent.append(parcel)
                self.data.append(b"".join(parcel.chunks()))
            yield parcel, result

    @property
    def recipients(self) -> list[str]:
        return [parcel.recipient for parcel in self.sent]


def keep(house: House, data: bytes) -> bytes:
    """Keep the bytes of a message and return their digest."""
    digest = blake2b(data, digest_size=32).digest()
    house.run(
        "INSERT INTO original VALUES (?, 0, ?) ON CONFLICT (digest, piece) DO NOTHING",
        digest,
        compress(data),
    )
    return digest


def queue(house: House, recipient: str, data: bytes = DATA, **columns: Any) -> int:
    """Put a letter into the outbox and return its id."""
    values = {
        "kind": "notice",
        "about": "",
        "message_id": f"<{recipient}>",
        "sender": "bounce@example.com",
        "recipient": recipient,
        "subject": "Hello",
        "digest": keep(house, data),
        "at": NOW,
        **columns,
    }
    marks = ", ".join("?" * len(values))
    house.run(f"INSERT INTO outbox ({', '.join(values)}) VALUES ({marks})", *values.values())
    return int(house.one("SELECT max(id) FROM outbox"))


def notify(house: House, recipient: str, **columns: Any) -> int:
    """Put a letter of a record's message into the outbox, with its notification."""
    if not house.rows("SELECT 1 FROM message"):
        house.deliver(DATA, "info@example.com")
    number = queue(house, recipient, kind="notification", message=1, **columns)
    house.run(
        "INSERT INTO notification (message, recipient, outbox, at) VALUES (1, ?, ?, ?)",
        recipient,
        number,
        NOW,
    )
    return number


def states(house: House) -> list[tuple[Any, ...]]:
    """Return (id, status, attempts) of every letter."""
    return house.rows("SELECT id, status, attempts FROM outbox ORDER BY id")


def send(
    house: House, channel: Channel | None = None, *, at: int = NOW, limit: int | None = None
) -> Flushed:
    """Flush the outbox through a channel, at a time that stands still."""
    return flush(house.gateway.database, channel or Twin(), limit, lambda: at)


def column(house: House, name: str, number: int = 1) -> object:
    """Return a column of a letter."""
    found: object = house.one(f"SELECT {name} FROM outbox WHERE id = ?", number)
    return found
