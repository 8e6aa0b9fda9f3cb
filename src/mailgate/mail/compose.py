"""Outgoing mail from values: header fields that cannot be more than they seem, and text bodies.

Every outgoing header is built by ``header``: values hold no line break or control character,
and the bytes are read back and compared before they are used.
"""

from __future__ import annotations

import os
from binascii import b2a_base64, b2a_qp
from time import gmtime, strftime

from mailgate.mail.header import scan
from mailgate.mail.message_id import is_made

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_LINE = 76
MAX_WORD = 900
"""Octets of a word that cannot be folded; lines end at 998 (RFC 5322 section 2.1.1)."""
MAX_ID = 250
"""Octets of an id that is referred to."""
MAX_NAME = 200
"""Characters of a name before an address."""
_WORD_BYTES = 42
"""Bytes of text in one encoded word, so that it stays below 75 characters (RFC 2047)."""
_ATOM = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~ "
)


def header(fields: Sequence[tuple[str, str | bytes]]) -> bytes:
    """Return header lines with CRLF-free values, LF line ends, and the blank line after them.

    Values of bytes are those of MIME fields of others: as ``raw`` has them. Fields without a
    value are left out. Raises ValueError where reading the lines back gives other fields or
    values than were asked for.
    """
    block, meant = b"", []
    for name, value in fields:
        if isinstance(value, bytes):
            text = raw(value).decode("latin-1")
            line = fold(name, text).encode("latin-1")
            value = text.encode("latin-1")
        else:
            text = clean(value)
            line = fold(name, text).encode()
            value = text.encode()
        if value:
            block += line + b"\n"
            meant.append((name.lower(), value.strip(b" \t")))
    block += b"\n"
    read = scan(block)
    if read.fields != meant or read.defects or read.size != len(block):
        raise ValueError("a header field would be read as another")
    return block


def clean(value: str) -> str:
    """Return a value without controls, line separators and bidirectional overrides."""
    return "".join(c if c.isprintable() else " " for c in value)


def raw(value: bytes) -> bytes:
    """Return a MIME field's value without what no header line can hold; it means the same.

    White space is put behind the semicolons of words that are too long to stay on a line.
    """
    for character in b"\0\r\n":
        value = value.replace(bytes((character,)), b" ")
    value = value.strip(b" \t")
    if all(len(word) <= MAX_WORD for word in value.split(b" ")):
        return value
    kept, quoted, escaped = bytearray(), False, False
    for character in value:
        kept.append(character)
        if character == ord('"') and not escaped:
            quoted = not quoted
        elif character == ord(";") and not quoted:
            kept += b" "
        escaped = character == ord("\\") and not escaped
    return bytes(kept).strip(b" ")


def fold(name: str, value: str) -> str:
    """Return one field, folded at single spaces: unfolding gives the same value."""
    lines, line = [], name + ":"
    for word in value.split(" "):
        single = word and line[-1] not in " \t" and word[0] != "\t" and line != name + ":"
        if single and len(line) + 1 + len(word) > MAX_LINE:
            lines.append(line)
            line = ""
        line += " " + word
    lines.append(line)
    return "\n".join(text for text in lines if text.strip())


def nameable(identifier: str) -> bool:
    """Tell whether a message id, in brackets, can stand in a field as it is."""
    inside = identifier[1:-1]
    plain = identifier.isascii() and inside.isprintable() and not set(' <>(),\\"') & set(inside)
    return plain and "@" in inside and len(identifier) <= MAX_ID and not is_made(identifier)


def mailboxes(pairs: Iterable[tuple[str, str]]) -> str:
    """Return (name, address) as the value of To and the like."""
    return ", ".join(mailbox(name, address) for name, address in pairs)


def unstructured(text: str) -> str:
    """Return text as the value of Subject and the like: encoded words where it is not ASCII."""
    text = clean(text)
    plain = text.isascii() and "=?" not in text
    if plain and all(len(word) <= MAX_WORD for word in text.split(" ")):
        return text
    return " ".join(_encoded_words(text))


def mailbox(name: str, address: str) -> str:
    """Return ``Name <local@domain>`` with the name quoted or encoded as it needs."""
    name = " ".join(clean(name)[:MAX_NAME].split())
    if not name:
        return address
    if not name.isascii() or "=?" in name:
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
    printable = all(c >= " " or c in "\n\t" for c in text) and "\x7f" not in text
    plain = text.isascii() and short and printable
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


def one_reply_mark(subject: str) -> str:
    """Return a subject with one ``Re:`` where it has any."""
    return reply_subject(subject) if subject.lstrip()[:3].lower() == "re:" else subject
