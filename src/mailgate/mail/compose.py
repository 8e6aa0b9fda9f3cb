"""Outgoing mail from values: header fields that cannot be more than they seem, and text bodies.

Every outgoing header is built by ``header``: values hold no line break or control character,
and the bytes are read back and compared before they are used.
"""

from __future__ import annotations

import os
from binascii import b2a_base64, b2a_qp
from time import gmtime, strftime

from mailgate.mail.header import scan

MAX_LINE = 76
_WORD_BYTES = 42
"""Bytes of text in one encoded word, so that it stays below 75 characters (RFC 2047)."""
_ATOM = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~ "
)


def header(fields: list[tuple[str, str]]) -> bytes:
    """Return header lines with CRLF-free values, LF line ends, and the blank line after them.

    Raises ValueError where reading them back gives other fields than were asked for.
    """
    lines = [fold(name, clean(value)) for name, value in fields if value]
    block = "\n".join(lines).encode("utf-8", "replace") + b"\n\n"
    names = [name for name, _ in scan(block).fields]
    if names != [name.lower() for name, value in fields if value]:
        raise ValueError("a header field would be read as another")
    return block


def clean(value: str) -> str:
    """Return a value without controls, line separators and bidirectional overrides."""
    return "".join(c if c.isprintable() else " " for c in value)


def fold(name: str, value: str) -> str:
    """Return one field, folded at single spaces: unfolding gives the same value."""
    lines, line = [], name + ":"
    for word in value.split(" "):
        single = word and line[-1] != " " and line != name + ":"
        if single and len(line) + 1 + len(word) > MAX_LINE:
            lines.append(line)
            line = ""
        line += " " + word
    lines.append(line)
    return "\n".join(text for text in lines if text.strip())


def unstructured(text: str) -> str:
    """Return text as the value of Subject and the like: encoded words where it is not ASCII."""
    text = clean(text)
    plain = text.isascii() and "=?" not in text
    if plain and all(len(word) < 900 for word in text.split(" ")):
        return text
    return " ".join(_encoded_words(text))


def mailbox(name: str, address: str) -> str:
    """Return ``Name <local@domain>`` with the name quoted or encoded as it needs."""
    name = clean(name).strip()
    if not name:
        return address
    if not name.isascii() or "=?" in name or len(name) > 200:
        return " ".join(_encoded_words(name)) + f" <{address}>"
    if all(character in _ATOM for character in name):
        return f"{name} <{address}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def _encoded_words(text: str) -> list[str]:
    words, piece = [], b""
    for character in text[:2000]:
        data = character.encode("utf-8", "replace")
        if len(piece) + len(data) > _WORD_BYTES:
            words.append(piece)
            piece = b""
        piece += data
    words.append(piece)
    return [f"=?utf-8?b?{b2a_base64(word, newline=False).decode()}?=" for word in words]


def text_part(text: str) -> tuple[list[tuple[str, str]], bytes]:
    """Return the MIME fields and the encoded body of a plain text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    short = all(len(line) <= 990 for line in text.split("\n"))
    plain = text.isascii() and short and "\0" not in text
    fields = [
        ("MIME-Version", "1.0"),
        ("Content-Type", f'text/plain; charset="{"us-ascii" if plain else "utf-8"}"'),
        ("Content-Transfer-Encoding", "7bit" if plain else "quoted-printable"),
    ]
    data = text.encode("utf-8", "replace")
    return fields, data if plain else b2a_qp(data, istext=True)


def message_id(kind: str, domain: str) -> str:
    """Return a new id that nobody can guess; ``kind`` is the word it begins with."""
    return f"<{kind}.{os.urandom(20).hex()}@{domain}>"


def date(at: int) -> str:
    """Return a time in seconds as the Date field has it (RFC 5322 section 3.3)."""
    moment = gmtime(at)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.tm_wday]
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[moment.tm_mon - 1]
    return f"{day}, {moment.tm_mday:02d} {month} {strftime('%Y %H:%M:%S', moment)} +0000"


def reply_subject(subject: str) -> str:
    """Return a subject with one ``Re:`` before it."""
    bare = subject.strip()
    while bare[:3].lower() == "re:":
        bare = bare[3:].strip()
    return f"Re: {bare}" if bare else "Re:"
