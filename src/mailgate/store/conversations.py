"""Changes to records and their conversations: fields, state, followers, merging, deleting."""

from __future__ import annotations

from mailgate.store import contents
from mailgate.store.driver import Connection


def rename(connection: Connection, record: int, name: str) -> None:
    """Give a record another name."""
    connection.execute("UPDATE record SET name = ? WHERE id = ?", (name, record))


def put_value(connection: Connection, record: int, field: str, value: str) -> None:
    """Set a field of a record to a value in the form in which it is kept."""
    connection.execute(
        "INSERT OR REPLACE INTO record_value (record, field, value) VALUES (?, ?, ?)",
        (record, field, value),
    )


def set_state(connection: Connection, record: int, state: str) -> None:
    """Make a record open or closed."""
    connection.execute("UPDATE record SET state = ? WHERE id = ?", (state, record))


def touch(connection: Connection, record: int, at: int) -> None:
    """Note when a record was changed (seconds)."""
    connection.execute("UPDATE record SET updated_at = ? WHERE id = ?", (at, record))


def follow(connection: Connection, record: int, address: str) -> None:
    """Let an address get a record's messages."""
    connection.execute(
        "INSERT OR IGNORE INTO follower (record, address) VALUES (?, ?)", (record, address)
    )


def unfollow(connection: Connection, record: int, address: str) -> None:
    """Let an address get a record's messages no longer."""
    connection.execute("DELETE FROM follower WHERE record = ? AND address = ?", (record, address))


def merge(connection: Connection, record: int, into: int) -> None:
    """Move a record's messages, ids, followers and aliases into another, and remove it.

    A message that is in both stays once; values of the other win.
    """
    _drop_messages(connection, _doubles(connection, record, into))
    connection.execute("UPDATE message SET record = ? WHERE record = ?", (into, record))
    for table in ("follower", "addressed", "record_value"):
        connection.execute(
            f"UPDATE OR IGNORE {table} SET record = ? WHERE record = ?", (into, record)
        )
    _move_ids(connection, record, into)
    for column in ("record", "parent"):
        connection.execute(f"UPDATE alias SET {column} = ? WHERE {column} = ?", (into, record))
    connection.execute(
        "UPDATE alias SET status = 'invalid' WHERE record = ?1"
        " AND model <> (SELECT model FROM record WHERE id = ?1)",
        (into,),
    )
    connection.execute("DELETE FROM record WHERE id = ?", (record,))


def delete(connection: Connection, record: int) -> None:
    """Remove a record and its messages, with all content; ids that were known stay known.

    An alias that needs the record becomes invalid: its mail is held. What waits in the outbox for
    being sent from it is cancelled.
    """
    connection.execute(
        "UPDATE outbox SET status = 'cancelled' WHERE status = 'queued'"
        " AND message IN (SELECT id FROM message WHERE record = ?)",
        (record,),
    )
    rows = connection.execute("SELECT id FROM message WHERE record = ?", (record,)).fetchall()
    _drop_messages(connection, [row[0] for row in rows])
    connection.execute("DELETE FROM record WHERE id = ?", (record,))
    connection.execute(
        "UPDATE alias SET status = 'invalid' WHERE record = ?1"
        " OR (parent = ?1 AND policy = 'followers' AND record IS NULL)",
        (record,),
    )


def _doubles(connection: Connection, record: int, into: int) -> list[int]:
    """Return the messages of a record that another has too.

    Author, date and subject are the same, and the id too, or all of the content: other messages
    of a careless sender may have the same id, and the same one may be known by a made id.
    """
    known = "JOIN known_id {1} ON {1}.message_id = {0}.message_id AND {1}.message = {0}.id"
    rows = connection.execute(
        f"SELECT DISTINCT m.id FROM message m {known.format('m', 'k')}"
        f" JOIN message n ON n.record = ? {known.format('n', 'l')}"
        " WHERE m.record = ? AND k.identity = l.identity"
        " AND (m.message_id = n.message_id OR k.digest = l.digest)",
        (into, record),
    )
    return [number for (number,) in rows]


def _move_ids(connection: Connection, record: int, into: int) -> None:
    connection.execute(
        "UPDATE OR IGNORE known_id SET record = ?1,"
        " model = (SELECT model FROM record WHERE id = ?1) WHERE record = ?2",
        (into, record),
    )
    connection.execute("DELETE FROM known_id WHERE record = ?", (record,))


def _drop_messages(connection: Connection, messages: list[int]) -> None:
    for message in messages:
        digest = contents.digest_of(connection, message)
        files = connection.execute(
            "SELECT DISTINCT sha256 FROM attachment WHERE message = ?", (message,)
        ).fetchall()
        contents.clear(connection, message)
        connection.execute("DELETE FROM message WHERE id = ?", (message,))
        for (sha256,) in files:
            _drop_file(connection, sha256)
        _drop_original(connection, digest)


def _drop_file(connection: Connection, sha256: str) -> None:
    """Remove the bytes of an attachment that no message has any more."""
    connection.execute(
        "DELETE FROM attachment_data WHERE sha256 = ?1"
        " AND NOT EXISTS (SELECT 1 FROM attachment WHERE sha256 = ?1)",
        (sha256,),
    )


def _drop_original(connection: Connection, digest: bytes | None) -> None:
    """Remove original bytes that no message and no held mail has any more, and no letter to send.

    Letters whose message is gone do not keep them: what is deleted is to be gone.
    """
    connection.execute(
        "DELETE FROM original WHERE digest = ?1"
        " AND NOT EXISTS (SELECT 1 FROM message WHERE digest = ?1)"
        " AND NOT EXISTS (SELECT 1 FROM quarantine WHERE digest = ?1)"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE digest = ?1 AND (status = 'queued'"
        " OR message IS NULL OR message IN (SELECT id FROM message)))",
        (digest,),
    )
