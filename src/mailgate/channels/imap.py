"""IMAP: a folder on a server, its messages by UID (RFC 3501, RFC 9051, UIDPLUS, MOVE).

Nothing is marked by reading (``BODY.PEEK[]``), nothing expunged but by UID. The next messages are
asked for before the caller gets the last ones, so that the server works meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from mailgate.channels import imap_folder
from mailgate.channels import imap_reply as reply
from mailgate.channels.batches import Batch, batches
from mailgate.channels.imap_login import log_in
from mailgate.channels.imap_reply import Part, Unkept
from mailgate.channels.imap_session import Command, Session
from mailgate.channels.keys import GREATEST, Keys
from mailgate.channels.mailbox import (
    ABSENT,
    OVERSIZE,
    Folder,
    Letter,
    MailboxError,
    MarkError,
    Settings,
)
from mailgate.channels.sasl import quoted
from mailgate.errors import ConfigurationError

FIRST_WINDOW = 100
"""UIDs whose sizes are asked for first, so that the first messages can be."""
WINDOW = 500
"""UIDs of one command: even where none follows another, the line stays below 8 KB."""
MAX_MESSAGES = 10_000_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def connect(settings: Settings) -> Folder:
    """Log in and open the folder. Raises LoginError, ConfigurationError, MailboxError."""
    session = log_in(settings)
    try:
        return ImapFolder(session, settings)
    except BaseException:
        session.stream.close()
        raise


class _Sizes:
    """The sizes of one FETCH command, as they come in."""

    def __init__(self, session: Session, window: list[int]) -> None:
        self._session = session
        self._sizes = dict.fromkeys(window, -1)
        uids = Keys(window).text().encode()
        self._command = session.send(b"UID FETCH %s (UID RFC822.SIZE)" % uids, self._take)

    def _take(self, parts: list[Part]) -> None:
        found = reply.fetched(parts) if _is_fetch(parts) else None
        if found is not None and found.uid in self._sizes and found.size is not None:
            self._sizes[found.uid] = found.size

    def wait(self) -> dict[int, int]:
        """Wait for all of them; return them by UID, -1 where none was told."""
        status = self._session.wait(self._command).status
        if status != b"OK" and max(self._sizes.values()) < 0:
            self._session.fail("it does not say how large messages are", self._command.text)
        return self._sizes


class _Bodies:
    """The bodies of one FETCH command, as they come in."""

    def __init__(self, session: Session, batch: Batch, limit: int) -> None:
        self._session = session
        self._limit = limit
        self._batch = batch
        self._wanted = {uid for uid, size in batch if size <= limit}
        self._bodies: dict[int, bytes | Unkept] = {}
        self._room = 2 * sum(size for _, size in batch if size <= limit) + limit
        self._command: Command | None = None
        if self._wanted:
            uids = Keys(self._wanted).text().encode()
            self._command = session.send(b"UID FETCH %s (UID BODY.PEEK[])" % uids, self._take)

    def _take(self, parts: list[Part]) -> None:
        if not _is_fetch(parts):
            return
        found = reply.fetched(parts)
        if found.body is None or found.uid not in self._wanted or found.uid in self._bodies:
            return
        self._bodies[found.uid] = found.body
        self._room -= len(found.body) if isinstance(found.body, bytes) else 0
        if self._room < 0:
            self._session.fail("it sends far more than it has announced")

    def letters(self) -> list[Letter]:
        """Wait for all of them and return them in the order in which they were asked for."""
        if self._command is not None:
            try:
                self._session.wait(self._command)
            except MailboxError as error:
                missing = (uid for uid, _ in self._batch if uid not in self._bodies)
                raise MailboxError(str(error), next(missing, None)) from None
            if self._command.status == b"BAD":
                self._session.fail("it does not hand over messages", self._command.text)
        return [self._letter(uid, size) for uid, size in self._batch]

    def _letter(self, uid: int, size: int) -> Letter:
        body = self._bodies.pop(uid, None)
        if isinstance(body, bytes) and len(body) <= self._limit:
            return Letter(uid, len(body), body)
        if body is not None:
            size = len(body) if isinstance(body, bytes) else body.size
        problem = OVERSIZE if size > self._limit else ABSENT
        return Letter(uid, size, None, problem)


class ImapFolder:
    """The folder that the settings name, open; ``state`` is as it was when it was opened."""

    def __init__(self, session: Session, settings: Settings) -> None:
        """Open it; it is opened read-only where nothing will be marked."""
        self._session = session
        self._limit = settings.limit
        self._after = settings.after
        self._target = b""
        if session.capable(b"UTF8=ONLY"):
            session.do(b"ENABLE UTF8=ACCEPT")
        if session.capable(b"ID"):
            session.do(b'ID ("name" "mailgate")')
        action, _, folder = settings.after.partition(":")
        if action == "move":
            name = imap_folder.existing(session, folder)
            self._target = imap_folder.written(session, name)
        elif action not in ("seen", "delete", "nothing"):
            raise ConfigurationError(
                f"{settings.after}: after is seen, delete, move:FOLDER, nothing"
            )
        self.state = imap_folder.select(session, settings.folder, read_only=action == "nothing")

    def search(
        self, *, unseen: bool = False, first: int | None = None, since: date | None = None
    ) -> Keys:
        """Return the UIDs of messages, not deleted, to which any of this applies."""
        ranges: list[tuple[int, int]] = []
        if unseen:
            ranges += self._search(b"UNSEEN").ranges()
        if since is not None:
            day = f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year:04}"
            ranges += self._search(day.encode()).ranges()
        # n:* means the last message too, if n is above it
        if first is not None and first <= GREATEST:
            ranges += self._search(b"UID %d:*" % first).at_least(first).ranges()
        keys = Keys.of_ranges(ranges)
        if len(keys) > MAX_MESSAGES:
            self._session.fail(f"it says that {len(keys)} messages are to be read")
        return keys

    def _search(self, criterion: bytes) -> Keys:
        found: list[tuple[int, int]] = []

        def take(parts: list[Part]) -> None:
            line = parts[0]
            if isinstance(line, bytes) and line[:9].upper() in (b"* SEARCH ", b"* ESEARCH"):
                found.extend(reply.searched(line).ranges())

        returned = b"RETURN (ALL) " if self._session.capable(b"ESEARCH") else b""
        command = self._session.do(b"UID SEARCH %sUNDELETED %s" % (returned, criterion), take)
        if command.status != b"OK":
            self._session.fail("it does not search", command.text)
        return Keys.of_ranges(found)

    def messages(self, keys: Iterable[int], most: int = 400) -> Iterator[list[Letter]]:
        """Yield the messages with these UIDs in batches; those that are gone are left out."""
        asked: _Bodies | None = None
        for batch in batches(self._sizes(keys), most, self._limit):
            bodies = _Bodies(self._session, batch, self._limit)
            if asked is not None:
                yield asked.letters()
            asked = bodies
        if asked is not None:
            yield asked.letters()

    def _sizes(self, keys: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Yield UID and size; those of the next window are asked for before they are needed."""
        asked: _Sizes | None = None
        remaining = iter(keys)
        count = FIRST_WINDOW
        while window := list(islice(remaining, count)):
            following = _Sizes(self._session, window)
            if asked is not None:
                yield from self._present(asked.wait())
            asked, count = following, WINDOW
        if asked is not None:
            yield from self._present(asked.wait())

    def _present(self, sizes: dict[int, int]) -> Iterator[tuple[int, int]]:
        """Yield what is still there; 0 is the size of what is, and has none that is told."""
        untold = [uid for uid, size in sizes.items() if size < 0]
        if untold:
            there = self._search(b"UID " + Keys(untold).text().encode())
            sizes.update(dict.fromkeys(there.among(untold), 0))
        yield from ((uid, size) for uid, size in sizes.items() if size >= 0)

    def beginning(self, key: int, size: int = 65536) -> bytes:
        """Return the beginning of a message, without marking it; empty where it is gone.

        It is no longer than a whole message may be.
        """
        found: list[bytes] = []
        size = min(size, self._limit)

        def take(parts: list[Part]) -> None:
            item = reply.fetched(parts) if _is_fetch(parts) else None
            if item is not None and item.uid == key and isinstance(item.body, bytes):
                found.append(item.body[:size])

        self._session.do(b"UID FETCH %d (UID BODY.PEEK[]<0.%d>)" % (key, size), take)
        return found[0] if found else b""

    def mark(self, keys: Sequence[int]) -> None:
        """Set seen, delete, or move, as the settings say; what cannot be raises MarkError."""
        remaining = iter(keys)
        while window := list(islice(remaining, WINDOW)):
            uids = Keys(window).text().encode()
            if self._after == "seen":
                self._all(self._session.send(rb"UID STORE %s +FLAGS.SILENT (\Seen)" % uids))
            elif self._after == "delete":
                self._delete(uids)
            elif self._target and self._session.capable(b"MOVE"):
                self._all(self._session.send(b"UID MOVE %s %s" % (uids, self._target)))
            elif self._target:
                self._all(self._session.send(b"UID COPY %s %s" % (uids, self._target)))
                self._delete(uids)

    def expunge(self, keys: Sequence[int]) -> None:
        """Expunge what is marked as deleted of these messages, where that can be done by UID."""
        if self._after == "seen" or not self._session.capable(b"UIDPLUS"):
            return
        remaining = iter(keys)
        while window := list(islice(remaining, WINDOW)):
            uids = Keys(window).text().encode()
            self._all(self._session.send(b"UID EXPUNGE " + uids))

    def _delete(self, uids: bytes) -> None:
        """Expunge by UID; a server without UIDPLUS would expunge what others have marked too."""
        expunge = self._session.capable(b"UIDPLUS")
        mark = rb"UID STORE %s +FLAGS.SILENT (\Deleted)" % uids
        commands = [self._session.send(mark, more=expunge)]
        if expunge:
            commands.append(self._session.send(b"UID EXPUNGE " + uids))
        self._all(*commands)

    def _all(self, *commands: Command) -> None:
        for command in [self._session.wait(command) for command in commands]:
            if command.status != b"OK":
                text = quoted(command.text)
                raise MarkError(f"{self._session.stream.name}: messages cannot be marked: {text}")

    def finish(self) -> None:
        """Say goodbye; a server that does not answer it has done all it was asked."""
        try:
            self._session.leave()
        except MailboxError:
            return
        finally:
            self.close()

    def close(self) -> None:
        """Drop the connection."""
        self._session.stream.close()

    def __enter__(self) -> ImapFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_fetch(parts: list[Part]) -> bool:
    """Return whether a response is ``* n FETCH``."""
    return isinstance(parts[0], bytes) and b" FETCH (" in parts[0][:22].upper()
