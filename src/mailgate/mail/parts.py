"""Outgoing bodies: a text, and files beside it (RFC 2045, 2046), with names by RFC 2231."""

from __future__ import annotations

import os
from base64 import encodebytes
from mimetypes import MimeTypes
from string import ascii_letters, digits
from urllib.parse import quote

from mailgate.mail import compose

BINARY = "application/octet-stream"
_MAX_NAME = 60
"""Characters of a file name that stands in quotes, or encoded octets of one piece of it."""
_PLAIN = frozenset(ascii_letters + digits + " ._-+()")
"""What every reader finds again between quotes."""
_UNSAFE_TYPES = ("message/", "multipart/")
"""Types that may not be sent in base64 (RFC 2046 section 5.2.1)."""


class File:
    """A file that goes out with a message: its name, its type with parameters, and its bytes."""

    __slots__ = ("content_type", "data", "name")

    def __init__(self, name: str, data: bytes) -> None:
        plain = compose.clean(name.encode("utf-8", "replace").decode()).strip()
        self.name = plain.replace("/", "_").replace("\\", "_")[:200] or "file"
        self.data = data
        self.content_type = _content_type(self.name, data)


def _content_type(name: str, data: bytes) -> str:
    """Return the type that a name stands for, whatever this machine's own tables say."""
    found, encoding = MimeTypes().guess_type("file:" + quote(name))
    if encoding is not None or found is None or found.startswith(_UNSAFE_TYPES):
        return BINARY
    if not found.startswith("text/"):
        return found
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return BINARY
    return f'{found}; charset="utf-8"'


def body(text: str, files: tuple[File, ...]) -> tuple[list[tuple[str, str]], bytes]:
    """Return the MIME fields and the encoded body of a text with files, LF line ends."""
    fields, data = compose.text_part(text)
    if not files:
        return fields, data
    boundary = os.urandom(20).hex()
    parts = [compose.header(fields[1:]) + data, *map(_part, files)]
    whole = b"".join(f"--{boundary}\n".encode() + part + b"\n" for part in parts)
    mime = [("MIME-Version", "1.0"), ("Content-Type", f'multipart/mixed; boundary="{boundary}"')]
    return mime, whole + f"--{boundary}--\n".encode()


def _part(file: File) -> bytes:
    fields = [
        ("Content-Type", file.content_type),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", "attachment; " + _named(file.name)),
    ]
    return compose.header(fields) + encodebytes(file.data)


def _named(name: str) -> str:
    """Return the parameter, or its pieces (RFC 2231 sections 3 and 4), that give a file's name."""
    if name.isascii() and len(name) <= _MAX_NAME and _PLAIN.issuperset(name):
        return f'filename="{name}"'
    pieces = [""]
    for character in name:
        encoded = quote(character, safe="-._~")
        if len(pieces[-1]) + len(encoded) > _MAX_NAME:
            pieces.append("")
        pieces[-1] += encoded
    if len(pieces) == 1:
        return f"filename*=utf-8''{pieces[0]}"
    first, *others = pieces
    found = [f"filename*0*=utf-8''{first}"]
    return "; ".join(found + [f"filename*{n}*={piece}" for n, piece in enumerate(others, 1)])
