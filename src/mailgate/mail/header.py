"""The header of a message, read from the raw bytes: bounded, linear, and never raising.

What cannot be understood is left as bytes and named in a list of defects.
"""

from __future__ import annotations

MAX_BLOCK = 256 * 1024
"""Bytes of a message that are searched for its header; what follows is body."""
MAX_FIELDS = 1000
MAX_NAME = 80
"""Bytes of a field name that is remembered; longer ones are none that anybody uses."""
MAX_VALUE = 64 * 1024
"""Bytes of one unfolded field value that are kept."""
MAX_TEXT = 2000
"""Characters of a subject that are kept."""


class Header:
    """The fields of one header in their order.

    ``fields`` holds pairs of lower-case name and unfolded raw value (bytes); ``defects`` names
    what was wrong; ``size`` is the number of bytes of ``head`` up to the body, the blank line
    included.
    """

    __slots__ = ("_values", "defects", "fields", "size")

    def __init__(
        self, fields: list[tuple[str, bytes]], defects: tuple[str, ...] = (), size: int = 0
    ) -> None:
        self.fields = fields
        self.defects = defects
        self.size = size
        self._values: dict[str, list[bytes]] = {}
        values = self._values
        for name, value in fields:
            if name in values:
                values[name].append(value)
            else:
                values[name] = [value]

    def first(self, name: str) -> bytes | None:
        """Return the value of the first field of that lower-case name, or None."""
        values = self._values.get(name)
        return values[0] if values else None

    def all(self, name: str) -> list[bytes]:
        """Return the values of all fields of that lower-case name, topmost first."""
        return list(self._values.get(name, ()))

    def text(self, name: str) -> str:
        """Return the first field of that name as text, undecoded 8-bit as UTF-8 or cp1252."""
        value = self.first(name)
        return "" if value is None else to_text(value)


def to_text(value: bytes) -> str:
    """Return raw 8-bit bytes as text: UTF-8 where it decodes, else cp1252; NUL as U+FFFD."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")
    return text.replace("\0", "�") if "\0" in text else text


def subject_of(header: Header) -> str:
    """Return the subject as text, its beginning."""
    value = header.first("subject") or b""
    if value.isascii() and b"=?" not in value:
        text = value.decode("ascii")
        if not text.isprintable():
            text = "".join(c if c.isprintable() else " " if c == "\t" else "�" for c in text)
    else:
        from mailgate.mail.words import decode

        text = decode(value, charset_of(header))
    return text.strip()[:MAX_TEXT]


def charset_of(header: Header) -> str | None:
    """Return the charset that the content type names; bytes beyond ASCII may be in it."""
    value = (header.first("content-type") or b"").lower()
    _, found, rest = value.partition(b"charset=")
    if not found:
        return None
    return rest.strip(b"\"' ").replace(b'"', b";").partition(b";")[0].decode("ascii", "replace")


_BLANKS = ((b"\r\n\r\n", 2), (b"\n\n", 1), (b"\n\r\n", 1))
_BARE = (b"\r\r", 1)
_DOUBLED = (b"\r\r\n\r\r\n", 3)
"""Line ends with the blank line after them, and how much of each belongs to the last line."""


def header_end(head: bytes) -> tuple[int, int]:
    """Return where the header lines end and where the body begins in ``head``.

    CRLF, LF and bare CR end a line alike. Without a blank line both are ``len(head)``.
    """
    if head[:1] == b"\n":
        return 0, 1
    if head[:1] == b"\r":
        return 0, 2 if head[1:2] == b"\n" else 1
    ends = [(len(head), len(head))]
    limit = len(head)
    for blank, keep in _BLANKS:
        at = head.find(blank, 0, limit)
        if at >= 0:
            ends.append((at + keep, at + len(blank)))
            limit = min(limit, at + len(blank))
    returns = head.find(b"\r\r", 0, limit)
    if returns >= 0:
        # Mail that went through a text mode twice has CR CR LF at each line's end.
        blank, keep = _DOUBLED if head[returns + 2 : returns + 3] == b"\n" else _BARE
        at = head.find(blank, 0, limit + len(blank))
        if at >= 0:
            ends.append((at + keep, at + len(blank)))
    return min(ends)


def scan(head: bytes, ends: tuple[int, int] | None = None) -> Header:
    """Read the header at the beginning of ``head`` (no mbox ``From `` line any more).

    ``ends`` is what ``header_end`` says of it, where that is known. A line that is neither a field
    nor a continuation ends the header (RFC 5322 section 2.2 knows no such line); white space
    before the colon is allowed (section 4.5).
    """
    defects: list[str] = []
    if len(head) > MAX_BLOCK:
        head = head[:MAX_BLOCK]
        end, body = header_end(head)
        if body == len(head):
            defects.append("header-truncated")
    else:
        end, body = ends or header_end(head)
    block = head[:end]
    if b"\r\r\n" in block:
        block = block.replace(b"\r\r\n", b"\n")
    lines = block.splitlines()
    fields, read = _fields(lines, defects)
    if read < len(lines):
        defects.append("header-without-blank-line")
        body = end - sum(map(len, block.splitlines(keepends=True)[read:]))
    return Header(fields, tuple(defects), body)


def _fields(lines: list[bytes], defects: list[str]) -> tuple[list[tuple[str, bytes]], int]:
    """Return the fields, and how many lines belong to the header."""
    fields: list[tuple[str, bytes]] = []
    name, parts, length = "", [b""], 0
    for number, line in enumerate(lines):
        if line[:1] in (b" ", b"\t"):
            if name and length < MAX_VALUE:
                parts.append(line.strip(_BLANK))
                length += len(line)
            continue
        if line[:6] == b">From ":
            defects.append("escaped-from-line")
            continue
        before, colon, value = line.partition(b":")
        following = (_NAMES.get(before) or _new_name(before)) if colon else ""
        if not following:
            _close(fields, name, parts, defects)
            return fields, number
        if name:
            _close(fields, name, parts, defects)
        if len(fields) >= MAX_FIELDS:
            defects.append("too-many-fields")
            return fields, len(lines)
        name, parts, length = following, [value.strip(_BLANK)], len(value)
    _close(fields, name, parts, defects)
    return fields, len(lines)


def _close(
    fields: list[tuple[str, bytes]], name: str, parts: list[bytes], defects: list[str]
) -> None:
    if not name:
        return
    value = parts[0] if len(parts) == 1 else b" ".join([part for part in parts if part])
    if len(value) > MAX_VALUE:
        value = value[:MAX_VALUE]
        defects.append("field-truncated:" + name[:64])
    fields.append((name, value))


_BLANK = b" \t"
_NAMES: dict[bytes, str] = {}
"""Names of fields as they were written, and in lower case: most were there before."""
_MOST_NAMES = 1000


def _new_name(before: bytes) -> str:
    """Return what stands before a colon as the name of a field, empty where it cannot be one."""
    stripped = before.rstrip(_BLANK)
    if not stripped or not _is_name(stripped):
        return ""
    name = stripped.decode("ascii").lower()
    if len(_NAMES) < _MOST_NAMES and len(before) < MAX_NAME:
        _NAMES[before] = name
    return name


def _is_name(name: bytes) -> bool:
    if name.replace(b"-", b"").isalnum():
        return True
    return name.isascii() and b" " not in name and b"\t" not in name and name.decode().isprintable()
