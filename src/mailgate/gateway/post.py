"""Writing into a record: the message, who gets it, and its letters, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.entities import names
from mailgate.entities.defaults import DEFAULTS
from mailgate.entities.record import Message, Record
from mailgate.errors import MailgateError
from mailgate.gateway.asking import Asking
from mailgate.gateway.letterhead import Letterhead, Post, letterhead, queue
from mailgate.gateway.thread import Thread, behind, subject
from mailgate.gateway.unpack import Unpacked, keep
from mailgate.mail import compose, copy, parts
from mailgate.mail.address import split
from mailgate.mail.message import read
from mailgate.mail.original import Original, Reader
from mailgate.mail.proof import prove, prove_header
from mailgate.routing.facts import Parameters
from mailgate.store import contacts, intake, lookups, messages, outgoing, records
from mailgate.store.change import Change

MAX_SUBJECT = 1000
"""Characters of a subject that is given."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to write: addresses as given, ``sender`` None for the company."""

    text: str
    note: bool = False
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    sender: str | None = None
    subject: str | None = None
    files: tuple[parts.File, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """The message as it now is, who gets it, and pairs of who does not, and why."""

    message: Message
    receivers: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Addressed:
    """Who a message is for; ``names`` are those of contacts."""

    to: tuple[str, ...]
    cc: tuple[str, ...]
    followers: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    names: dict[str, str]

    @property
    def everybody(self) -> tuple[str, ...]:
        """Return each receiver once."""
        return (*self.to, *self.cc, *self.followers)


def post(change: Change, number: int, draft: Draft) -> Posted:
    """Write a message into a record and queue it for its receivers; a note has none.

    A closed record stays closed. Raises MailgateError, and then nothing has changed.
    """
    connection = change.connection
    record = records.get(connection, number)
    if not draft.text.strip():
        raise MailgateError("there is no text: write it on standard input")
    limits = Parameters(DEFAULTS | lookups.parameters(connection))
    try:
        paper = letterhead(connection, limits, number)
    except LookupError as error:
        raise MailgateError(f"{error}: mailgate domain add") from error
    author = _author(change, draft)
    addressed = _addressed(change, record, draft, author, limits)
    letter = _Letter(change, record, paper, draft, author, addressed)
    try:
        data = letter.whole()
    except ValueError as error:
        raise MailgateError(f"the message is not sent: {error}; please report it") from error
    if len(data) > limits.max_bytes:
        raise MailgateError(
            f"the message would have {len(data)} bytes, and mail.message.max.bytes allows"
            f" {limits.max_bytes}"
        )
    row, digest = _keep(change, record, letter, data)
    if not draft.note:
        _send(change, letter, row, digest)
    message = messages.get(connection, row)
    said = {"message": row, "kind": message.kind, "to": message.to, "cc": message.cc}
    change.note("post", f"record {number}", None, said | {"receivers": len(addressed.everybody)})
    return Posted(message, addressed.everybody, addressed.left_out)


def _author(change: Change, draft: Draft) -> tuple[str, str] | None:
    """Return (name, address) of who writes, None for the company; raises MailgateError."""
    if draft.sender is None:
        return None
    connection = change.connection
    address = names.address(draft.sender, lookups.first_domain(connection))
    contact = contacts.find(connection, address)
    internal = contact is not None and contact.internal
    if not internal and not outgoing.is_domain(connection, split(address)[1]):
        raise MailgateError(
            f"{address} cannot write from here: it is at no domain of ours and no internal"
            f" contact; mailgate contact add {address} --internal makes it one"
        )
    return contact.name if contact is not None else "", address


def _addressed(
    change: Change,
    record: Record,
    draft: Draft,
    author: tuple[str, str] | None,
    limits: Parameters,
) -> _Addressed:
    """Return who gets a message; nobody gets a note."""
    connection = change.connection
    if draft.note:
        if draft.to or draft.cc:
            raise MailgateError("a note stays inside: it cannot be addressed to anybody")
        return _Addressed((), (), (), (), {})
    default = lookups.first_domain(connection)
    to = dict.fromkeys(_address(text, default) for text in draft.to)
    cc = dict.fromkeys(_address(text, default) for text in draft.cc)
    followers = [a for a in record.followers if author is None or a != author[1]]
    everybody = list(dict.fromkeys((*to, *cc, *followers)))
    known = outgoing.contacts(connection, everybody)
    left_out = _left_out(Asking(connection, limits), everybody, known, author)
    wanted = [address for address in everybody if address not in left_out]
    return _Addressed(
        tuple(address for address in wanted if address in to),
        tuple(address for address in wanted if address in cc and address not in to),
        tuple(address for address in wanted if address not in to and address not in cc),
        tuple(left_out.items()),
        {address: name for address, (_, _, name) in known.items()},
    )


def _address(text: str, default_domain: str | None) -> str:
    address = names.address(text, default_domain)
    if len(address.encode()) > copy.MAX_ADDRESS:
        raise MailgateError(f"{text[:80]}… is longer than an address can be")
    return address


def _left_out(
    asking: Asking,
    addresses: list[str],
    known: dict[str, tuple[bool, bool, str]],
    author: tuple[str, str] | None,
) -> dict[str, str]:
    """Return who gets nothing, and why."""
    for address in addresses:
        asking.address(address)
    directory, found = asking.directory(), {}
    for address in addresses:
        if directory.receives(address):
            found[address] = "it is one of our addresses"
        elif author is not None and address == author[1]:
            found[address] = "it is who writes"
        elif address in known and known[address][1]:
            found[address] = (
                "it is suppressed, since mail to it failed; mailgate contact set"
                f" {address} --no-suppressed ends that"
            )
    return found


class _Letter:
    """A message that is being written: one body, and a header for each who gets it."""

    def __init__(
        self,
        change: Change,
        record: Record,
        paper: Letterhead,
        draft: Draft,
        author: tuple[str, str] | None,
        addressed: _Addressed,
    ) -> None:
        connection = change.connection
        self.at = change.at
        self.paper = paper
        self.draft = draft
        self.addressed = addressed
        self.text = draft.text.replace("\r\n", "\n").replace("\r", "\n")
        self.message_id = compose.message_id("note" if draft.note else "post", paper.domain)
        given = " ".join(compose.clean(draft.subject or "").split())
        self.subject = given[:MAX_SUBJECT] or subject(connection, record.id, record.name)
        self.thread = Thread(()) if draft.note else behind(connection, record.id, None)
        if author is None:
            self.sender = paper.address
            self._from = compose.mailbox(paper.company, paper.address)
        else:
            name, self.sender = author
            own = outgoing.is_domain(connection, split(self.sender)[1])
            self._from = paper.author(name or self.sender, self.sender, own=own)
        self._mime, self._body = parts.body(self.text, draft.files)
        self._to, self._cc = self._list(addressed.to), self._list(addressed.cc)
        self._hidden = frozenset(addressed.followers)

    def whole(self) -> bytes:
        """Return the message as it is kept; raises MailgateError where it is not as it seems."""
        fields = self._fields(self._to, self._cc)
        data = compose.header(fields) + self._body
        prove(data, fields, self.text, self.draft.files)
        return data

    def head(self, recipient: str) -> bytes | None:
        """Return the header for a receiver, None where it is the one of the whole.

        Who merely follows the record is shown to nobody, and gets a copy to himself.
        """
        if recipient not in self._hidden:
            return None
        to = self._list((recipient,))
        if (to, "") == (self._to, self._cc):
            return None
        fields = self._fields(to, "")
        head = compose.header(fields)
        prove_header(head, fields)
        return head

    def _list(self, addresses: tuple[str, ...]) -> str:
        return compose.mailboxes((self.addressed.names.get(a, ""), a) for a in addresses)

    def _fields(self, to: str, cc: str) -> list[tuple[str, str]]:
        inside = self.draft.note
        return [
            ("From", self._from),
            ("To", to),
            ("Cc", cc),
            ("Reply-To", "" if inside else self.paper.answer_to),
            ("Subject", copy.subject(self.subject)),
            ("Date", compose.date(self.at)),
            ("Message-ID", self.message_id),
            *self.thread.fields(),
            ("X-Mailgate-Message-ID", "" if inside else self.message_id),
            *self._mime,
        ]


def _keep(change: Change, record: Record, letter: _Letter, data: bytes) -> tuple[int, bytes]:
    """Keep the message in its record, unpacked, and return its id and the digest of its bytes."""
    connection = change.connection
    original = _read(data)
    intake.add_original(connection, original.digest, original.pieces)
    kind = "note" if letter.draft.note else "email"
    shown = (original.digest, kind, letter.sender, letter.subject, change.at)
    values = (letter.message_id, record.id, letter.thread.parent, *shown)
    row = outgoing.add_message(connection, values)
    keep(connection, row, Unpacked(read([data])))
    intake.touch_record(connection, record.id, change.at, reopen=False)
    return row, original.digest


def _read(data: bytes) -> Original:
    reader = Reader(len(data), mbox=False)
    reader.feed(data)
    return reader.finish()


def _send(change: Change, letter: _Letter, row: int, digest: bytes) -> None:
    """Queue a letter to each receiver; who was named becomes a contact, and no stranger."""
    connection, addressed = change.connection, letter.addressed
    named = (*addressed.to, *addressed.cc)
    for address in named:
        intake.add_contact(connection, address, None)
    intake.add_addressed(connection, letter.paper.record, named)
    letter.paper.remember(connection, letter.message_id, row)
    about = letter.thread.own or letter.thread.sent
    sent = Post(row, letter.message_id, letter.subject, digest, change.at, about=about)
    for address in addressed.everybody:
        queue(connection, letter.paper, sent, address, letter.head(address))
