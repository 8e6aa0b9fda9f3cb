"""Reads what is about to go out as others will, and compares it with what was meant.

Serialising a header is where libraries have let line breaks in values become fields
(CVE-2024-6923). So what leaves is read again by the standard library and by our own reader.
"""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import Message

from mailgate.mail import message
from mailgate.mail.header import scan
from mailgate.mail.parts import File

Fields = list[tuple[str, str]]


def prove(data: bytes, fields: Fields, text: str, files: tuple[File, ...]) -> None:
    """Raise ValueError where any reader finds other fields, text or files than were meant.

    ``fields`` are name and value of the whole header in order, with those of MIME.
    """
    prove_header(data, fields)
    theirs = message_from_bytes(data, policy=policy.compat32)
    parts = list(theirs.walk())
    if any(part.defects for part in parts):
        raise ValueError("its structure would be read as damaged")
    leaves = [part for part in parts if not part.is_multipart()]
    found = [(part.get_filename(), _payload(part)) for part in leaves[1:]]
    if found != [(file.name, file.data) for file in files]:
        raise ValueError("its files would be read as others")
    charset = leaves[0].get_content_charset() or "ascii"
    if _payload(leaves[0]).decode(charset).rstrip("\n") != text.rstrip("\n"):
        raise ValueError("its text would be read as another")
    ours = message.read([data])
    if [(file.original_filename, file.data) for file in ours.attachments] != found:
        raise ValueError("its files would be kept as others")


def prove_header(data: bytes, fields: Fields) -> None:
    """Raise ValueError where a header, with anything behind it, would be read as another."""
    meant = [(name.lower(), " ".join(value.split())) for name, value in fields if value.strip()]
    ours = scan(data)
    theirs = message_from_bytes(data, policy=policy.compat32)
    lists = (
        [(name, " ".join(value.decode().split())) for name, value in ours.fields],
        [(name.lower(), " ".join(value.split())) for name, value in _utf_8(theirs)],
    )
    if any(found != meant for found in lists) or ours.defects:
        raise ValueError("a header field would be read as another")


def _utf_8(letter: Message) -> Fields:
    return [
        (name, str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        for name, value in letter.raw_items()
    ]


def _payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
