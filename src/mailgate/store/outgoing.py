"""Mail that goes out for a record: what it is made of, and its rows."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgate.store.driver import Connection

_BATCH = 500


def followers(connection: Connection, record: int) -> list[str]:
    """Return the addresses that follow a record."""
    rows = connection.execute(
        "SELECT address FROM follower WHERE record = ? ORDER BY address", (record,)
    )
    return [address for (address,) in rows]


def contacts(connection: Connection, addresses: Sequence[str]) -> dict[str, tuple[bool, bool, str]]:
    """Return (internal, suppressed, name) of those addresses that are contacts."""
    found = {}
    for at in range(0, len(addresses), _BATCH):
        batch = addresses[at : at + _BATCH]
        for address, internal, suppressed, name in connection.execute(
            "SELECT address, internal, suppressed, name FROM contact"
            f" WHERE address IN ({','.join('?' * len(batch))})",
            tuple(batch),
        ):
            found[address] = (bool(internal), bool(suppressed), name)
    return found


def written(
    connection: Connection, record: int, author: str, since: int, most: int, but: str
) -> int:
    """Count an author's messages in a record since a time, up to ``most``, without that id."""
    row = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM message WHERE record = ? AND sender = ? AND at > ?"
        " AND direction = 'in' AND message_id <> ? LIMIT ?)",
        (record, author, since, but, most),
    ).fetchone()
    return int(row[0])


def record(connection: Connection, number: int) -> tuple[int, int | None, int | None, str] | None:
    """Return (model, alias, domain, name) of a record."""
    row: tuple[int, int | None, int | None, str] | None = connection.execute(
        "SELECT model, alias, domain, name FROM record WHERE id = ?", (number,)
    ).fetchone()
    return row


def domain(connection: Connection, number: int | None) -> tuple[str, str, str, str] | None:
    """Return (name, catchall, bounce, company) of a domain, of the first where it is gone."""
    row: tuple[str, str, str, str] | None = connection.execute(
        "SELECT name, catchall, bounce, company FROM domain"
        " WHERE id = coalesce((SELECT id FROM domain WHERE id = ?), (SELECT min(id) FROM domain))",
        (number,),
    ).fetchone()
    return row


def address(connection: Connection, record: int, alias: int | None) -> str | None:
    """Return the address of an alias by its id, else of one that feeds the record, or None."""
    query = "SELECT a.local_part || '@' || d.name FROM alias a JOIN domain d ON d.id = a.domain"
    row = connection.execute(f"{query} WHERE a.id = ?", (alias,)).fetchone()
    if row is None:
        row = connection.execute(
            f"{query} WHERE a.record = ? ORDER BY a.id LIMIT 1", (record,)
        ).fetchone()
    return row[0] if row else None


def is_domain(connection: Connection, name: str) -> bool:
    """Tell whether a name is that of a domain of ours, itself."""
    return connection.execute("SELECT 1 FROM domain WHERE name = ?", (name,)).fetchone() is not None


MessageRow = tuple[int, str, int | None, str, str]
"""(id, message_id, parent, direction, sender)."""

_MESSAGE = "SELECT id, message_id, parent, direction, sender FROM message"


def message(connection: Connection, number: int, record: int) -> MessageRow | None:
    """Return a message of a record by its id; None where it is gone or elsewhere."""
    row: MessageRow | None = connection.execute(
        f"{_MESSAGE} WHERE id = ? AND record = ?", (number, record)
    ).fetchone()
    return row


def last(connection: Connection, record: int, but: int = 0) -> MessageRow | None:
    """Return the newest message of a record that people wrote to each other, without that one."""
    row: MessageRow | None = connection.execute(
        f"{_MESSAGE} WHERE record = ? AND kind = 'email' AND id <> ? ORDER BY id DESC LIMIT 1",
        (record, but),
    ).fetchone()
    return row


def first(connection: Connection, record: int, but: int = 0) -> tuple[str, str] | None:
    """Return (message_id, subject) of a record's first message but that one, None without one."""
    row: tuple[str, str] | None = connection.execute(
        "SELECT message_id, subject FROM message WHERE record = ? AND kind = 'email' AND id <> ?"
        " ORDER BY id LIMIT 1",
        (record, but),
    ).fetchone()
    return row


def copy_id(connection: Connection, message: int) -> str | None:
    """Return the id under which a message was sent, or sent on; None where it was not."""
    row = connection.execute(
        "SELECT message_id FROM outbox WHERE message = ? ORDER BY id LIMIT 1", (message,)
    ).fetchone()
    return row[0] if row else None


def add_message(connection: Connection, values: Sequence[object]) -> int:
    """Add a message that a person here wrote to its record, and return its id.

    ``values``: (message_id, record, parent, digest, kind, sender, subject, at).
    """
    cursor = connection.execute(
        "INSERT INTO message (message_id, record, parent, digest, kind, sender, subject, at,"
        " journal, direction, class) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 'out', 'person')",
        values,
    )
    return cursor.lastrowid or 0


def add_notification(connection: Connection, message: int, recipient: str, at: int) -> int:
    """Note that somebody is to get a message, and return the id."""
    cursor = connection.execute(
        "INSERT INTO notification (message, recipient, at) VALUES (?, ?, ?)",
        (message, recipient, at),
    )
    return cursor.lastrowid or 0


def add_letter(connection: Connection, notification: int, values: Sequence[object]) -> None:
    """Queue the letter of a notification: (notice, about, message_id, message, sender, recipient,
    subject, digest, at, head)."""
    cursor = connection.execute(
        "INSERT INTO outbox (kind, notice, about, message_id, message, sender, recipient, subject,"
        " digest, at, head) VALUES ('notification', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    connection.execute(
        "UPDATE notification SET outbox = ? WHERE id = ?", (cursor.lastrowid, notification)
    )


def remember(
    connection: Connection,
    identifier: str,
    record: int,
    place: tuple[int, int | None],
    message: int | None,
) -> None:
    """Remember an id, or a token, as sent from a record; ``place`` is (model, alias)."""
    connection.execute(
        "INSERT INTO known_id (message_id, recipient, record, model, alias, message, direction)"
        " VALUES (?, '', ?, ?, ?, ?, 'out') ON CONFLICT (message_id, recipient, record) DO NOTHING",
        (identifier, record, *place, message),
    )
