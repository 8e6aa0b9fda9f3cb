"""The tables of messages, what was derived from them, and attachments, as they are shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zlib import decompressobj, error

from mailgate.clock import iso
from mailgate.entities.record import Attachment, Message
from mailgate.errors import DatabaseError, MailgateError
from mailgate.store.driver import Connection

if TYPE_CHECKING:
    from zlib import _Decompress

AUTOMATIC = ("auto-generated", "auto-reply", "report")
"""The classes of messages that no person wrote."""
_STEP = 1 << 20
_SELECT = """
    SELECT id, message_id, record, parent, kind, direction, sender,
        coalesce(sender_name, ''), coalesce(recipients_to, '[]'), coalesce(recipients_cc, '[]'),
        coalesce(content.subject, message.subject), date, at,
        coalesce(body_text, ''), coalesce(body_html, ''), coalesce(reply_text, ''),
        class, stranger, unpacked, coalesce(defects, '[]'), authentication
    FROM message LEFT JOIN content ON content.message = message.id
"""
_ATTACHMENT = """
    SELECT id, filename, original_filename, content_type, size, content_id, sha256 FROM attachment
"""


def of_record(connection: Connection, record: int) -> tuple[Message, ...]:
    """Return the messages of a record, oldest first."""
    rows = connection.execute(_SELECT + "WHERE record = ? ORDER BY at, id", (record,)).fetchall()
    return tuple(_message(connection, row) for row in rows)


def get(connection: Connection, number: int) -> Message:
    """Return a message by id; raises MailgateError."""
    row = connection.execute(_SELECT + "WHERE message.id = ?", (number,)).fetchone()
    if row is None:
        raise MailgateError(f"no message {number}: mailgate record show lists those of a record")
    return _message(connection, row)


def page(connection: Connection, state: str | None, after: int, limit: int) -> list[int]:
    """Return the next ids after one, of messages in a state of unpacking, or of all."""
    rows = connection.execute(
        "SELECT id FROM message WHERE id > ? AND unpacked = coalesce(?, unpacked)"
        " ORDER BY id LIMIT ?",
        (after, state, limit),
    )
    return [row[0] for row in rows]


def attachment(connection: Connection, number: int) -> Attachment:
    """Return an attachment by id; raises MailgateError."""
    row = connection.execute(_ATTACHMENT + "WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise MailgateError(
            f"no attachment {number}: mailgate record show lists them under their messages"
        )
    return Attachment(*row)


def attachment_bytes(connection: Connection, sha256: str) -> Iterator[bytes]:
    """Yield an attachment's bytes in pieces of bounded size."""
    stream = decompressobj()
    rows = connection.execute(
        "SELECT data FROM attachment_data WHERE sha256 = ? ORDER BY piece", (sha256,)
    )
    for (data,) in rows:
        piece = data
        while piece:
            yield _inflate(stream, piece)
            piece = stream.unconsumed_tail
    yield stream.flush()


def _inflate(stream: _Decompress, piece: bytes) -> bytes:
    try:
        return stream.decompress(piece, _STEP)
    except error as problem:
        raise DatabaseError(f"an attachment is damaged: {problem}") from problem


def _attachments(connection: Connection, message: int) -> tuple[Attachment, ...]:
    rows = connection.execute(_ATTACHMENT + "WHERE message = ? ORDER BY id", (message,))
    return tuple(Attachment(*row) for row in rows)


def _message(connection: Connection, row: tuple[Any, ...]) -> Message:
    number, message_id, record, parent, kind, direction, sender, sender_name = row[:8]
    to, cc, subject, date, at, text, html, reply, class_, stranger, unpacked = row[8:19]
    defects, authentication = row[19:]
    return Message(
        id=number,
        message_id=message_id,
        record=record,
        parent=parent,
        kind=kind,
        direction=direction,
        sender=sender,
        sender_name=sender_name,
        to=_list(to),
        cc=_list(cc),
        subject=subject,
        date=date,
        at=iso(at),
        body_text=text,
        body_html=html,
        reply_text=reply,
        automatic=class_ in AUTOMATIC,
        class_=class_,
        stranger=bool(stranger),
        unpacked=unpacked,
        defects=_list(defects),
        attachments=_attachments(connection, number),
        authentication=json.loads(authentication) if authentication else None,
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
