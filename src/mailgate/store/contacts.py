"""The table of contacts."""

from __future__ import annotations

from mailgate.entities.contact import Contact
from mailgate.entities.nearest import unknown
from mailgate.mail.address import normalise
from mailgate.store.driver import Connection

_SELECT = "SELECT id, address, name, internal, bounces, suppressed FROM contact "


def every(connection: Connection, limit: int | None = None) -> list[Contact]:
    """Return all contacts by address, or the first ``limit``."""
    rows = connection.execute(
        _SELECT + "ORDER BY address LIMIT ?", (-1 if limit is None else limit,)
    )
    return [_contact(*row) for row in rows]


def get(connection: Connection, name: str) -> Contact:
    """Return a contact by id or address; raises MailgateError with the nearest known address."""
    found = find(connection, name)
    if found is None:
        rows = connection.execute("SELECT address FROM contact ORDER BY id DESC LIMIT 10000")
        raise unknown("contact", name, [row[0] for row in rows], "mailgate contact list")
    return found


def find(connection: Connection, name: str) -> Contact | None:
    """Return a contact by id or address, or None."""
    address = normalise(name)
    row = None
    if address is not None:
        row = connection.execute(_SELECT + "WHERE address = ?", (address,)).fetchone()
    elif name.isascii() and name.isdigit() and len(name) < 19:
        row = connection.execute(_SELECT + "WHERE id = ?", (int(name),)).fetchone()
    return None if row is None else _contact(*row)


def insert(connection: Connection, address: str, name: str, internal: bool) -> int:
    """Add a contact and return its id."""
    cursor = connection.execute(
        "INSERT INTO contact (address, name, internal) VALUES (?, ?, ?)", (address, name, internal)
    )
    return int(cursor.lastrowid or 0)


def update(connection: Connection, contact: Contact) -> None:
    """Write a contact's columns; without bounces, the next is the first."""
    connection.execute(
        "UPDATE contact SET name = ?, internal = ?, suppressed = ?, bounces = ?,"
        " bounced_since = CASE WHEN ? THEN bounced_since END WHERE id = ?",
        (
            contact.name,
            contact.internal,
            contact.suppressed,
            contact.bounces,
            contact.bounces,
            contact.id,
        ),
    )


def bounced(connection: Connection, address: str, at: int) -> tuple[Contact, int]:
    """Count a permanent failure; return the contact, and when the first counted one was.

    Who is no contact yet becomes one. Times are in seconds.
    """
    connection.execute(
        "INSERT INTO contact (address, bounces, bounced_since) VALUES (?1, 1, ?2)"
        " ON CONFLICT (address) DO UPDATE SET bounces = bounces + 1,"
        " bounced_since = min(coalesce(bounced_since, ?2), ?2)",
        (address, at),
    )
    (since,) = connection.execute(
        "SELECT bounced_since FROM contact WHERE address = ?", (address,)
    ).fetchone()
    return get(connection, address), int(since)


def suppress(connection: Connection, address: str) -> Contact | None:
    """Let a contact be written to no longer; return it as it was, None where it was none."""
    old = find(connection, address)
    connection.execute(
        "INSERT INTO contact (address, suppressed) VALUES (?, 1)"
        " ON CONFLICT (address) DO UPDATE SET suppressed = 1",
        (address,),
    )
    return old


def delete(connection: Connection, contact: int) -> None:
    """Remove a contact."""
    connection.execute("DELETE FROM contact WHERE id = ?", (contact,))


def _contact(
    number: int, address: str, name: str, internal: int, bounces: int, suppressed: int
) -> Contact:
    return Contact(number, address, name, bool(internal), bounces, bool(suppressed))
