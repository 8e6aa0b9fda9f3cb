"""Unpacking of many messages: what was read is written in few transactions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mailgate.errors import MailgateError
from mailgate.gateway.unpack import FAILED, Unpacked, keep
from mailgate.mail.deflate import compressor
from mailgate.mail.message import read
from mailgate.store import contents, originals
from mailgate.store.driver import Connection, Error
from mailgate.store.savepoint import savepoint
from mailgate.store.sqlite import Database, is_message_fault

MOST_AT_ONCE = 16 * 1024 * 1024
"""Bytes of attachments and characters of texts that wait to be written together."""
_Ready = tuple[int, Unpacked | None]


def unpack_group(
    database: Database, messages: Sequence[int], announce: Callable[[int], None]
) -> None:
    """Unpack messages in as few transactions as memory allows; each is announced before.

    One that fails is marked, and does not spoil the others.
    """
    ready: list[_Ready] = []
    size = 0
    for message in messages:
        digest = contents.digest_of(database.connection, message)
        if digest is None or not originals.exists(database.connection, digest):
            continue
        announce(message)
        unpacked = _read(database, digest)
        ready.append((message, unpacked))
        size += _size(unpacked) if unpacked else 0
        if size > MOST_AT_ONCE:
            _keep(database, ready)
            ready, size = [], 0
    if ready:
        _keep(database, ready)


def _read(database: Database, digest: bytes) -> Unpacked | None:
    try:
        content = read(originals.chunks(database.connection, digest))
        return Unpacked(content, compressor)
    except MailgateError:
        raise
    except Exception:  # noqa: BLE001  the message must not decide what breaks
        return None


def _size(unpacked: Unpacked) -> int:
    content = unpacked.content
    texts = len(content.body_text) + len(content.body_html) + len(content.reply_text)
    return texts + sum(attachment.size for attachment, *_ in unpacked.files)


def _keep(database: Database, ready: Sequence[_Ready]) -> None:
    """Write them all, without savepoints: the search index would write its tree at each.

    Where a message breaks that, nothing is written, and it is done again with them.
    """
    if not _put_all(database, ready):
        with database.writing() as connection:
            for message, unpacked in ready:
                _put_apart(connection, message, unpacked)


def _put_all(database: Database, ready: Sequence[_Ready]) -> bool:
    try:
        with database.writing() as connection:
            for message, unpacked in ready:
                _put(connection, message, unpacked)
    except MailgateError as error:
        cause = error.__cause__
        if not isinstance(cause, Error) or not is_message_fault(cause):
            raise
        return False
    except Exception:  # noqa: BLE001  as above
        return False
    return True


def _put(connection: Connection, message: int, unpacked: Unpacked | None) -> None:
    if unpacked is None:
        contents.mark(connection, message, FAILED)
    else:
        keep(connection, message, unpacked)


def _put_apart(connection: Connection, message: int, unpacked: Unpacked | None) -> None:
    try:
        with savepoint(connection):
            _put(connection, message, unpacked)
    except Error as error:
        if not is_message_fault(error):
            raise
        contents.mark(connection, message, FAILED)
    except Exception:  # noqa: BLE001  as above
        contents.mark(connection, message, FAILED)
