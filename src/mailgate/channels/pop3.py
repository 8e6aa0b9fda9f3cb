"""POP3: a maildrop on a server, its messages by number (RFC 1939).

Numbers are of this connection only; what is remembered of a message is its unique id. The server
deletes at the end, when ``finish`` is called, and only then.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence

from mailgate.channels.batches import Batch, batches
from mailgate.channels.imap_reply import number
from mailgate.channels.mailbox import (
    ABSENT,
    OVERSIZE,
    Letter,
    MailboxError,
    Maildrop,
    MarkError,
    Settings,
)
from mailgate.channels.pop3_session import Answer, Pop3Session, Reader
from mailgate.channels.sasl import quoted
from mailgate.errors import ConfigurationError

WINDOW = 500
"""Commands that are sent before their answers are read."""
MAX_ID = 200
"""Bytes of a unique id; RFC 1939 allows 70."""
TOP_LINES = 100


def connect(settings: Settings) -> Maildrop:
    """Log in. Raises LoginError, ConfigurationError, MailboxError."""
    if settings.after not in ("delete", "nothing"):
        raise ConfigurationError(f"after {settings.after}: POP3 knows delete and nothing")
    return Pop3Maildrop(Pop3Session(settings), settings)


class Pop3Listing:
    """The messages of a maildrop in arrays: number, unique id, size."""

    def __init__(self) -> None:
        self._numbers = array("I")
        self._sizes = array("Q")
        self._ids = bytearray()
        self._starts = array("Q")
        self._lengths = array("B")

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[tuple[int, str | None, int]]:
        for index, message in enumerate(self._numbers):
            yield message, self._id(index), self._sizes[index]

    def size(self, message: int) -> int | None:
        """Return the size the server claims for a message, None where there is no such message."""
        index = self._index(message)
        return None if index is None else self._sizes[index]

    def read_sizes(self, lines: Iterable[bytes]) -> None:
        """Take LIST's lines, in any order. Raises ValueError for nonsense."""
        ascends = True
        for line in lines:
            message, size = _two(line)
            if not size.isdigit() or len(size) > 18:
                raise ValueError("no size")
            ascends &= not self._numbers or message > self._numbers[-1]
            self._numbers.append(message)
            self._sizes.append(int(size))
        if not ascends:
            self._sort()
        self._starts.frombytes(bytes(8 * len(self)))
        self._lengths.frombytes(bytes(len(self)))

    def _sort(self) -> None:
        found = dict(zip(self._numbers, self._sizes, strict=True))
        if len(found) < len(self):
            raise ValueError("a number comes twice")
        self._numbers, self._sizes = array("I"), array("Q")
        for message in sorted(found):
            self._numbers.append(message)
            self._sizes.append(found[message])

    def read_ids(self, lines: Iterable[bytes]) -> None:
        """Take UIDL's lines; an id that is too long, or that two messages have, counts as none."""
        owners: dict[int, int] = {}
        for line in lines:
            message, name = _two(line)
            index = self._index(message)
            if index is None or not name or len(name) > MAX_ID:
                continue
            owner = owners.setdefault(hash(name), index)
            if owner != index:
                self._lengths[owner] = 0
                continue
            self._starts[index] = len(self._ids)
            self._lengths[index] = len(name)
            self._ids += name

    def _index(self, message: int) -> int | None:
        index = bisect_left(self._numbers, message)
        found = index < len(self) and self._numbers[index] == message
        return index if found else None

    def _id(self, index: int) -> str | None:
        start, length = self._starts[index], self._lengths[index]
        return self._ids[start : start + length].decode("latin-1") if length else None


