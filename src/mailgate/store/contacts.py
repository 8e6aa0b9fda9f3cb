"""The table of contacts."""

from __future__ import annotations

from mailgate.entities.contact import Contact
from mailgate.entities.nearest import unknown
from mailgate.mail.address import normalise
from mailgate.store.driver import Connection

_SELECT = "SELECT id, address, name, internal FROM contact "


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
    """Write a contact's columns."""
    connection.execute(
        "UPDATE contact SET name = ?, internal = ? WHERE id = ?",
        (contact.name, contact.internal, contact.id),
    )


def delete(connection: Connection, contact: int) -> None:
    """Remove a contact."""
    connection.execute("DELETE FROM contact WHERE id = ?", (contact,))


def _contact(number: int, address: str, name: str, internal: int) -> Contact:
    return Contact(number, address, name, bool(internal), bounces=0, suppressed=False)
