"""What a mailbox on a server looks like to the gateway, IMAP and POP3 alike.

``imap.connect`` and ``pop3.connect`` take ``Settings`` and return a ``Mailbox`` that is logged in.
A message has a key: IMAP's UID, POP3's message number. The mailbox decides nothing about which
messages are read next time; it says what is there, hands over, and marks what it is told to mark.

    with imap.connect(settings) as box:
        for batch in box.messages(box.search(unseen=True, first=9)):
            ...                                # commit
            box.mark([letter.key for letter in batch])
        box.finish()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple, Protocol, Self

from mailgate.channels.keys import Keys
from mailgate.errors import ConfigurationError, TemporaryError

Security = Literal["tls", "starttls", "plain"]
Mechanism = Literal["password", "xoauth2", "oauthbearer"]

OVERSIZE = "oversize"
ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach a mailbox, and what to do with its messages.

    ``secret`` returns the password, or the OAuth access token; it is called once a connection,
    after TLS has been established. ``after`` is ``seen``, ``delete``, ``move:FOLDER`` or
    ``nothing``; POP3 knows ``delete`` and ``nothing``. A single read or write waits ``timeout``
    seconds, everything between connecting and closing together ``budget`` seconds. ``limit`` is
    the largest message in bytes.
    """

    host: str
    port: int
    user: str
    secret: Callable[[], str] = field(repr=False)
    security: Security = "tls"
    mechanism: Mechanism = "password"
    folder: str = "INBOX"
    after: str = "seen"
    timeout: float = 30.0
    budget: float = 600.0
    limit: int = 50_000_000


class Letter(NamedTuple):
    """A message as the server handed it over: ``data`` whole, or None and the ``problem``.

    ``oversize``: larger than the limit, nothing is kept of it. ``absent``: it was listed, but the
    server handed nothing over; it may be gone, or the server cannot read it now. ``size`` is in
    bytes, as announced where there is no data.
    """

    key: int
    size: int
    data: bytes | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What an IMAP server said of the folder when it was opened.

    ``uidvalidity`` is 0 where the server names none: then its UIDs mean nothing to a later run.
    ``uidnext`` is above every UID that was there; ``exists`` is a claim of the server.
    """

    folder: str
    uidvalidity: int
    uidnext: int
    exists: int


class MailboxError(TemporaryError):
    """The connection failed, or the server broke its protocol: the mailbox is closed.

    ``key`` is the message that was being handed over, where it is known.
    """

    def __init__(self, text: str, key: int | None = None) -> None:
        super().__init__(text)
        self.key = key


class LoginError(ConfigurationError):
    """The server does not accept user and secret."""


class MarkError(TemporaryError):
    """The server would not mark messages; the mailbox is still open."""


class Mailbox(Protocol):
    """A mailbox that is open. Any method may raise MailboxError; after that only ``close`` works.

    As a context manager it closes at the end, without ``finish``.
    """

    def messages(self, keys: Iterable[int], most: int = 400) -> Iterator[list[Letter]]:
        """Yield the messages with these keys, in their order, in batches.

        A batch has at most ``most`` messages and a few megabytes, or one larger message. Every key
        whose message still exists is yielded once. The next batch is asked for while the caller
        works on one; ``mark`` may be called in between.
        """

    def beginning(self, key: int, size: int = 65536) -> bytes:
        """Return at most ``size`` bytes from the beginning of a message, or what there is."""

    def mark(self, keys: Sequence[int]) -> None:
        """Do with the messages what the settings' ``after`` says. Raises MarkError."""

    def finish(self) -> None:
        """End in order. POP3 deletes now what was marked, and fails if the server does not."""

    def close(self) -> None:
        """Drop the connection; never raises. POP3 deletes nothing of what was marked."""

    def __enter__(self) -> Self:
        """Return itself."""

    def __exit__(self, *_: object) -> None:
        """Close."""


class Folder(Mailbox, Protocol):
    """A folder of an IMAP server."""

    state: State

    def expunge(self, keys: Sequence[int]) -> None:
        """Let go what an earlier connection marked as deleted of these. Raises MarkError."""

    def search(
        self, *, unseen: bool = False, first: int | None = None, since: date | None = None
    ) -> Keys:
        """Return the UIDs of messages to which any of this applies, ascending.

        Not seen yet; a UID of ``first`` or above; arrived on the day ``since`` or later.
        """


class Maildrop(Mailbox, Protocol):
    """The maildrop of a POP3 server."""

    def listing(self) -> Listing:
        """Return what is there; asked for once."""


class Listing(Protocol):
    """The messages of a maildrop, held in arrays: numbers ascend, sizes are the server's claim."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __iter__(self) -> Iterator[tuple[int, str | None, int]]:
        """Yield number, unique id (None where the server gives none) and size in bytes."""
