"""What unpack derived from messages: texts, attachments, and the search index over both."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mailgate.store.driver import Connection


def waiting(connection: Connection, states: Sequence[str]) -> list[int]:
    """Return the ids of messages whose unpacking is in one of these states, oldest first."""
    marks = ",".join("?" * len(states))
    rows = connection.execute(
        f"SELECT id FROM message WHERE unpacked IN ({marks}) ORDER BY id", tuple(states)
    )
    return [number for (number,) in rows]


def packed(connection: Connection, since: int, most: int) -> list[int]:
    """Return the ids of messages that came since a time (seconds) and wait to be unpacked."""
    rows = connection.execute(
        "SELECT id FROM message WHERE unpacked = 'pending' AND at >= ? ORDER BY id LIMIT ?",
        (since, most),
    )
    return [number for (number,) in rows]


def digest_of(connection: Connection, message: int) -> bytes | None:
    """Return the digest of a message's original, or None where there is no such message."""
    row = connection.execute("SELECT digest FROM message WHERE id = ?", (message,)).fetchone()
    return row[0] if row else None


def mark(connection: Connection, message: int, state: str) -> None:
    """Set what became of unpacking a message."""
    connection.execute("UPDATE message SET unpacked = ? WHERE id = ?", (state, message))


def attachment_ids(connection: Connection, message: int) -> dict[tuple[str, str], int]:
    """Return the ids of a message's attachments by (filename, sha256)."""
    rows = connection.execute(
        "SELECT filename, sha256, id FROM attachment WHERE message = ?", (message,)
    )
    return {(filename, sha256): number for filename, sha256, number in rows}


def clear(connection: Connection, message: int) -> None:
    """Take away what was derived from a message before, from the search index too."""
    row = connection.execute(
        "SELECT subject, body_text FROM content WHERE message = ?", (message,)
    ).fetchone()
    if row is None:
        return
    connection.execute(
        "INSERT INTO search (search, rowid, subject, body, attachments)"
        " VALUES ('delete', ?, ?, ?, ?)",
        (message, *row, _names(connection, message)),
    )
    connection.execute("DELETE FROM attachment WHERE message = ?", (message,))
    connection.execute("DELETE FROM content WHERE message = ?", (message,))


def add(connection: Connection, message: int, values: Sequence[str | None]) -> None:
    """Keep (sender name, to, cc, subject, date, text, html, reply text, defects) of a message."""
    connection.execute(
        "INSERT INTO content VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (message, *values)
    )


def add_attachment(connection: Connection, values: Sequence[object], data: Iterable[bytes]) -> None:
    """Add (id, message, filename, original filename, type, size, content id, sha256) and bytes.

    The id is None for a new attachment.
    ``data`` are pieces of one zlib stream; a content that is there already is not written again.
    """
    connection.execute(
        "INSERT INTO attachment (id, message, filename, original_filename, content_type, size,"
        " content_id, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    row = connection.execute(
        "SELECT 1 FROM attachment_data WHERE sha256 = ? AND piece = 0", (values[-1],)
    ).fetchone()
    if row:
        return
    for number, piece in enumerate(data):
        connection.execute(
            "INSERT INTO attachment_data VALUES (?, ?, ?)", (values[-1], number, piece)
        )


def index(connection: Connection, message: int) -> None:
    """Make a message findable by its subject, text and attachment names."""
    connection.execute(
        "INSERT INTO search (rowid, subject, body, attachments)"
        " SELECT message, subject, body_text, ? FROM content WHERE message = ?",
        (_names(connection, message), message),
    )


def name_contact(connection: Connection, message: int, name: str) -> None:
    """Give the contact who sent a message to us the name it came with, if it has none."""
    connection.execute(
        "UPDATE contact SET name = ? WHERE name = '' AND address ="
        " (SELECT sender FROM message WHERE id = ? AND direction = 'in')",
        (name, message),
    )


def _names(connection: Connection, message: int) -> str:
    rows = connection.execute(
        "SELECT filename FROM attachment WHERE message = ? ORDER BY id", (message,)
    )
    return "\n".join(name for (name,) in rows)
