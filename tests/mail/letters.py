"""How others read a letter of ours, for tests of what goes out."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from mailgate.mail.header import scan

FIELDS = (
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "auto-submitted",
    "x-auto-response-suppress",
    "x-mailgate-message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
)
"""Every field of a letter, in order."""
OPTIONAL = frozenset(("reply-to", "in-reply-to", "references"))
MAX_OCTETS = 998
"""Octets of a line without its end (RFC 5322 section 2.1.1)."""


def check(data: bytes, to: str) -> Message:
    """Check that a letter is what it seems to every reader, and return what the library reads."""
    assert b"\r" not in data
    assert b"\0" not in data
    assert max(map(len, data.split(b"\n"))) <= MAX_OCTETS
    header, blank, _ = data.partition(b"\n\n")
    assert blank
    ours = scan(data)
    assert ours.defects == ()
    assert ours.size == len(header) + 2
    names = [name for name, _ in ours.fields]
    assert names == [name for name in FIELDS if name in names]
    assert set(FIELDS) - set(names) <= OPTIONAL
    theirs = message_from_bytes(data, policy=policy.compat32)
    assert [name.lower() for name in theirs.keys()] == names  # noqa: SIM118 (fields repeat)
    assert not theirs.defects
    assert ours.text("to") == to
    if to.isascii():
        assert [address for _, address in getaddresses(theirs.get_all("to") or [])] == [to]
    for line in header.decode().split("\n"):
        assert line.isprintable()
    theirs.get_payload(decode=True)
    return theirs


def subject(letter: Message) -> str:
    """Return the subject as a reader shows it."""
    return str(make_header(decode_header(str(letter["subject"]))))


def body(letter: Message) -> str:
    """Return the text of a letter."""
    data = letter.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode(letter.get_content_charset() or "ascii")
