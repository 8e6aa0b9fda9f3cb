"""As whom a record writes: its domain, the addresses that lead back to it, and their tokens."""

from __future__ import annotations

from mailgate.mail import compose, token
from mailgate.mail.address import split
from mailgate.mail.copy import plain_address, via
from mailgate.routing.facts import Parameters
from mailgate.store import outgoing, secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.store.driver import Connection

_LOCAL_PART = 64
"""Octets below which a local part with a token stays (RFC 5321 section 4.5.3.1.1)."""


class Letterhead:
    """As whom a record writes.

    ``domain`` names its domain, ``company`` whose that is, or nothing; ``address`` is where answers
    go, ``answer_to`` the same with a token that names the record, where parameters ask for one;
    ``place`` is (model, alias) of the record, ``name`` its name.
    """

    __slots__ = (
        "_bounce",
        "_delimiter",
        "_key",
        "_token",
        "address",
        "answer_to",
        "company",
        "domain",
        "name",
        "place",
        "record",
    )

    def __init__(
        self,
        record: tuple[int, str, tuple[int, int | None]],
        domain: tuple[str, str, str, str],
        address: str | None,
        limits: Parameters,
        key: bytes | None,
    ) -> None:
        self.record, self.name, self.place = record
        self.domain, catchall, bounce, self.company = domain
        self.address = address or f"{catchall}@{self.domain}"
        self._bounce = f"{bounce}@{self.domain}"
        self._delimiter = limits.delimiter
        self._key = key if limits.bounce_verp else None
        text = token.make(key, self.record) if key is not None and limits.reply_tokens else ""
        self.answer_to = _with_detail(self.address, text, self._delimiter)
        self._token = "" if self.answer_to == self.address else text

    def return_path(self, notification: int) -> str:
        """Return the envelope sender of the letter that belongs to a notification."""
        text = token.make_bounce(self._key, notification) if self._key is not None else ""
        return _with_detail(self._bounce, text, self._delimiter)

    def author(self, name: str, address: str, *, own: bool) -> str:
        """Return From: an author whose domain is our ``own``, else the author via the company."""
        if own and plain_address(address):
            return compose.mailbox("" if name == address else name, address)
        return via(name, self.company or self.domain, self.address)

    def remember(self, connection: Connection, message_id: str, message: int) -> None:
        """Remember an id that goes out, and the token, so that answers find the record."""
        outgoing.remember(connection, message_id, self.record, self.place, message)
        if self._token:
            outgoing.remember(connection, self._token, self.record, self.place, None)


class Post:
    """A message that goes out to one or more: what is the same in all its letters.

    ``message`` is the row it belongs to, ``about`` the id of the message it answers or repeats,
    ``at`` a time in seconds, ``notice`` says which acknowledgement it is.
    """

    __slots__ = ("about", "at", "digest", "message", "message_id", "notice", "subject")

    def __init__(
        self,
        message: int,
        message_id: str,
        subject: str,
        digest: bytes,
        at: int,
        *,
        about: str = "",
        notice: str | None = None,
    ) -> None:
        self.message = message
        self.message_id = message_id
        self.subject = subject
        self.digest = digest
        self.at = at
        self.about = about
        self.notice = notice


def letterhead(connection: Connection, limits: Parameters, record: int) -> Letterhead:
    """Return as whom a record writes; raises LookupError where there is no domain to write from."""
    row = outgoing.record(connection, record)
    domain = outgoing.domain(connection, row[2] if row else None)
    if row is None or domain is None:
        raise LookupError("there is no domain of ours to write from")
    model, alias, _, name = row
    keys: tuple[bytes, ...] = ()
    if limits.delimiter and (limits.reply_tokens or limits.bounce_verp):
        keys = secrets.token_keys(connection)
    return Letterhead(
        (record, name, (model, alias)),
        domain,
        outgoing.address(connection, record, alias),
        limits,
        keys[0] if keys else None,
    )


def queue(
    connection: Connection, paper: Letterhead, post: Post, recipient: str, head: bytes | None = None
) -> None:
    """Put a letter into the outbox, and note who is to get it.

    ``head`` takes the place of the header of the bytes that are kept.
    """
    number = outgoing.add_notification(connection, post.message, recipient, post.at)
    values = (
        post.notice,
        post.about,
        post.message_id,
        post.message,
        paper.return_path(number),
        recipient,
        post.subject,
        post.digest,
        post.at,
        head,
    )
    outgoing.add_letter(connection, number, values)


def _with_detail(address: str, detail: str, delimiter: str) -> str:
    """Return an address with a detail, as it is where that would be none or too long."""
    local_part, domain = split(address)
    if not detail or not delimiter or local_part[0] == '"' or delimiter in local_part[1:]:
        return address
    whole = f"{local_part}{delimiter}{detail}"
    return f"{whole}@{domain}" if len(whole.encode()) < _LOCAL_PART else address
