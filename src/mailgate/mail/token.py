"""Reply tokens: what stands behind ``+`` in an address and names a record, unforgeably.

A token is a letter for its version, then base32 (RFC 4648 section 6, lower case, since mail
servers fold case) of the record's number in eight octets and a keyed hash of that in twelve. So
it has no padding, and no two texts mean the same.
"""

from __future__ import annotations

from _blake2 import blake2b

KEY_BYTES = 32
"""Octets of a key."""
LENGTH = 33
"""Characters of a token."""

_VERSION = "a"
_PURPOSE = b"mailgate.reply.a"
_NUMBER_BYTES = 8
_HASH_BYTES = 12
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LETTERS = frozenset(_ALPHABET)
_DIGITS = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")


def make(key: bytes, record: int) -> str:
    """Return the token of a record; its number is below 2 to the 63rd."""
    number = record.to_bytes(_NUMBER_BYTES, "big", signed=True)
    value = int.from_bytes(number + _hash(key, number), "big")
    places = range(5 * (LENGTH - 2), -1, -5)
    return _VERSION + "".join(_ALPHABET[value >> place & 31] for place in places)


def looks_like(detail: str) -> bool:
    """Tell whether a detail has the form of a token, in whatever case."""
    if len(detail) != LENGTH or not detail.isascii():
        return False
    text = detail.lower()
    return text[0] == _VERSION and _LETTERS.issuperset(text)


def record_of(keys: tuple[bytes, ...], detail: str) -> int | None:
    """Return the record that a token names which was made with one of the keys, else None."""
    if not looks_like(detail):
        return None
    value = int(detail[1:].lower().translate(_DIGITS), 32)
    content = value.to_bytes(_NUMBER_BYTES + _HASH_BYTES, "big")
    number, given = content[:_NUMBER_BYTES], content[_NUMBER_BYTES:]
    if any(_same(_hash(key, number), given) for key in keys):
        return int.from_bytes(number, "big", signed=True)
    return None


def _hash(key: bytes, number: bytes) -> bytes:
    return blake2b(number, key=key, person=_PURPOSE, digest_size=_HASH_BYTES).digest()


def _same(one: bytes, other: bytes) -> bool:
    """Compare in a time that does not tell where they differ."""
    difference = 0
    for left, right in zip(one, other, strict=True):
        difference |= left ^ right
    return not difference
