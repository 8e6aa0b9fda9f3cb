"""Finding and opening a folder of an IMAP server, under the name a person would give it."""

from __future__ import annotations

from collections.abc import Iterator

from mailgate.channels import imap_names as names
from mailgate.channels import imap_reply as reply
from mailgate.channels.imap_reply import Part
from mailgate.channels.imap_session import Command, Session
from mailgate.channels.mailbox import MailboxError, State
from mailgate.channels.sasl import quoted
from mailgate.entities.nearest import unknown
from mailgate.errors import ConfigurationError, MailgateError

DOUBTFUL = 1 << 31
"""A next UID that no folder reaches: who believed it would never see a new message."""
MAX_FOLDERS = 10_000
"""Names that are looked at for one like the name that is missing."""


class _Opening:
    """What a server tells while it opens a folder."""

    def __init__(self) -> None:
        self.exists = 0
        self.uidvalidity = 0
        self.uidnext = 0

    def take(self, parts: list[Part]) -> None:
        if not isinstance(parts[0], bytes):
            return
        word, code, text = reply.status(parts[0][2:])
        if word == b"OK":
            value = reply.number(reply.code_value(code, b"UIDVALIDITY"))
            self.uidvalidity = value or self.uidvalidity
            self.uidnext = reply.number(reply.code_value(code, b"UIDNEXT")) or self.uidnext
        elif text.upper() == b"EXISTS":
            self.exists = reply.number(word) or 0


def select(session: Session, folder: str, *, read_only: bool) -> State:
    """Open a folder. Raises ConfigurationError, with the nearest name, where there is none."""
    verb = b"EXAMINE " if read_only else b"SELECT "
    for name in _spellings(session, folder):
        opening = _Opening()
        command = session.do(verb + written(session, name), opening.take)
        if command.status == b"OK":
            uidnext = opening.uidnext
            if not 0 < uidnext < DOUBTFUL:
                uidnext = _greatest(session) + 1
            return State(name, opening.uidvalidity, uidnext, opening.exists)
    raise _missing(session, folder, command)


def existing(session: Session, folder: str) -> str:
    """Return the name by which the server knows a folder, which is not opened."""
    for name in _spellings(session, folder):
        command = session.do(b"STATUS " + written(session, name) + b" (UIDNEXT)")
        if command.status == b"OK":
            return name
    raise _missing(session, folder, command)


def written(session: Session, folder: str) -> bytes:
    """Return a folder's name as it is sent."""
    return names.quote(folder if session.capable(b"UTF8=ONLY") else names.encode(folder))


def _spellings(session: Session, folder: str) -> Iterator[str]:
    """Yield the name as given; then, asked for more, as it may be in the user's namespace."""
    yield folder
    if not session.capable(b"NAMESPACE"):
        return
    told: list[bytes] = []

    def take(parts: list[Part]) -> None:
        if isinstance(parts[0], bytes) and parts[0][:12].upper() == b"* NAMESPACE ":
            told.extend(word for word in reply.tokens(parts) if isinstance(word, bytes))

    session.do(b"NAMESPACE", take)
    if len(told) < 4 or told[2].upper() == b"NIL":
        return
    prefix, separator = names.decode(told[2]), names.decode(told[3])
    local = folder.replace("/", separator) if len(separator) == 1 else folder
    yield from dict.fromkeys(name for name in (local, prefix + local) if name != folder)


def _greatest(session: Session) -> int:
    """Return the greatest UID there is, for a server that does not say what the next will be."""
    seen = [0]
    session.do(b"UID FETCH * (UID)", lambda parts: seen.append(reply.fetched(parts).uid))
    return max(seen)


def _missing(session: Session, folder: str, refusal: Command) -> MailgateError:
    """Return why a folder cannot be opened: it is not there, or the server does not let us."""
    known = _folders(session)
    name = session.stream.name
    if folder in known or folder.upper() == "INBOX":
        return MailboxError(f"{name}: folder {folder} cannot be opened: {quoted(refusal.text)}")
    missing = unknown("folder", folder, known, "a mail program")
    return ConfigurationError(f"{name}: {missing}")


def _folders(session: Session) -> list[str]:
    found: list[str] = []

    def take(parts: list[Part]) -> None:
        listed = isinstance(parts[0], bytes) and parts[0][:7].upper() == b"* LIST "
        if not listed or len(found) == MAX_FOLDERS:
            return
        words = [word for word in reply.tokens(parts) if isinstance(word, bytes)]
        if rb"\NOSELECT" not in map(bytes.upper, words[:-1]):
            found.append(names.decode(words[-1]))

    session.do(b'LIST "" "*"', take)
    return found
