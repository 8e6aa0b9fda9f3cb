"""The head of a copy that is sent on: new fields over the original body, which stays as it is."""

from __future__ import annotations

from mailgate.mail import compose
from mailgate.mail.automatic import AUTOMATIC, LIST, PERSON
from mailgate.mail.dates import seconds
from mailgate.mail.header import Header, charset_of
from mailgate.mail.incoming import mailboxes
from mailgate.mail.words import decode

MAX_MAILBOXES = 100
"""Mailboxes of To, and of Cc, that are repeated."""
MAX_ADDRESS = 64 + 1 + 255
"""Octets of an address (RFC 5321 section 4.5.3.1)."""
MAX_LOOPS = 30
"""X-Loop fields of a message that is still sent on."""
_MAX_SUBJECT = 1000
_MAX_MIME = 20
_MAX_MIME_BYTES = 32 * 1024
"""Fields of MIME that are kept, and octets of all of them."""
_MAX_TOKEN = 200
UNVERIFIED = "(unverified)"
"""Follows the name of an author who may be another."""

Field = tuple[str, str | bytes]


def loops(header: Header) -> list[str]:
    """Return what the X-Loop fields of a message say, as one line of ASCII each."""
    return [_plain(value) for value in header.all("x-loop")]


def author_name(header: Header, author: str) -> str:
    """Return the name that an author goes by in From, else the address."""
    charset = charset_of(header)
    for name in ("from", "sender"):
        for mailbox in mailboxes(header, name):
            if mailbox.address == author:
                return _decoded(mailbox.name, charset) or author
    return author


def via(name: str, company: str, address: str) -> str:
    """Return a From that the receiver can prove: the author's name, the company's address."""
    half = compose.MAX_NAME // 2 - 4
    return compose.mailbox(f"{name[:half]} via {company[:half]}", address)


def recipients(header: Header, name: str) -> str:
    """Return To or Cc written anew from what was read of it, bounded.

    What cannot be an address that every mail server takes is left out.
    """
    charset = charset_of(header)
    found: dict[str, str] = {}
    for mailbox in mailboxes(header, name)[: 2 * MAX_MAILBOXES]:
        if mailbox.address and plain_address(mailbox.address) and len(found) < MAX_MAILBOXES:
            found.setdefault(mailbox.address, _decoded(mailbox.name, charset))
    return compose.mailboxes((name, address) for address, name in found.items())


def plain_address(address: str) -> bool:
    """Tell whether an address is ASCII, without quotes, and no longer than it may be."""
    return address.isascii() and '"' not in address and len(address) <= MAX_ADDRESS


def _decoded(name: str, charset: str | None) -> str:
    return decode(name.encode("utf-8", "replace"), charset)


def date(header: Header, at: int) -> str:
    """Return the date of a message where it is readable, else that of its arrival (seconds)."""
    found = seconds(header.text("date"))
    return compose.date(at if found is None else found)


def subject(text: str) -> str:
    """Return the value of Subject."""
    return compose.unstructured(text[:_MAX_SUBJECT])


def kept(header: Header, kind: str) -> list[Field]:
    """Return the fields of the original that a copy has too.

    Those that keep programs from answering a message that no person wrote, and those of MIME.
    """
    return [*_automatic(header, kind), *_mime(header)]


def _automatic(header: Header, kind: str) -> list[Field]:
    if kind == PERSON:
        return []
    found: list[Field] = []
    submitted = _plain(header.first("auto-submitted") or b"")
    if submitted or kind in AUTOMATIC:
        found.append(("Auto-Submitted", submitted or "auto-generated"))
    precedence = _plain(header.first("precedence") or b"")
    if precedence or kind == LIST:
        found.append(("Precedence", precedence or "list"))
    found.append(("List-Id", _plain(header.first("list-id") or b"")))
    found.append(("X-Auto-Response-Suppress", "OOF, AutoReply"))
    return found


def _plain(value: bytes) -> str:
    """Return a value as one line of ASCII."""
    text = "".join(chr(c) if 32 <= c < 127 else " " for c in value)
    return " ".join(text[:_MAX_TOKEN].split())


def _mime(header: Header) -> list[Field]:
    found: list[Field] = []
    left = _MAX_MIME_BYTES
    for name, value in header.fields:
        ours = name == "mime-version" or (name[:8] == "content-" and _is_token(name[8:]))
        if ours and len(value) <= left and len(found) < _MAX_MIME:
            left -= len(value)
            found.append(("MIME-Version" if name[0] == "m" else name.title(), value))
    return found


def _is_token(name: str) -> bool:
    return name.replace("-", "").isalnum() and name.isascii() and len(name) < 40
