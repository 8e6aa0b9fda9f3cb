"""Places with mailboxes in them: real servers and the twin, so that one suite is for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from gateway import twin
from system.courier import Courier
from system.dovecot import PASSWORD, Dovecot

from mailgate.channels import imap, pop3
from mailgate.channels.mailbox import Folder, Letter, Mailbox, Maildrop, Security, Settings


def letters(box: Mailbox, keys: Iterable[int], most: int = 200) -> list[Letter]:
    """Return all messages with these keys."""
    return [letter for batch in box.messages(keys, most) for letter in batch]


class Place(ABC):
    """A mailbox that can be looked at from outside, and its folder ``Done``."""

    imap_port = pop3_port = 0
    security: Security = "plain"
    user = "anyone"

    def settings(
        self, port: int, after: str, folder: str = "INBOX", limit: int = 10**7
    ) -> Settings:
        """Return how to log in."""
        return Settings(
            host="localhost",
            port=port,
            user=self.user,
            secret=lambda: PASSWORD,
            security=self.security,
            folder=folder,
            after=after,
            limit=limit,
        )

    def imap(self, after: str = "seen", limit: int = 10**7) -> Folder:
        """Open the inbox by IMAP."""
        return imap.connect(self.settings(self.imap_port, after, limit=limit))

    def pop3(self, after: str = "delete", limit: int = 10**7) -> Maildrop:
        """Open it by POP3."""
        return pop3.connect(self.settings(self.pop3_port, after, limit=limit))

    @abstractmethod
    def put(self, message: bytes, day: date | None = None) -> None:
        """Let a message, with CRLF, arrive; today or on another day, at noon."""

    @abstractmethod
    def left(self, folder: str = "") -> int:
        """Return how many messages are in the inbox, or in ``Done``."""

    @abstractmethod
    def unseen(self) -> int:
        """Return how many messages in the inbox are not marked as seen."""


def _noon(day: date | None) -> float:
    if day is None:
        return 0
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()


class AtDovecot(Place):
    """A user of a Dovecot."""

    def __init__(self, server: Dovecot, user: str, security: Security) -> None:
        self._server = server
        self.user = user
        self.security = security
        tls = security == "tls"
        self.imap_port = server.imaps if tls else server.imap
        self.pop3_port = server.pop3s if tls else server.pop3
        server.maildir(user)
        server.maildir(user, ".Done")

    def put(self, message: bytes, day: date | None = None) -> None:
        """Lay it into the Maildir."""
        self._server.put(self.user, [message.replace(b"\r\n", b"\n")], at=_noon(day))

    def left(self, folder: str = "") -> int:
        """Count files."""
        return len(self._server.files(self.user, folder and "." + folder))

    def unseen(self) -> int:
        """Look at the flags of files."""
        return sum("S" not in flags for flags in self._server.files(self.user).values())


class AtCourier(Place):
    """The one user of a Courier."""

    def __init__(self, server: Courier) -> None:
        self._server = server
        self.imap_port, self.pop3_port = server.imap, server.pop3
        server.files(".Done")

    def put(self, message: bytes, day: date | None = None) -> None:
        """Lay it into the Maildir."""
        self._server.put(message.replace(b"\r\n", b"\n"), at=_noon(day))

    def left(self, folder: str = "") -> int:
        """Count files."""
        return len(self._server.files(folder and "." + folder))

    def unseen(self) -> int:
        """Look at the flags of files."""
        return sum("S" not in flags for flags in self._server.files().values())


class AtTwin(Place):
    """The twin, which is no server: connecting opens a file."""

    def __init__(self, path: Path) -> None:
        self._store = twin.Store(path)

    def imap(self, after: str = "seen", limit: int = 10**7) -> Folder:
        """Open it."""
        return twin.Folder(self._store, self.settings(0, after, limit=limit))

    def pop3(self, after: str = "delete", limit: int = 10**7) -> Maildrop:
        """Open it."""
        return twin.Maildrop(self._store, self.settings(0, after, limit=limit))

    def put(self, message: bytes, day: date | None = None) -> None:
        """Add it."""
        self._store.add(message, day=(day or datetime.now(UTC).date()).isoformat())

    def left(self, folder: str = "") -> int:
        """Count rows."""
        return len(self._store.rows("SELECT 1 FROM mail WHERE folder = ?", folder or "INBOX"))

    def unseen(self) -> int:
        """Count rows."""
        return len(self._store.unseen())
