"""Tokens: what stands behind ``+`` in an address and names something of ours, unforgeably.

A reply token names a record, a bounce token a notification. A token is a letter for its purpose
and version, then base32 (RFC 4648 section 6, lower case, since mail servers fold case) of the
number in eight octets and a keyed hash of that in twelve. So it has no padding, no two texts mean
the same, and a token of one purpose is none of the other.
"""

from __future__ import annotations

from _blake2 import blake2b

KEY_BYTES = 32
"""Octets of a key."""
LENGTH = 33
"""Characters of a token."""

_REPLY = "a"
_BOUNCE = "b"
_PURPOSES = {_REPLY: b"mailgate.reply.a", _BOUNCE: b"mailgate.bounce"}
_NUMBER_BYTES = 8
_HASH_BYTES = 12
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LETTERS = frozenset(_ALPHABET)
_DIGITS = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")


def make(key: bytes, record: int) -> str:
    """Return the reply token of a record; its number is below 2 to the 63rd."""
    return _make(_REPLY, key, record)


def make_bounce(key: bytes, notification: int) -> str:
    """Return the bounce token of a notification; its number is below 2 to the 63rd."""
    return _make(_BOUNCE, key, notification)


def looks_like(detail: str) -> bool:
    """Tell whether a detail has the form of a reply token, in whatever case."""
    return _formed(_REPLY, detail)


def record_of(keys: tuple[bytes, ...], detail: str) -> int | None:
    """Return the record that a token names which was made with one of the keys, else None."""
    return _number_of(_REPLY, keys, detail)


def notification_of(keys: tuple[bytes, ...], detail: str) -> int | None:
    """Return the notification that a bounce token made with one of the keys names, else None."""
    return _number_of(_BOUNCE, keys, detail)


def _make(version: str, key: bytes, number: int) -> str:
    content = number.to_bytes(_NUMBER_BYTES, "big", signed=True)
    value = int.from_bytes(content + _hash(version, key, content), "big")
    places = range(5 * (LENGTH - 2), -1, -5)
    return version + "".join(_ALPHABET[value >> place & 31] for place in places)


def _formed(version: str, detail: str) -> bool:
    if len(detail) != LENGTH or not detail.isascii():
        return False
    text = detail.lower()
    return text[0] == version and _LETTERS.issuperset(text)


def _number_of(version: str, keys: tuple[bytes, ...], detail: str) -> int | None:
    if not _formed(version, detail):
        return None
    value = int(detail[1:].lower().translate(_DIGITS), 32)
    content = value.to_bytes(_NUMBER_BYTES + _HASH_BYTES, "big")
    number, given = content[:_NUMBER_BYTES], content[_NUMBER_BYTES:]
    if any(_same(_hash(version, key, number), given) for key in keys):
        return int.from_bytes(number, "big", signed=True)
    return None


def _hash(version: str, key: bytes, number: bytes) -> bytes:
    return blake2b(number, key=key, person=_PURPOSES[version], digest_size=_HASH_BYTES).digest()


def _same(one: bytes, other: bytes) -> bool:
    """Compare in a time that does not tell where they differ."""
    difference = 0
    for left, right in zip(one, other, strict=True):
        difference |= left ^ right
    return not difference
