"""The table of domains, with what redirects to them and the addresses that are retired."""

from __future__ import annotations

from typing import Any

from mailgate.clock import iso
from mailgate.entities.domain import Domain
from mailgate.entities.nearest import unknown
from mailgate.mail.address import normalise_domain
from mailgate.store.driver import Connection

_SELECT = """
    SELECT id, name, company, contact, catchall, bounce, verify_until,
        (SELECT count(*) FROM alias WHERE alias.domain = domain.id)
    FROM domain
"""


def every(connection: Connection) -> list[Domain]:
    """Return all domains by name."""
    return [_domain(connection, row) for row in connection.execute(_SELECT + "ORDER BY name")]


def get(connection: Connection, name: str) -> Domain:
    """Return a domain by id or name; raises MailgateError with the nearest known name."""
    found = find(connection, name)
    if found is None:
        names = [row[0] for row in connection.execute("SELECT name FROM domain")]
        raise unknown("domain", name, names, "mailgate domain list")
    return found


def find(connection: Connection, name: str) -> Domain | None:
    """Return a domain by id or name, or None."""
    wanted = normalise_domain(name) or name
    row = connection.execute(_SELECT + "WHERE name = ?", (wanted,)).fetchone()
    if row is None and name.isascii() and name.isdigit() and len(name) < 19:
        row = connection.execute(_SELECT + "WHERE id = ?", (int(name),)).fetchone()
    return None if row is None else _domain(connection, row)


def first(connection: Connection) -> str | None:
    """Return the name of the first domain, None where there is none."""
    row = connection.execute("SELECT name FROM domain ORDER BY id LIMIT 1").fetchone()
    return None if row is None else row[0]


def insert(
    connection: Connection, name: str, company: str, contact: str, catchall: str, bounce: str
) -> int:
    """Add a domain and return its id."""
    cursor = connection.execute(
        "INSERT INTO domain (name, company, contact, catchall, bounce) VALUES (?, ?, ?, ?, ?)",
        (name, company, contact, catchall, bounce),
    )
    return int(cursor.lastrowid or 0)


def update(connection: Connection, domain: Domain) -> None:
    """Write a domain's own columns."""
    connection.execute(
        "UPDATE domain SET name = ?, company = ?, contact = ?, catchall = ?, bounce = ?"
        " WHERE id = ?",
        (domain.name, domain.company, domain.contact, domain.catchall, domain.bounce, domain.id),
    )


def hold_until(connection: Connection, domain: int, until: int) -> None:
    """Hold what is written to the domain's catchall and bounce addresses until then (seconds)."""
    connection.execute("UPDATE domain SET verify_until = ? WHERE id = ?", (until, domain))


def delete(connection: Connection, domain: int) -> None:
    """Remove a domain, its aliases, redirections and retired addresses."""
    connection.execute("DELETE FROM domain WHERE id = ?", (domain,))


def redirect(connection: Connection, name: str, domain: int) -> None:
    """Let the domain ``name`` stand for the domain with that id."""
    connection.execute("INSERT INTO redirect (name, domain) VALUES (?, ?)", (name, domain))


def unredirect(connection: Connection, name: str) -> None:
    """Let the domain ``name`` stand for none of ours."""
    connection.execute("DELETE FROM redirect WHERE name = ?", (name,))


def redirected(connection: Connection, name: str) -> str | None:
    """Return the name of the domain that ``name`` stands for, None where it stands for none."""
    row = connection.execute(
        "SELECT domain.name FROM redirect JOIN domain ON domain.id = redirect.domain"
        " WHERE redirect.name = ?",
        (name,),
    ).fetchone()
    return None if row is None else row[0]


def retire(
    connection: Connection, address: str, kind: str, domain: int, successor: str | None, at: int
) -> None:
    """Remember an address that is ours no longer; what was a bounce address stays one."""
    connection.execute(
        "INSERT INTO retired (address, kind, domain, successor, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (address) DO UPDATE SET successor = excluded.successor, at = excluded.at,"
        " domain = excluded.domain,"
        " kind = CASE kind WHEN 'bounce' THEN kind ELSE excluded.kind END",
        (address, kind, domain, successor, at),
    )


def revive(connection: Connection, address: str, kind: str) -> None:
    """Forget that an address is retired, now that it is in use as a ``kind`` again.

    An alias at a retired bounce address does not end what that address takes.
    """
    connection.execute(
        "DELETE FROM retired WHERE address = ? AND (kind <> 'bounce' OR ? = 'bounce')",
        (address, kind),
    )


def inherit(connection: Connection, old: str, new: str | None) -> None:
    """Point what had ``old`` for a successor to ``new``."""
    connection.execute("UPDATE retired SET successor = ? WHERE successor = ?", (new, old))


def records(connection: Connection, domain: int) -> int:
    """Return how many records were started in a domain."""
    row = connection.execute("SELECT count(*) FROM record WHERE domain = ?", (domain,)).fetchone()
    return int(row[0])


def _domain(connection: Connection, row: tuple[Any, ...]) -> Domain:
    number, name, company, contact, catchall, bounce, verify_until, aliases = row
    return Domain(
        id=number,
        name=name,
        company=company,
        contact=contact,
        catchall=catchall,
        bounce=bounce,
        redirect_from=_names(connection, "SELECT name FROM redirect WHERE domain = ?", number),
        retired=_names(connection, "SELECT address FROM retired WHERE domain = ?", number),
        verify_until=None if verify_until is None else iso(verify_until),
        aliases=aliases,
    )


def _names(connection: Connection, statement: str, domain: int) -> tuple[str, ...]:
    return tuple(sorted(row[0] for row in connection.execute(statement, (domain,))))
