"""A mailbox in a file, in place of one on a server: the interface of channels/mailbox.py, no more.

It outlives processes that are killed, as a server does. ``broken`` says what goes wrong.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from mailgate.channels.keys import Keys
from mailgate.channels.mailbox import (
    ABSENT,
    OVERSIZE,
    Letter,
    LoginError,
    Mailbox,
    MailboxError,
    MarkError,
    Settings,
    State,
)
from mailgate.entities.server import Server

BATCH = 10


@dataclass
class Broken:
    """What goes wrong: keys that break the connection or are not handed over, and more.

    ``keeps`` is a server that neither moves nor expunges: it copies, and marks as deleted.
    """

    connection: frozenset[int] = frozenset()
    absent: frozenset[int] = frozenset()
    marks: bool = False
    login: bool = False
    finish: bool = False
    keeps: bool = False
    before_mark: Callable[[], None] = field(default=lambda: None)


class Store:
    """The messages of one mailbox; ``protocol`` is what its server speaks."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(
            "CREATE TABLE IF NOT EXISTS mail (uid INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB,"
            " seen INTEGER DEFAULT 0, deleted INTEGER DEFAULT 0, day TEXT DEFAULT '2026-11-22',"
            " folder TEXT DEFAULT 'INBOX', name TEXT);"
            "CREATE TABLE IF NOT EXISTS said (uidvalidity INTEGER);"
        )
        if not self.rows("SELECT * FROM said"):
            self.rows("INSERT INTO said VALUES (7)")
        self.broken = Broken()
        self.loaded: list[int] = []
        """Keys of which bodies were handed over."""

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Run a statement."""
        return self._connection.execute(statement, values).fetchall()

    def add(self, data: bytes, *, seen: bool = False, day: str = "2026-11-22") -> int:
        """Let a message arrive and return its UID."""
        self.rows("INSERT INTO mail (data, seen, day) VALUES (?, ?, ?)", data, seen, day)
        ((uid,),) = self.rows("SELECT max(uid) FROM mail")
        assert isinstance(uid, int)
        return uid

    def read(self, uid: int) -> None:
        """Mark a message as read, as a person does."""
        self.rows("UPDATE mail SET seen = 1 WHERE uid = ?", uid)

    def renew(self) -> None:
        """Change UIDVALIDITY: every message has a new UID."""
        self.rows("UPDATE said SET uidvalidity = uidvalidity + 1")

    def unseen(self) -> list[int]:
        """Return the UIDs of what is in the inbox, unread."""
        return self.uids("seen = 0")

    def uids(self, condition: str = "1") -> list[int]:
        """Return the UIDs of what is in the inbox."""
        return [
            uid
            for (uid,) in self.rows(
                "SELECT uid FROM mail WHERE folder = 'INBOX' AND deleted = 0"
                f" AND {condition} ORDER BY uid"
            )
            if isinstance(uid, int)
        ]

    def connect(self, server: Server, wanted: Settings) -> Mailbox:
        """Open it as ``opening.connect`` does."""
        if self.broken.login:
            raise LoginError("twin: user and password are not accepted")
        wanted.secret()
        return Folder(self, wanted) if server.protocol == "imap" else Maildrop(self, wanted)


class Twin:
    """What IMAP and POP3 share."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings

    def _key_of(self, key: int) -> int:
        return key

    def messages(self, keys: Iterable[int], most: int = 200) -> Iterator[list[Letter]]:
        """Hand over in batches, as much as there was before it broke."""
        batch: list[Letter] = []
        for key in keys:
            letter = self._letter(key, batch)
            if letter is not None:
                batch.append(letter)
            if len(batch) == min(BATCH, most):
                yield batch
                batch = []
        if batch:
            yield batch

    def _letter(self, key: int, batch: list[Letter]) -> Letter | None:
        uid = self._key_of(key)
        if uid in self.store.broken.connection:
            raise MailboxError("twin: the connection broke", key)
        rows = self.store.rows("SELECT data FROM mail WHERE uid = ? AND folder = 'INBOX'", uid)
        if uid in self.store.broken.absent:
            return Letter(key, 0, problem=ABSENT)
        if not rows:
            return None
        data = rows[0][0]
        assert isinstance(data, bytes)
        if len(data) > self.settings.limit:
            return Letter(key, len(data), problem=OVERSIZE)
        self.store.loaded.append(uid)
        return Letter(key, len(data), data)

    def beginning(self, key: int, size: int = 65536) -> bytes:
        """Return the beginning of a message."""
        ((data,),) = self.store.rows("SELECT data FROM mail WHERE uid = ?", self._key_of(key))
        assert isinstance(data, bytes)
        return data[:size]

    def close(self) -> None:
        """Drop the connection."""

    def __exit__(self, *_: object) -> None:
        self.close()


