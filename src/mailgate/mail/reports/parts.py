"""The parts of a report: what people read, what machines read, and what was returned."""

from __future__ import annotations

from binascii import a2b_qp

from mailgate.mail import charset, mime
from mailgate.mail.header import Header, scan, to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.mail.mime import Part

MAX_READ = 4 * 1024 * 1024
"""Bytes of a message that are read: a report comes before what it returns."""
MAX_TEXT = 256 * 1024
"""Characters of a part for people that are read."""
MAX_FIELDS = MAX_READ
"""Characters of a part for machines that are read: some list thousands of recipients."""
MAX_RETURNED = 64 * 1024
"""Bytes of the header of a returned message that are read."""
MAX_PARTS = 100
"""Parts that are looked at."""
_STATUS = ("message/delivery-status", "message/global-delivery-status")
_FEEDBACK = ("message/feedback-report",)
_DISPOSITION = ("message/disposition-notification", "message/global-disposition-notification")
_RETURNED = (
    "message/rfc822",
    "message/global",
    "message/global-headers",
    "text/rfc822-headers",
    "text/rfc822-header",
    "message/rfc822-headers",
    "message/partial",
)


class Parts:
    """A message taken apart.

    ``texts`` are for people; ``status``, ``feedback`` and ``disposition`` hold the fields for
    machines; ``returned`` are the headers of the messages that came back; ``body`` is all of it.
    """

    __slots__ = (
        "body",
        "disposition",
        "feedback",
        "header",
        "returned",
        "status",
        "texts",
        "typed",
    )

    def __init__(self, header: Header, body: bytes) -> None:
        self.header = header
        self.body = body
        self.typed = False
        self.texts: list[str] = []
        self.status: list[str] = []
        self.feedback: list[str] = []
        self.disposition: list[str] = []
        self.returned: list[Header] = []


def take_apart(data: bytes) -> Parts:
    """Return the parts of a message, bounded in number and length."""
    data = data[:MAX_READ]
    if data[:5] == b"From ":
        data = data.partition(b"\n" if b"\n" in data[:1000] else b"\r")[2]
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    header = scan(data)
    parts = Parts(header, data[header.size :])
    parts.typed = (header.first("content-type") or b"")[:16].lower() == b"multipart/report"
    root, _ = mime.parse(_fields(header), [parts.body])
    pages: list[str] = []
    files: list[str] = []
    for leaf in mime.leaves(root)[:MAX_PARTS]:
        kind = leaf.media_type
        if kind == "text/html":
            pages.append(_text(leaf))
        elif kind == "text/plain" and leaf.disposition.value == "attachment":
            files.append(_text(leaf))
        else:
            _sort(parts, leaf, alone=leaf is root)
    if not any(text.strip() for text in parts.texts):
        parts.texts = _from_pages(pages) if pages else files
    return parts


def _fields(header: Header) -> list[tuple[str, bytes]]:
    """Return the fields, with the semicolon that some write as a colon."""
    return [
        (name, value[:16] + b";" + value[17:])
        if name == "content-type" and value[:17].lower() == b"multipart/report:"
        else (name, value)
        for name, value in header.fields
    ]


def _sort(parts: Parts, leaf: Part, *, alone: bool) -> None:
    kind = leaf.media_type
    if kind in _STATUS:
        parts.status.append(_text(leaf, MAX_FIELDS))
    elif kind in _FEEDBACK:
        parts.feedback.append(_text(leaf))
    elif kind in _DISPOSITION:
        parts.disposition.append(_text(leaf))
    elif kind in _RETURNED:
        parts.returned.append(scan(leaf.take().lstrip(b"\r\n")[:MAX_RETURNED]))
    elif _is_text(kind, alone=alone):
        parts.texts.append(_text(leaf))


def _is_text(kind: str, *, alone: bool) -> bool:
    """Tell what people read; a multipart without boundary is text, too."""
    return alone or kind == "text/plain" or kind.startswith("multipart/")


def _text(leaf: Part, limit: int = MAX_TEXT) -> str:
    declared = leaf.raw("content-transfer-encoding")
    data = leaf.take()[: 4 * limit]
    if not declared and (b"=20\n" in data or b"=20\r" in data or b"=3D" in data):
        data = a2b_qp(data)
    text = charset.decode(data, leaf.content_type.token("charset"))[0][:limit]
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _from_pages(pages: list[str]) -> list[str]:
    from mailgate.mail import html

    return [html.to_text(page)[0] for page in pages[:10]]


def field(header: Header, name: str) -> str:
    """Return the first field of that name as text, or nothing."""
    value = header.first(name)
    return "" if value is None else to_text(value)
