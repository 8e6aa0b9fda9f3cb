"""The tables of aliases, their defaults and followers."""

from __future__ import annotations

from mailgate.clock import iso
from mailgate.entities.alias import Alias
from mailgate.entities.field import Value, typed
from mailgate.entities.nearest import unknown
from mailgate.mail.address import normalise
from mailgate.store import domains
from mailgate.store.driver import Connection

_SELECT = """
    SELECT alias.id, local_part, domain.name, model.name, record, parent, policy,
        local_part_detection, status, on_refusal, refusal_text, acknowledge, last_used
    FROM alias JOIN domain ON domain.id = alias.domain JOIN model ON model.id = alias.model
"""
_DEFAULTS = """
    SELECT alias_default.alias, field, coalesce(type, 'text'), value FROM alias_default
    JOIN alias ON alias.id = alias_default.alias
    LEFT JOIN model_field ON model_field.model = alias.model AND model_field.name = field
"""
_Row = tuple[int, str, str, str, int | None, int | None, str, int, str, str, str, str, int | None]


def every(connection: Connection) -> list[Alias]:
    """Return all aliases by address."""
    defaults: dict[int, dict[str, Value]] = {}
    for alias, field, type_, value in connection.execute(_DEFAULTS + "ORDER BY field"):
        defaults.setdefault(alias, {})[field] = typed(type_, value)
    followers: dict[int, list[str]] = {}
    for alias, address in connection.execute(
        "SELECT alias, address FROM alias_follower ORDER BY address"
    ):
        followers.setdefault(alias, []).append(address)
    rows = connection.execute(_SELECT + "ORDER BY local_part || '@' || domain.name")
    return [_alias(row, defaults.get(row[0], {}), followers.get(row[0], [])) for row in rows]


def get(connection: Connection, name: str) -> Alias:
    """Return an alias by id or address; raises MailgateError with the nearest known address."""
    found = find(connection, name)
    if found is None:
        known = [row[0] for row in connection.execute(_ADDRESSES)]
        raise unknown("alias", name, known, "mailgate alias list")
    return found


def find(connection: Connection, name: str) -> Alias | None:
    """Return an alias by id or address, or None; without a domain the first one is meant."""
    address = normalise(name, domains.first(connection))
    if address is not None:
        local_part, _, domain = address.rpartition("@")
        statement = _SELECT + "WHERE local_part = ? AND domain.name = ?"
        row = connection.execute(statement, (local_part, domain)).fetchone()
        if row is not None:
            return _complete(connection, row)
    if name.isascii() and name.isdigit() and len(name) < 19:
        row = connection.execute(_SELECT + "WHERE alias.id = ?", (int(name),)).fetchone()
        return None if row is None else _complete(connection, row)
    return None


def of_domain(connection: Connection, domain: int) -> list[str]:
    """Return the local parts of a domain's aliases."""
    return [
        row[0]
        for row in connection.execute("SELECT local_part FROM alias WHERE domain = ?", (domain,))
    ]


def of_model(connection: Connection, model: int) -> list[Alias]:
    """Return the aliases that start records of a model."""
    rows = connection.execute(_SELECT + "WHERE alias.model = ? ORDER BY alias.id", (model,))
    return [_complete(connection, row) for row in rows.fetchall()]


def insert(connection: Connection, local_part: str, domain: int, model: int) -> int:
    """Add an alias with nothing but its address and model, and return its id."""
    cursor = connection.execute(
        "INSERT INTO alias (local_part, domain, model) VALUES (?, ?, ?)",
        (local_part, domain, model),
    )
    return int(cursor.lastrowid or 0)


def update(connection: Connection, alias: Alias, domain: int, model: int) -> None:
    """Write an alias's own columns; its domain and model by id."""
    connection.execute(
        "UPDATE alias SET local_part = ?, domain = ?, model = ?, record = ?, parent = ?,"
        " policy = ?, local_part_detection = ?, status = ?, on_refusal = ?, refusal_text = ?,"
        " acknowledge = ? WHERE id = ?",
        (
            alias.local_part,
            domain,
            model,
            alias.record,
            alias.parent,
            alias.policy,
            alias.local_part_detection,
            alias.status,
            alias.on_refusal,
            alias.refusal_text,
            alias.acknowledge,
            alias.id,
        ),
    )


def delete(connection: Connection, alias: int) -> None:
    """Remove an alias."""
    connection.execute("DELETE FROM alias WHERE id = ?", (alias,))


def invalidate(connection: Connection, alias: int) -> None:
    """Mark an alias as one whose mail is held."""
    connection.execute("UPDATE alias SET status = 'invalid' WHERE id = ?", (alias,))


def defaults(connection: Connection, alias: int) -> dict[str, str]:
    """Return an alias's defaults in the form in which they are kept."""
    rows = connection.execute("SELECT field, value FROM alias_default WHERE alias = ?", (alias,))
    return dict(rows.fetchall())


def put_default(connection: Connection, alias: int, field: str, value: str) -> None:
    """Give an alias a default, in place of one for that field."""
    connection.execute(
        "INSERT OR REPLACE INTO alias_default (alias, field, value) VALUES (?, ?, ?)",
        (alias, field, value),
    )


def drop_default(connection: Connection, alias: int, field: str) -> None:
    """Take a default from an alias."""
    connection.execute("DELETE FROM alias_default WHERE alias = ? AND field = ?", (alias, field))


def put_follower(connection: Connection, alias: int, address: str) -> None:
    """Let an address follow what an alias starts."""
    connection.execute(
        "INSERT OR IGNORE INTO alias_follower (alias, address) VALUES (?, ?)", (alias, address)
    )


def drop_follower(connection: Connection, alias: int, address: str) -> None:
    """Let an address no longer follow what an alias starts."""
    connection.execute(
        "DELETE FROM alias_follower WHERE alias = ? AND address = ?", (alias, address)
    )


_ADDRESSES = (
    "SELECT local_part || '@' || domain.name FROM alias JOIN domain ON domain.id = alias.domain"
)


def _complete(connection: Connection, row: _Row) -> Alias:
    values = {
        field: typed(type_, value)
        for _, field, type_, value in connection.execute(
            _DEFAULTS + "WHERE alias_default.alias = ? ORDER BY field", (row[0],)
        )
    }
    followers = connection.execute(
        "SELECT address FROM alias_follower WHERE alias = ? ORDER BY address", (row[0],)
    )
    return _alias(row, values, [address for (address,) in followers])


def _alias(row: _Row, values: dict[str, Value], followers: list[str]) -> Alias:
    number, local_part, domain, model, record, parent, policy, detection, status = row[:9]
    on_refusal, refusal_text, acknowledge, last_used = row[9:]
    return Alias(
        id=number,
        address=f"{local_part}@{domain}",
        local_part=local_part,
        domain=domain,
        model=model,
        defaults=values,
        record=record,
        parent=parent,
        policy=policy,
        local_part_detection=bool(detection),
        status=status,
        on_refusal=on_refusal,
        refusal_text=refusal_text,
        acknowledge=acknowledge,
        followers=tuple(followers),
        last_used=None if last_used is None else iso(last_used),
    )
