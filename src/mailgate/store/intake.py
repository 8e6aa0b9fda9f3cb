"""Every write that taking a message needs: one short statement each, one transaction around all."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mailgate.store.driver import Connection


def add_original(connection: Connection, digest: bytes, pieces: Sequence[bytes]) -> None:
    """Keep the original bytes once; a content that is there already is not written again."""
    for number, data in enumerate(pieces):
        added = connection.execute(
            "INSERT INTO original VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (digest, number, data)
        )
        if not added.rowcount:
            return


def add_journal(connection: Connection, values: Sequence[object]) -> int:
    """Add a journal entry and return its id; ``values`` in the order of the columns."""
    cursor = connection.execute(
        "INSERT INTO journal (at, channel, server, queue_id, sender, enveloped, fallback, author,"
        " message_id, subject, size, digest, outcome, rule, reason, notice, notice_to, flags,"
        " duration_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    return cursor.lastrowid or 0


def is_journalled(connection: Connection, rule: str, message_id: str, size: int) -> bool:
    """Tell whether a message of that id and size (bytes) is in the journal by a rule."""
    row = connection.execute(
        "SELECT 1 FROM journal WHERE rule = ? AND message_id = ? AND size = ? LIMIT 1",
        (rule, message_id, size),
    ).fetchone()
    return row is not None


def add_journal_recipient(
    connection: Connection, journal: int, number: int, values: Sequence[str]
) -> None:
    """Add (address, outcome, rule, status, reason) of a recipient to a journal entry."""
    connection.execute(
        "INSERT INTO journal_recipient VALUES (?, ?, ?, ?, ?, ?, ?)", (journal, number, *values)
    )


def add_journal_record(
    connection: Connection, journal: int, number: int, values: Sequence[object]
) -> None:
    """Add (record, model name, action, alias address) to a journal entry."""
    connection.execute(
        "INSERT INTO journal_record VALUES (?, ?, ?, ?, ?, ?)", (journal, number, *values)
    )


def add_record(
    connection: Connection,
    model: int,
    name: str,
    sender: str,
    alias: tuple[int | None, str | None, int | None],
    at: int,
) -> int:
    """Add a record and return its id; ``alias`` is (id, address, domain)."""
    cursor = connection.execute(
        "INSERT INTO record (model, name, sender, alias, alias_address, domain, created_at,"
        " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (model, name, sender, *alias, at, at),
    )
    return cursor.lastrowid or 0


def add_values(connection: Connection, record: int, values: Iterable[tuple[str, str]]) -> None:
    """Set the fields of a new record."""
    for field, value in values:
        connection.execute("INSERT INTO record_value VALUES (?, ?, ?)", (record, field, value))


def add_followers(connection: Connection, record: int, addresses: Iterable[str]) -> None:
    """Make addresses follow a record."""
    for address in addresses:
        connection.execute(
            "INSERT INTO follower VALUES (?, ?) ON CONFLICT DO NOTHING", (record, address)
        )


def add_addressed(connection: Connection, record: int, addresses: Iterable[str]) -> None:
    """Remember who was addressed in a record."""
    for address in addresses:
        connection.execute(
            "INSERT INTO addressed VALUES (?, ?) ON CONFLICT DO NOTHING", (record, address)
        )


def add_contact(connection: Connection, address: str, origin: str | None) -> None:
    """Make an address a contact; ``origin`` is the id of the message that brought it."""
    connection.execute(
        "INSERT INTO contact (address, origin) VALUES (?, ?) ON CONFLICT (address) DO NOTHING",
        (address, origin),
    )


def forget_bounces(connection: Connection, address: str) -> None:
    """Count the bounces of a contact from the next one on."""
    connection.execute(
        "UPDATE contact SET bounces = 0, bounced_since = NULL WHERE address = ? AND bounces > 0",
        (address,),
    )


def add_report(connection: Connection, journal: int) -> None:
    """Note that a journal entry is that of a report, which waits to be carried out."""
    connection.execute("INSERT INTO report (journal) VALUES (?)", (journal,))


def add_message(connection: Connection, values: Sequence[object]) -> int:
    """Add an incoming message to its record and return its id; ``values`` as in the columns."""
    cursor = connection.execute(
        "INSERT INTO message (message_id, record, parent, journal, digest, sender, subject, at,"
        " class, authentication, stranger) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    return cursor.lastrowid or 0


def touch_record(connection: Connection, record: int, at: int, *, reopen: bool) -> None:
    """Note that a record got a message, which may open it again."""
    connection.execute(
        "UPDATE record SET updated_at = ?, state = CASE WHEN ? THEN 'open' ELSE state END"
        " WHERE id = ?",
        (at, int(reopen), record),
    )


def add_known(connection: Connection, values: Sequence[object]) -> None:
    """Remember an id: (message_id, recipient, record, model, alias, started, message,
    direction, identity, digest, journal)."""
    connection.execute(
        "INSERT INTO known_id VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (message_id, recipient, record) DO NOTHING",
        values,
    )


def use_alias(connection: Connection, alias: int, at: int) -> None:
    """Note that mail came through an alias, which is valid then."""
    connection.execute(
        "UPDATE alias SET status = 'valid', last_used = ?1"
        " WHERE id = ?2 AND (status <> 'valid' OR last_used IS NOT ?1)",
        (at, alias),
    )


def invalidate_alias(connection: Connection, alias: int) -> None:
    """Note that an alias cannot work as it is."""
    connection.execute("UPDATE alias SET status = 'invalid' WHERE id = ?", (alias,))


def add_opening(connection: Connection, values: Sequence[object]) -> None:
    """Count a record that was started, or held: (at, author, model, alias, held, journal,
    message_id, identity)."""
    connection.execute(
        "INSERT INTO opening (at, author, model, alias, held, journal, message_id, identity)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )


def add_quarantine(connection: Connection, values: Sequence[object]) -> int:
    """Hold a message: (journal, at, reason, detail, sender, recipients, subject, digest)."""
    cursor = connection.execute(
        "INSERT INTO quarantine (journal, at, reason, detail, sender, recipients, subject, digest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    return cursor.lastrowid or 0
