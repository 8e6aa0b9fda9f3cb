"""What a message says: texts, addresses, date and attachments, from the bytes as they came.

Nothing here raises for what a message holds. Each thing is read in a step of its own: where one
fails, its name goes to the defects and the others still come out.
"""

from __future__ import annotations

from functools import partial
from itertools import chain

from mailgate.mail import body, mime, words
from mailgate.mail.address import parse_list
from mailgate.mail.attachment import Attachment, Names
from mailgate.mail.header import MAX_BLOCK, Header, scan, to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    from mailgate.mail.mime import Part

    T = TypeVar("T")

MAX_TEXT = 4 * 1024 * 1024
"""Characters of the text of a message that are kept; the original has the rest."""
MAX_ADDRESSES = 1000
MAX_DEFECTS = 50


class Content:
    """What was read from one message; a value, not to be changed.

    ``to`` and ``cc`` are normalised addresses, ``date`` is the Date field in UTC as ISO 8601, or
    None where it is unreadable. ``reply_text`` is the part of ``body_text`` that the sender wrote.
    ``defects`` names what was wrong or was left out. No text holds NUL or surrogates.
    """

    __slots__ = (
        "attachments",
        "body_html",
        "body_text",
        "cc",
        "date",
        "defects",
        "reply_text",
        "sender_name",
        "subject",
        "to",
    )

    def __init__(self) -> None:
        self.sender_name = ""
        self.subject = ""
        self.to: tuple[str, ...] = ()
        self.cc: tuple[str, ...] = ()
        self.date: str | None = None
        self.body_text = ""
        self.body_html = ""
        self.reply_text = ""
        self.attachments: tuple[Attachment, ...] = ()
        self.defects: tuple[str, ...] = ()


def read(chunks: Iterable[bytes]) -> Content:
    """Read a message from its original bytes (without mbox ``From `` line), given in chunks."""
    content = Content()
    reader = _Reader()
    header, rest = _open(chunks)
    reader.defects += header.defects
    root = reader.step("structure", lambda: reader.parse(header, rest), None)
    charset = reader.step("charset", lambda: _charset(root), None)
    content.sender_name = reader.step("from", lambda: _sender_name(header, charset), "")
    content.subject = reader.step("subject", lambda: _text(header, "subject", charset), "")
    content.to = reader.step("to", lambda: _addresses(header, "to"), ())
    content.cc = reader.step("cc", lambda: _addresses(header, "cc"), ())
    content.date = reader.step("date", lambda: _date(header), None)
    if header.first("date") and not content.date:
        reader.defects.append("date-unreadable")
    if root is not None:
        _fill(content, reader, root, charset)
    content.defects = tuple(dict.fromkeys(map(words.clean, reader.defects)))[:MAX_DEFECTS]
    return content


def _fill(content: Content, reader: _Reader, root: Part, charset: str | None) -> None:
    nothing: tuple[body.Bodies, list[Part]] = (body.Bodies([], []), [])
    bodies, others = reader.step("parts", lambda: body.split(root), nothing)
    names = Names()
    files: list[Attachment] = []
    pages: dict[int, str] = {}
    reader.step("text", lambda: reader.pages(bodies, files, names, pages), None)
    content.body_text = reader.step("text", lambda: reader.body_text(bodies, pages), "")
    content.body_html = reader.step("html", lambda: reader.body_html(bodies, pages), "")
    if content.body_text:
        content.reply_text = reader.step(
            "reply", lambda: _reply(content.body_text), content.body_text
        )
    for part in others:
        reader.step("attachment", partial(_attach, files, part, charset, names), None)
        reader.defects += part.trouble
    content.attachments = tuple(files)


