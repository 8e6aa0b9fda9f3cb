"""A record and the messages of its conversation, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.entities.field import Value


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment; ``filename`` is safe to use, ``original_filename`` as it came."""

    id: int
    filename: str
    original_filename: str
    content_type: str
    size: int
    content_id: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a record; times ISO 8601, ``date`` None where it is unreadable.

    Until a message is unpacked its texts are empty and ``unpacked`` says ``pending``.
    """

    id: int
    message_id: str
    record: int
    parent: int | None
    kind: str
    direction: str
    sender: str
    sender_name: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    date: str | None
    at: str
    body_text: str
    body_html: str
    reply_text: str
    automatic: bool
    class_: str
    stranger: bool
    unpacked: str
    defects: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    authentication: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class Record:
    """One record; ``messages`` is their number in lists, all of them, oldest first, in ``show``.

    ``alias`` is the address that started it and ``domain`` that address's domain.
    """

    id: int
    model: str
    name: str
    state: str
    sender: str
    alias: str | None
    domain: str | None
    values: dict[str, Value]
    messages: int | tuple[Message, ...]
    followers: tuple[str, ...]
    created_at: str
    updated_at: str