class _Asked:
    """A batch that was asked for; where the server allows it, all at once and ahead of need."""

    def __init__(self, session: Pop3Session, batch: Batch, limit: int) -> None:
        self._session = session
        self._batch = batch
        self._limit = limit
        self._room = 2 * sum(size for _, size in batch if size <= limit) + limit
        self._answers: dict[int, Answer] = {}
        if session.pipelining:
            self._answers = self._ask([key for key, size in batch if size <= limit])

    def _ask(self, keys: Sequence[int]) -> dict[int, Answer]:
        commands = [b"RETR %d" % key for key in keys]
        return dict(zip(keys, self._session.send_all(commands, self._read), strict=True))

    def _read(self, answer: Answer) -> None:
        self._session.read_body(answer)
        self._room -= len(answer.body or b"")
        if self._room < 0:
            self._session.fail("it sends far more than it has announced")

    def letters(self) -> list[Letter]:
        """Wait for all of them and return them in the order in which they were asked for."""
        return [self._letter(key, size) for key, size in self._batch]

    def _letter(self, key: int, size: int) -> Letter:
        if size > self._limit:
            return Letter(key, size, None, OVERSIZE)
        answer = self._answers.pop(key, None) or self._ask([key])[key]
        try:
            self._session.wait(answer)
        except MailboxError as error:
            raise MailboxError(str(error), key) from None
        if not answer.good:
            return Letter(key, size, None, ABSENT)
        if answer.size > self._limit:
            return Letter(key, answer.size, None, OVERSIZE)
        return Letter(key, answer.size, answer.body)


class Pop3Maildrop:
    """The maildrop, open; other programs cannot open it meanwhile."""

    def __init__(self, session: Pop3Session, settings: Settings) -> None:
        """Take a session whose user is known."""
        self._session = session
        self._limit = settings.limit
        self._deleting = settings.after == "delete"
        self._marked = False
        self._listing: Pop3Listing | None = None

    def listing(self) -> Pop3Listing:
        """Return what is there; the server is asked once."""
        if self._listing is None:
            self._listing = listing = Pop3Listing()
            if not self._session.do(b"LIST", self._reader(listing.read_sizes)).good:
                self._session.fail("it does not list messages")
            self._session.do(b"UIDL", self._reader(listing.read_ids))
        return self._listing

    def _reader(self, take: Callable[[Iterable[bytes]], None]) -> Reader:
        def read(_: Answer) -> None:
            try:
                take(self._session.lines())
            except ValueError:
                self._session.fail("its list is nonsense")

        return read

    def messages(self, keys: Iterable[int], most: int = 400) -> Iterator[list[Letter]]:
        """Yield the messages with these numbers in batches; numbers nobody has are left out."""
        asked: _Asked | None = None
        for batch in batches(self._sizes(keys), most, self._limit):
            following = _Asked(self._session, batch, self._limit)
            if asked is not None:
                yield asked.letters()
            asked = following
        if asked is not None:
            yield asked.letters()

    def _sizes(self, keys: Iterable[int]) -> Iterator[tuple[int, int]]:
        listing = self.listing()
        for key in keys:
            size = listing.size(key)
            if size is not None:
                yield key, size

    def beginning(self, key: int, size: int = 65536) -> bytes:
        """Return the header and some lines, where the server has TOP; else nothing."""
        answer = self._session.do(b"TOP %d %d" % (key, TOP_LINES), self._reader_of(size))
        return (answer.body or b"")[:size]

    def _reader_of(self, size: int) -> Reader:
        return lambda answer: self._session.read_body(answer, size)

    def mark(self, keys: Sequence[int]) -> None:
        """Mark as deleted, where the settings say so; it is done when ``finish`` is called."""
        if not self._deleting or not keys:
            return
        self._marked = True
        window = WINDOW if self._session.pipelining else 1
        refused: list[Answer] = []
        for at in range(0, len(keys), window):
            commands = [b"DELE %d" % key for key in keys[at : at + window]]
            for answer in self._session.send_all(commands):
                refused += [] if self._session.wait(answer).good else [answer]
        if refused:
            name, text = self._session.stream.name, quoted(refused[0].text)
            raise MarkError(f"{name}: {len(refused)} messages cannot be deleted: {text}")

    def finish(self) -> None:
        """End in order: what was marked is deleted now, or MailboxError says that it was not."""
        try:
            answer = self._session.do(b"QUIT")
        except MailboxError:
            if self._marked:
                raise
        else:
            if self._marked and not answer.good:
                self._session.fail("it has not deleted all messages", answer.text)
        finally:
            self.close()

    def close(self) -> None:
        """Drop the connection; nothing is deleted."""
        self._session.stream.close()

    def __enter__(self) -> Pop3Maildrop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _two(line: bytes) -> tuple[int, bytes]:
    """Split a line of a listing into message number and the rest."""
    first, _, rest = line.strip().partition(b" ")
    message = number(first)
    if not message:
        raise ValueError("no message number")
    return message, rest.strip()
