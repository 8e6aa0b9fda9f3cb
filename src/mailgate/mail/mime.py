"""The tree of parts of a message (RFC 2046), read in chunks and within limits.

The parser is the standard library's, with its ``compat32`` policy; types, boundaries and depth
are judged by our own part class. Attached messages are not entered: they stay whole.
"""

from __future__ import annotations

from mailgate.mail import transfer
from mailgate.mail.compat32 import BytesFeedParser, Message
from mailgate.mail.header import MAX_VALUE
from mailgate.mail.params import Field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

CHUNK = 64 * 1024
MAX_DEPTH = 100
"""Multiparts in one another; a deeper one is one opaque leaf."""
MAX_PARTS = 1000
"""Parts of a message; what follows stays unread."""
MAX_BOUNDARY = 200
"""Characters of a boundary. RFC 2046 section 5.1.1 allows 70, mailers do not count."""
MAX_WORK = 3_000_000
"""Lines read, each times the depth it is at: some five seconds."""
_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+")


class Part(Message):
    """One part, with the fields that describe it."""

    _payload: list[Part] | str | None

    def __init__(self, census: Census) -> None:
        super().__init__()
        census.parts += 1
        self.depth = 1
        self.digest = False
        self.whole = b""
        self.trouble: list[str] = []
        self._census = census
        self._type: Field | None = None
        self._disposition: Field | None = None
        self._media_type: str | None = None

    def attach(self, payload: Message) -> None:  # type: ignore[override]
        """Take a part as child, and note how deep it is."""
        if isinstance(payload, Part):
            payload.depth = self.depth + 1
            self._census.depth = max(self._census.depth, payload.depth)
            payload.digest = self.media_type == "multipart/digest"
        super().attach(payload)

    def set_raw(self, name: str, value: str) -> None:
        """Keep a field that describes the part, forget the others: nothing asks for them."""
        if name[:8].lower() == "content-":
            super().set_raw(name, value)

    def raw(self, name: str) -> bytes:
        """Return the unfolded value of the first field of that lower-case name, or nothing."""
        for field, value in self.raw_items():
            if field.lower() == name:
                data = str(value)[:MAX_VALUE].encode("utf-8", "surrogateescape")
                return b" ".join(data.split()) if b"\n" in data or b"\r" in data else data.strip()
        return b""

    @property
    def content_type(self) -> Field:
        """The Content-Type field."""
        if self._type is None:
            self._type = Field(self.raw("content-type"))
            if self._type.too_many:
                self.trouble.append("too-many-parameters")
        return self._type

    @property
    def disposition(self) -> Field:
        """The Content-Disposition field."""
        if self._disposition is None:
            self._disposition = Field(self.raw("content-disposition"))
        return self._disposition

    @property
    def media_type(self) -> str:
        """Type and subtype in lower case; where they cannot be read, what RFC 2045 assumes."""
        if self._media_type is None:
            self._media_type = self._read_type()
        return self._media_type

    def _read_type(self) -> str:
        value = self.content_type.value
        main, slash, sub = value.partition("/")
        if len(value) <= 127 and slash and main and sub and _TOKEN.issuperset(main + sub):
            return value
        if value.startswith("multipart"):
            return "multipart/mixed"
        return "message/rfc822" if self.digest and not value else "text/plain"

    @property
    def children(self) -> list[Part]:
        """The parts of a multipart, none of a leaf."""
        payload = self._payload
        return payload if isinstance(payload, list) else []

    def take(self) -> bytes:
        """Return the decoded bytes of a leaf and forget them; defects go to ``trouble``."""
        payload, data = self._payload, self.whole
        self._payload, self.whole = "", b""
        if isinstance(payload, str):
            data += payload.encode("utf-8", "surrogateescape")
        del payload
        encoding = self.raw("content-transfer-encoding").decode("latin-1")
        data, defect = transfer.decode(data, encoding)
        if defect:
            self.trouble.append(defect)
        return data

    def get_content_type(self) -> str:
        """Tell the parser what to do: a type to enter, or a plain leaf."""
        if not self.media_type.startswith("multipart/"):
            return "text/plain"
        if self.depth > MAX_DEPTH:
            self._census.too_deep = True
            return "text/plain"
        return "multipart/mixed"

    def get_content_maintype(self) -> str:
        """Tell the parser whether to enter this part."""
        return self.get_content_type().partition("/")[0]

    def get_boundary(self, failobj: object = None) -> str | None:  # type: ignore[override]
        """Tell the parser the boundary, None where it is missing or out of bounds."""
        boundary = self.content_type.token("boundary")[: MAX_BOUNDARY + 1]
        if not boundary or len(boundary) > MAX_BOUNDARY:
            self.trouble.append("boundary-too-long" if boundary else "boundary-missing")
            return None
        return boundary.encode("latin-1").decode("ascii", "surrogateescape")


class Census:
    """What was counted while reading."""

    __slots__ = ("depth", "parts", "too_deep")

    def __init__(self) -> None:
        self.parts = 0
        self.depth = 1
        self.too_deep = False


class _Leaf:
    """Reads a message that is no multipart: all that follows its fields is its one part."""

    def __init__(self, root: Part) -> None:
        self._root = root
        self._pieces: list[bytes] = []

    def feed(self, piece: bytes) -> None:
        self._pieces.append(piece)

    def close(self) -> Part:
        self._root.whole = b"".join(self._pieces)
        return self._root


def parse(fields: Iterable[tuple[str, bytes]], chunks: Iterable[bytes]) -> tuple[Part, list[str]]:
    """Return the root of the tree, and defects.

    ``fields`` are those of the message's header, names in lower case, values without line ends;
    ``chunks`` are its body.
    """
    census = Census()
    parser = _reader([(name, value) for name, value in fields if name[:8] == "content-"], census)
    defects: list[str] = []
    work = 0
    for chunk in chunks:
        for at in range(0, len(chunk), CHUNK):
            piece = chunk[at : at + CHUNK]
            work += (piece.count(b"\n") + piece.count(b"\r")) * census.depth
            if census.parts > MAX_PARTS or work > MAX_WORK:
                break
            parser.feed(piece)
    if census.parts > MAX_PARTS:
        defects.append("too-many-parts")
    elif work > MAX_WORK:
        defects.append("too-much-structure")
    root = parser.close()
    if census.too_deep:
        defects.append("too-deep")
    return root, defects


def _reader(fields: list[tuple[str, bytes]], census: Census) -> BytesFeedParser[Part] | _Leaf:
    """Return what reads the body; the parser, which goes line by line, only for a multipart."""
    root = Part(Census())
    for name, value in fields:
        root.set_raw(name, value.decode("ascii", "surrogateescape"))
    if root.get_content_maintype() != "multipart":
        return _Leaf(root)
    parser: BytesFeedParser[Part] = BytesFeedParser(lambda: Part(census))
    parser.feed(b"".join([name.encode() + b": " + value + b"\n" for name, value in fields]))
    parser.feed(b"\n")
    return parser


def leaves(root: Part) -> list[Part]:
    """Return the parts without children in the order of the message."""
    found: list[Part] = []
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.children:
            waiting += reversed(part.children)
        else:
            found.append(part)
    return found
