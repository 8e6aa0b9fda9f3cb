"""Names of folders, and strings, as IMAP writes them: modified UTF-7 (RFC 3501, 5.1.3)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error

from mailgate.errors import ConfigurationError

MAX_NAME = 1000


def quote(text: str | bytes) -> bytes:
    """Return a quoted string. Raises ConfigurationError for control characters."""
    data = text.encode() if isinstance(text, str) else text
    if any(byte < 0x20 or byte == 0x7F for byte in data):
        raise ConfigurationError(f"{data.decode(errors='replace')!a} has a control character")
    return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def encode(name: str) -> bytes:
    """Return a folder's name in modified UTF-7: ``Entwürfe`` is ``Entw&APw-rfe``."""
    encoded = bytearray()
    foreign = ""
    for character in [*name, ""]:
        if character and not " " <= character <= "~":
            foreign += character
            continue
        encoded += _shift(foreign)
        foreign = ""
        encoded += b"&-" if character == "&" else character.encode()
    return bytes(encoded)


def _shift(text: str) -> bytes:
    if not text:
        return b""
    coded = b64encode(text.encode("utf-16-be", "surrogatepass"))
    return b"&" + coded.rstrip(b"=").replace(b"/", b",") + b"-"


def decode(name: bytes) -> str:
    """Return a folder's name for people; what is no modified UTF-7 is read as UTF-8."""
    text = name[:MAX_NAME]
    decoded = ""
    first, *shifted = text.split(b"&")
    try:
        decoded += first.decode()
        for each in shifted:
            code, _, rest = each.partition(b"-")
            decoded += (_unshift(code) if code else "&") + rest.decode()
    except (ValueError, Error):
        return text.decode(errors="replace")
    return decoded


def _unshift(code: bytes) -> str:
    padded = code.replace(b",", b"/") + b"=" * (-len(code) % 4)
    return b64decode(padded, validate=True).decode("utf-16-be")
