"""Unpack: derives texts, attachments and the search index from the stored bytes.

It can be done again at any time, also by a later version, as long as the original is kept.
"""

from __future__ import annotations

from _json import encode_basestring_ascii
from zlib import compressobj

from mailgate.errors import MailgateError
from mailgate.mail.message import Content, read
from mailgate.mail.original import LEVEL
from mailgate.store import contents, originals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mailgate.mail.attachment import Attachment
    from mailgate.mail.original import Compressor
    from mailgate.store.driver import Connection
    from mailgate.store.sqlite import Database

DONE = "done"
FAILED = "failed"
GONE = "gone"
"""There is no such message, or its original is no longer kept."""
_PIECE = 1024 * 1024


def unpack(database: Database, messages: Iterable[int]) -> dict[int, str]:
    """Unpack messages by number, each in a transaction of its own, and say what became of each.

    Messages of one original that follow each other are read once.
    """
    outcomes: dict[int, str] = {}
    last: tuple[bytes, Unpacked] | None = None
    for message in messages:
        digest = contents.digest_of(database.connection, message)
        if digest is None or not originals.exists(database.connection, digest):
            outcomes[message] = GONE
            continue
        try:
            if last is None or last[0] != digest:
                last = None
                last = (digest, Unpacked(read(originals.chunks(database.connection, digest))))
            unpacked = last[1]
            with database.writing() as connection:
                keep(connection, message, unpacked)
            outcomes[message] = DONE
        except MailgateError:
            raise
        except Exception:  # noqa: BLE001  the message must not decide what breaks
            with database.writing() as connection:
                contents.mark(connection, message, FAILED)
            outcomes[message] = FAILED
    return outcomes


class Unpacked:
    """The content of a message, ready to be written: attachments hashed and compressed.

    ``compressor`` makes what compresses one, in place of zlib.
    """

    __slots__ = ("content", "files")

    def __init__(
        self, content: Content, compressor: Callable[[], Compressor] = lambda: compressobj(LEVEL)
    ) -> None:
        self.content = content
        self.files: list[tuple[Attachment, str, list[bytes]]] = []
        for attachment in content.attachments:
            from hashlib import sha256

            digest = sha256(attachment.data).hexdigest()
            self.files.append((attachment, digest, _compress(attachment, compressor())))


def _compress(attachment: Attachment, stream: Compressor) -> list[bytes]:
    view = memoryview(attachment.data)
    pieces, pending = [], bytearray()
    for at in range(0, len(view), _PIECE):
        pending += stream.compress(view[at : at + _PIECE])
        if len(pending) >= _PIECE:
            pieces.append(bytes(pending))
            pending.clear()
    pending += stream.flush()
    pieces.append(bytes(pending))
    return pieces


def _json_list(texts: Iterable[str]) -> str:
    """Return texts as a JSON array, without the json package and its regular expressions."""
    return "[" + ", ".join(map(encode_basestring_ascii, texts)) + "]"


def keep(connection: Connection, message: int, unpacked: Unpacked) -> None:
    """Write what was derived from a message, in place of what was derived before."""
    content = unpacked.content
    numbers = contents.attachment_ids(connection, message)
    contents.clear(connection, message)
    contents.add(
        connection,
        message,
        (
            content.sender_name,
            _json_list(content.to),
            _json_list(content.cc),
            content.subject,
            content.date,
            content.body_text,
            content.body_html,
            content.reply_text,
            _json_list(content.defects),
        ),
    )
    for attachment, digest, pieces in unpacked.files:
        values = (
            numbers.get((attachment.filename, digest)),
            message,
            attachment.filename,
            attachment.original_filename,
            attachment.content_type,
            attachment.size,
            attachment.content_id,
            digest,
        )
        contents.add_attachment(connection, values, pieces)
    contents.index(connection, message)
    if content.sender_name:
        contents.name_contact(connection, message, content.sender_name)
    contents.mark(connection, message, DONE)
