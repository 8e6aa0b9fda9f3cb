"""What a channel that sends mail is handed, and what it answers.

    for parcel, result in channel.send(parcels):
        ...                                     # note the result, durably

``send`` yields one result for each parcel, in their order. It may ask ``parcels`` for the next one
before it yields the result of the one before, to tell a server of its envelope; but it sends the
bytes of no parcel before it has been asked for the next result. So a process that dies leaves at
most one letter of which nobody knows whether it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from mailgate.errors import MailgateError, TemporaryError
from mailgate.mail.address import normalise

SENT = "sent"
FAILED = "failed"
DEFERRED = "deferred"
UNUSABLE = "unusable"
_PLAIN_ADDRESS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*")
"""What needs no closer look."""
TROUBLES = 3
"""So many letters in a row that meet with trouble, and nothing more is sent for now."""
MAX_TEXT = 500
"""Characters of a reply that are kept."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One letter to one recipient; ``key`` is the sender's own.

    ``sender`` is that of the envelope, ``""`` where it is null. Each call of ``chunks`` yields
    the bytes anew, with any line ends, in pieces of bounded size; it raises MailgateError where
    they cannot be read.
    """

    key: int
    sender: str
    recipient: str
    chunks: Callable[[], Iterable[bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a parcel.

    ``outcome`` is ``sent``; ``failed``, for good; ``deferred``, try it again later; or
    ``unusable``, nothing can be sent now, by no fault of the parcel. ``status`` is of RFC 3463;
    ``text`` one line, the reply of the server or what is wrong.
    """

    outcome: str
    status: str
    text: str


class Channel(Protocol):
    """A way for mail to leave this machine."""

    def send(self, parcels: Iterable[Parcel]) -> Iterator[tuple[Parcel, Result]]:
        """Send parcels, and yield each with what became of it."""


class Patience:
    """Tells the trouble of one letter from trouble that all letters would meet with."""

    def __init__(self) -> None:
        self._troubles = 0

    def judge(self, result: Result) -> Result:
        """Return a result; the first that are unusable as deferred, for the letter may be why."""
        if result.outcome != UNUSABLE:
            self._troubles = 0
            return result
        self._troubles += 1
        if self._troubles >= TROUBLES:
            return result
        return Result(DEFERRED, result.status, result.text)


def misaddressed(parcel: Parcel) -> Result | None:
    """Return what to say of an envelope that cannot be written into a line of a protocol."""
    if parcel.sender and not _writable(parcel.sender):
        return Result(FAILED, "5.1.7", f"{parcel.sender[:320]!a} is no address to send from")
    if not _writable(parcel.recipient):
        return Result(FAILED, "5.1.3", f"{parcel.recipient[:320]!a} is no address")
    return None


def _writable(address: str) -> bool:
    if _PLAIN_ADDRESS.fullmatch(address):
        return True
    bare = address.isprintable() and address.strip(" <>") == address
    return bare and "@" in address and normalise(address) is not None


def unreadable(error: MailgateError) -> Result:
    """Return what to say of a letter whose bytes cannot be read."""
    if isinstance(error, TemporaryError):
        return Result(DEFERRED, "4.3.0", one_line(str(error)))
    return Result(FAILED, "5.3.0", one_line(str(error)))


def one_line(text: str) -> str:
    """Return a text of others in one line of bounded length, with nothing that is not visible."""
    if len(text) <= MAX_TEXT and text.isprintable() and "  " not in text:
        return text.strip()
    shown = "".join(c if c.isprintable() else " " for c in text[: 4 * MAX_TEXT])
    return " ".join(shown.split())[:MAX_TEXT]