class Folder(Twin):
    """An IMAP folder."""

    def __init__(self, store: Store, settings: Settings) -> None:
        super().__init__(store, settings)
        ((validity,),) = store.rows("SELECT uidvalidity FROM said")
        ((last,),) = store.rows("SELECT coalesce(max(seq), 0) FROM sqlite_sequence")
        assert isinstance(validity, int)
        assert isinstance(last, int)
        self.state = State(settings.folder, validity, last + 1, len(store.uids()))

    def __enter__(self) -> Folder:
        return self

    def search(
        self, *, unseen: bool = False, first: int | None = None, since: date | None = None
    ) -> Keys:
        """Search as IMAP does."""
        found: set[int] = set()
        if unseen:
            found |= set(self.store.uids("seen = 0"))
        if first is not None:
            found |= set(self.store.uids(f"uid >= {first:d}"))
        if since is not None:
            found |= set(self.store.uids(f"day >= '{since.isoformat()}'"))
        return Keys(found)

    def mark(self, keys: Sequence[int]) -> None:
        """Mark at once."""
        self.store.broken.before_mark()
        if self.store.broken.marks:
            raise MarkError("twin: the folder is read-only")
        word, _, folder = self.settings.after.partition(":")
        change = {
            "seen": "UPDATE mail SET seen = 1 WHERE uid = ?",
            "delete": "DELETE FROM mail WHERE uid = ?",
            "move": f"UPDATE mail SET folder = '{folder}' WHERE uid = ?",
        }[word]
        if self.store.broken.keeps:
            change = "UPDATE mail SET deleted = 1 WHERE uid = ?"
            for key in keys if word == "move" else ():
                copied = f"SELECT data, '{folder}' FROM mail WHERE uid = ?"
                self.store.rows(f"INSERT INTO mail (data, folder) {copied}", key)
        for key in keys:
            self.store.rows(change, key)

    def expunge(self, keys: Sequence[int]) -> None:
        """Do nothing: what is deleted here is gone."""

    def finish(self) -> None:
        """End in order."""


class Maildrop(Twin):
    """A POP3 maildrop: numbered anew in each session, deleted from when that ends in order."""

    def __init__(self, store: Store, settings: Settings) -> None:
        super().__init__(store, settings)
        self._uids = store.uids()
        self._marked: list[int] = []

    def __enter__(self) -> Maildrop:
        return self

    def _key_of(self, key: int) -> int:
        return self._uids[key - 1]

    def listing(self) -> list[tuple[int, str | None, int]]:
        """Return number, unique id and size."""
        statement = "SELECT uid, coalesce(name, 'id' || uid) FROM mail"
        names = {row[0]: str(row[1]) for row in self.store.rows(statement)}
        return [(number, names[uid] or None, 0) for number, uid in enumerate(self._uids, start=1)]

    def mark(self, keys: Sequence[int]) -> None:
        """Remember what is to be deleted."""
        self.store.broken.before_mark()
        self._marked += keys

    def finish(self) -> None:
        """Delete what was marked."""
        self.store.broken.before_mark()
        if self.store.broken.finish:
            raise MailboxError("twin: the connection broke at QUIT")
        for key in self._marked:
            self.store.rows("DELETE FROM mail WHERE uid = ?", self._key_of(key))


def day(seconds: int) -> str:
    """Return the day of a time in seconds, as the store has it."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
