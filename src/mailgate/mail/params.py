"""Content-Type and Content-Disposition with parameters (RFC 2045, 2231), as mailers write them.

Bounded and linear; nothing raises.
"""

from __future__ import annotations

from mailgate.mail import charset as charsets
from mailgate.mail import words

MAX_PARAMETERS = 100
"""Parameters of one field, the pieces of continued ones counted singly."""
_SPACE = b" \t\r\n"


class Field:
    """A structured field: its value in lower case, and its raw parameters by lower-case name."""

    __slots__ = ("_raw", "too_many", "value")

    def __init__(self, raw: bytes) -> None:
        value, raw = _value(raw)
        self.value = value
        self._raw, self.too_many = _parameters(raw)

    def token(self, name: str) -> str:
        """Return a parameter as a plain string (8-bit as Latin-1), or an empty one."""
        raw = self._raw.get(name)
        if raw is None:
            raw = b"".join([_plain(*piece)[1] for piece in _pieces(self._raw, name)])
        return raw.decode("latin-1").strip()

    def text(self, name: str, charset: str | None = None) -> str:
        """Return a parameter as text: RFC 2231 before RFC 2047 before raw bytes."""
        pieces = _pieces(self._raw, name)
        if not pieces:
            return words.decode(self._raw.get(name, b""), charset)
        if not any(extended for _, extended in pieces):
            return words.decode(b"".join(data for data, _ in pieces), charset)
        named, out = "", []
        for data, extended in pieces:
            label, plain = _plain(data, extended)
            named = named or label
            out.append(plain)
        whole = b"".join(out)
        if named:
            return words.clean(charsets.decode(whole, named)[0]).strip(" ")
        return words.decode(whole, charset)


def _value(raw: bytes) -> tuple[str, bytes]:
    """Split off what stands before the first parameter, comments and junk removed."""
    value, _, rest = raw.partition(b";")
    value = value.partition(b"(")[0].strip(_SPACE + b"\"'")
    return value.decode("latin-1").lower(), rest


def _parameters(raw: bytes) -> tuple[dict[str, bytes], bool]:
    found: dict[str, bytes] = {}
    at = 0
    for _ in range(MAX_PARAMETERS):
        while raw[at : at + 1] in (b";", b" ", b"\t", b"\r", b"\n"):
            at += 1
        if at >= len(raw):
            return found, False
        end = _first(raw, b";", at)
        equals = raw.find(b"=", at, end)
        if equals < 0:
            at = end
            continue
        name = raw[at:equals].strip(_SPACE).decode("latin-1").lower()
        value, at = _parameter(raw, equals + 1)
        if len(name) <= 64:
            found.setdefault(name, value)
    return found, at < len(raw)


def _parameter(raw: bytes, at: int) -> tuple[bytes, int]:
    """Return the value that begins at ``at``, and where the parameter ends."""
    while raw[at : at + 1] in (b" ", b"\t", b"\r", b"\n"):
        at += 1
    if raw[at : at + 1] != b'"':
        end = _first(raw, b";", at)
        return raw[at:end].strip(_SPACE), end
    quote = _closing(raw, at + 1)
    if quote < 0:
        end = _first(raw, b";", at)
        return raw[at + 1 : end].strip(_SPACE), end
    value = raw[at + 1 : quote]
    if b"\\" in value:
        value = value.replace(b"\\\\", b"\0").replace(b'\\"', b'"').replace(b"\0", b"\\")
    return value, _first(raw, b";", quote + 1)


def _closing(raw: bytes, at: int) -> int:
    """Return where the quoted string that begins at ``at`` ends, -1 where it does not."""
    start = at
    while True:
        quote = raw.find(b'"', at)
        if quote < 0:
            return -1
        slashes = raw[start:quote]
        if (len(slashes) - len(slashes.rstrip(b"\\"))) % 2 == 0:
            return quote
        start = at = quote + 1


def _first(raw: bytes, mark: bytes, at: int) -> int:
    found = raw.find(mark, at)
    return len(raw) if found < 0 else found


def _pieces(raw: dict[str, bytes], name: str) -> list[tuple[bytes, bool]]:
    """Return the pieces of an RFC 2231 parameter in order, each with whether it is encoded."""
    if name + "*" in raw:
        return [(raw[name + "*"], True)]
    pieces = []
    for number in range(MAX_PARAMETERS):
        key = f"{name}*{number}"
        if key + "*" in raw:
            pieces.append((raw[key + "*"], True))
        elif key in raw:
            pieces.append((raw[key], False))
        elif number:
            break
    return pieces


def _plain(data: bytes, extended: bool) -> tuple[str, bytes]:
    """Return charset (or an empty string) and bytes of one piece."""
    if not extended:
        return "", data
    label, quote, rest = data.partition(b"'")
    if quote and b"'" in rest and len(label) < 64:
        data = rest.partition(b"'")[2]
    else:
        label = b""
    if b"%" not in data:
        return label.decode("latin-1"), data
    first, *others = data.split(b"%")
    return label.decode("latin-1"), first + b"".join(map(_byte, others))


def _byte(piece: bytes) -> bytes:
    try:
        return bytes.fromhex(piece[:2].decode("ascii")) + piece[2:]
    except ValueError:
        return b"%" + piece