class _Reader:
    """Reads one message and collects what was wrong with it."""

    def __init__(self) -> None:
        self.defects: list[str] = []

    def step(self, name: str, work: Callable[[], T], otherwise: T) -> T:
        """Do one thing; where it fails, note that and go on with ``otherwise``."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001  the message must not decide what breaks
            self.defects.append(f"{name}-failed:{type(error).__name__}")
            return otherwise

    def parse(self, header: Header, rest: Iterator[bytes]) -> Part:
        root, defects = mime.parse(header.fields, rest)
        self.defects += defects
        return root

    def pages(
        self,
        bodies: body.Bodies,
        files: list[Attachment],
        names: Names,
        found: dict[int, str],
    ) -> None:
        """Put the decoded text of each body leaf into ``found``, uuencoded files into ``files``."""
        for part in bodies.text + bodies.html:
            if id(part) not in found:
                data = part.take()
                if body.is_plain(part) and b"begin " in data:
                    data = _uuencoded(data, files, names)
                found[id(part)] = self.page(part, data)
                self.defects += part.trouble

    def page(self, part: Part, data: bytes) -> str:
        from mailgate.mail import charset as charsets

        text, defect = charsets.decode(data, part.content_type.token("charset"))
        if defect:
            self.defects.append(defect)
        if len(text) > MAX_TEXT:
            self.defects.append("text-truncated")
            text = text[:MAX_TEXT]
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def body_text(self, bodies: body.Bodies, pages: dict[int, str]) -> str:
        text = self.joined(bodies.text, pages)
        if not text.strip() and bodies.html != bodies.text:
            text = self.joined(bodies.html, pages)
        return text[:MAX_TEXT]

    def joined(self, parts: list[Part], pages: dict[int, str]) -> str:
        out = []
        for part in parts:
            text = pages.get(id(part), "")
            if not body.is_plain(part):
                from mailgate.mail import html

                text, defect = html.to_text(text)
                if defect:
                    self.defects.append(defect)
            if text.strip():
                out.append(text.rstrip())
        return "\n".join(out)

    def body_html(self, bodies: body.Bodies, pages: dict[int, str]) -> str:
        if all(map(body.is_plain, bodies.html)):
            return ""
        from mailgate.mail import html

        out = []
        for part in bodies.html:
            text = pages.get(id(part), "")
            if body.is_plain(part):
                out.append(html.preformatted(text))
                continue
            clean, defect = html.sanitise(text)
            out.append(clean)
            if defect:
                self.defects.append(defect)
        return "\n".join(page for page in out if page.strip())


def _open(chunks: Iterable[bytes]) -> tuple[Header, Iterator[bytes]]:
    """Return the header, and the body as far as it is to be read."""
    source = iter(chunks)
    head = b""
    parts: list[bytes] = []
    size = 0
    for chunk in source:
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_BLOCK + 4:
            break
    head = b"".join(parts)
    header = scan(head)
    return header, chain((head[header.size :],), source)


def _text(header: Header, name: str, charset: str | None) -> str:
    return words.decode(header.first(name) or b"", charset)


def _charset(root: Part | None) -> str | None:
    """Return the charset of the first text part, None where it names none."""
    for part in mime.leaves(root) if root is not None else []:
        if part.media_type in ("text/plain", "text/html"):
            return part.content_type.token("charset") or None
    return None


def _sender_name(header: Header, charset: str | None) -> str:
    value = header.first("from") or header.first("sender") or b""
    if b"=?" not in value and not value.isascii():
        value = words.decode(value, charset).encode()
    mailboxes = parse_list(to_text(value))
    return words.decode(mailboxes[0].name.encode(), charset) if mailboxes else ""


def _addresses(header: Header, name: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in header.all(name):
        for mailbox in parse_list(to_text(value)):
            if mailbox.address and len(found) < MAX_ADDRESSES:
                found[mailbox.address] = None
    return tuple(found)


def _date(header: Header) -> str | None:
    from mailgate.mail import dates

    return dates.read(header.text("date"))


def _reply(text: str) -> str:
    from mailgate.mail import quotation

    return quotation.reply(text)


def _uuencoded(data: bytes, files: list[Attachment], names: Names) -> bytes:
    from mailgate.mail import uuencode

    rest, found = uuencode.split(data)
    for raw, content in found:
        original = words.decode(raw)
        kind = "application/octet-stream"
        files.append(Attachment(names.give(original, kind), original, kind, None, content))
    return rest


def _attach(files: list[Attachment], part: Part, charset: str | None, names: Names) -> None:
    kind = part.media_type
    original = part.disposition.text("filename", charset) or part.content_type.text("name", charset)
    data = part.take()
    if data or original or not kind.startswith("multipart/"):
        content_id = words.decode(part.raw("content-id")[:998]).strip("<> ") or None
        files.append(Attachment(names.give(original, kind), original, kind, content_id, data))
