"""What an IMAP server answers (RFC 9051, RFC 3501), read without trust.

A response is a list of parts: text, literal, text, literal, ... text. A literal that was not kept
is an ``Unkept``. Nonsense raises ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from mailgate.channels.keys import GREATEST, Keys


@dataclass(frozen=True, slots=True)
class Unkept:
    """A literal that was read and thrown away because it is too large; ``size`` in bytes."""

    size: int


Part = bytes | Unkept

_LITERAL = re.compile(rb"~?\{(\d{1,18})\+?\}\Z")
_STATUS = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH)\b", re.IGNORECASE)
_CODE = re.compile(rb" *\[([^\]\r\n]{1,65000})\]")
_TOKEN = re.compile(
    rb' +|[()]|"(?:[^"\\]|\\.)*+"|[^ ()"\[]++(?:\[[^\]]*+\](?:<\d+>)?)?|.',
)
_SIZE = re.compile(rb"\* \d+ FETCH \(UID (\d{1,9}) RFC822\.SIZE (\d{1,18})\)")
_BODY = re.compile(rb"\* \d+ FETCH \(UID (\d{1,9}) BODY\[\] ~?\{\d+\}")
"""What nearly every server answers to our two questions; four times as fast as reading tokens."""
_SLICE = 1 << 16


def announced(line: bytes) -> int | None:
    """Return the size of the literal that follows a line of data, or None."""
    if not line.endswith(b"}"):
        return None
    found = _LITERAL.search(line, max(0, len(line) - 24))
    return int(found.group(1)) if found else None


def is_status(line: bytes) -> bool:
    """Return whether an untagged line is a status with text for people, which may end in ``}``."""
    return _STATUS.match(line) is not None


def status(text: bytes) -> tuple[bytes, bytes, bytes]:
    """Split ``OK [CODE arguments] text`` into the word in capitals, the code, and the text."""
    word, _, rest = text.partition(b" ")
    found = _CODE.match(rest)
    code = found.group(1) if found else b""
    return word.upper(), code, (rest[found.end() :] if found else rest).strip()


def code_value(code: bytes, name: bytes) -> bytes | None:
    """Return what stands behind the ``name`` of a code: of ``UIDNEXT 7`` it is ``7``."""
    word, _, value = code.partition(b" ")
    return value.strip() if word.upper() == name else None


def number(text: bytes | None) -> int | None:
    """Return a number of up to 32 bits, or None."""
    if not text or not text.isdigit() or len(text) > 10:
        return None
    value = int(text)
    return value if value <= GREATEST else None


def tokens(parts: list[Part]) -> Iterator[bytes | Unkept | str]:
    """Yield parentheses and atoms as bytes, literals whole, quoted strings without their quotes.

    Parentheses are the strings ``(`` and ``)``, all values are bytes.
    """
    for index, part in enumerate(parts):
        if index % 2 or isinstance(part, Unkept):
            yield part
            continue
        text = _LITERAL.sub(b"", part) if index + 1 < len(parts) else part
        for found in _TOKEN.finditer(text):
            yield from _token(found.group())


def _token(text: bytes) -> Iterator[bytes | str]:
    if text in b"()":
        yield text.decode()
    elif text[0] == 0x22 and len(text) > 1:
        yield re.sub(rb"\\(.)", rb"\1", text[1:-1])
    elif text[0] in b'"[':
        raise ValueError("unbalanced")
    elif text[0] != 0x20:
        yield text


class Fetched(NamedTuple):
    """One FETCH response: 0 where it names no UID, None where it has no size or no body."""

    uid: int
    size: int | None
    body: bytes | Unkept | None


def fetched(parts: list[Part]) -> Fetched:
    """Read ``* 12 FETCH (UID 5 RFC822.SIZE 44 BODY[] {44}...)``, in any order."""
    return _usual(parts) or _any_order(parts)


def _usual(parts: list[Part]) -> Fetched | None:
    first = parts[0]
    if isinstance(first, Unkept):
        return None
    if len(parts) == 1:
        found = _SIZE.fullmatch(first)
        return Fetched(int(found[1]), int(found[2]), None) if found else None
    found = _BODY.fullmatch(first) if len(parts) == 3 and parts[2] == b")" else None
    return Fetched(int(found[1]), None, parts[1]) if found else None


def _any_order(parts: list[Part]) -> Fetched:
    uid, size, body = 0, None, None
    for name, value in _pairs(parts):
        if name == b"UID":
            uid = number(value if isinstance(value, bytes) else None) or 0
        elif name == b"RFC822.SIZE":
            size = None if value == b"NIL" else _size(value)
        elif name.startswith(b"BODY[]") and value != b"NIL":
            body = value
    return Fetched(uid, size, body)


def _size(value: Part) -> int:
    """Return a size, which since RFC 9051 may have 63 bits."""
    if isinstance(value, Unkept) or not value.isdigit() or len(value) > 18:
        raise ValueError("no size")
    return int(value)


def _pairs(parts: list[Part]) -> Iterator[tuple[bytes, Part]]:
    """Yield the attributes of a FETCH response; a value that is a list is left out."""
    depth, name = 0, b""
    for word in tokens(parts):
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
            if depth == 1:
                name = b""
        elif depth == 1 and not isinstance(word, str):
            if name:
                yield name, word
                name = b""
            elif isinstance(word, bytes):
                name = word.upper()
    if depth:
        raise ValueError("unbalanced")


def searched(line: bytes) -> Keys:
    """Read the numbers of ``* SEARCH 2 3 6``, or of ``* ESEARCH (TAG "a") UID ALL 2:3,6``."""
    if line[:9].upper() == b"* SEARCH ":
        return Keys(_numbers(line[9:]))
    words = list(_outside(line))
    names = [word.upper() for word in words]
    if b"ALL" not in names[2:-1]:
        return Keys()
    return Keys.of_ranges(_ranges(words[names.index(b"ALL", 2) + 1]))


def _outside(line: bytes) -> Iterator[bytes]:
    """Yield the words of a line that stand in no parentheses."""
    depth = 0
    for word in tokens([line]):
        if isinstance(word, str):
            depth += 1 if word == "(" else -1
        elif not depth and isinstance(word, bytes):
            yield word


def _numbers(text: bytes) -> Iterator[int]:
    """Yield numbers between blanks, cutting the text in slices: it may have millions."""
    at = 0
    while at < len(text):
        end = text.find(b" ", at + _SLICE)
        end = len(text) if end < 0 else end
        for word in text[at:end].split():
            if word.startswith(b"("):
                return
            yield _one(word)
        at = end


def _ranges(text: bytes) -> Iterator[tuple[int, int]]:
    for each in text.split(b","):
        first, colon, last = each.partition(b":")
        yield _one(first), _one(last if colon else first)


def _one(word: bytes) -> int:
    found = number(word)
    if not found:
        raise ValueError("no message number")
    return found
