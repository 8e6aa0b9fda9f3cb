"""Every look-up that judging a message needs: short statements, each by an index."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgate.store.driver import Connection


_BATCH = 500


def parameters(connection: Connection) -> dict[str, str]:
    """Return the parameters that were set, as text by key."""
    return dict(connection.execute("SELECT key, value FROM parameter").fetchall())


def first_domain(connection: Connection) -> str | None:
    """Return the name of the first domain, or None where there is none."""
    row = connection.execute("SELECT name FROM domain ORDER BY id LIMIT 1").fetchone()
    return row[0] if row else None


DomainRow = tuple[int, str, str, str, str, str, int | None]
"""(id, name, catchall, bounce, company, contact, verify until)."""


def domain(connection: Connection, name: str) -> DomainRow | None:
    """Return what a domain name stands for, or None where it is none of ours."""
    row: DomainRow | None = connection.execute(
        "SELECT id, name, catchall, bounce, company, contact, verify_until FROM domain"
        " WHERE name = ?"
        " UNION ALL SELECT d.id, d.name, d.catchall, d.bounce, d.company, d.contact,"
        " d.verify_until FROM redirect r JOIN domain d ON d.id = r.domain WHERE r.name = ? LIMIT 1",
        (name, name),
    ).fetchone()
    return row


AliasRow = tuple[
    int,
    str,
    int,
    int,
    str,
    int | None,
    int | None,
    str,
    int,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
]
"""(id, local part, domain, model, model name, record, parent, policy, detection, on refusal,
refusal text, acknowledgement, domain name, catchall, bounce, company, contact)."""

_ALIAS = (
    "SELECT a.id, a.local_part, a.domain, a.model, m.name, a.record, a.parent, a.policy,"
    " a.local_part_detection, a.on_refusal, a.refusal_text, a.acknowledge, d.name,"
    " d.catchall, d.bounce, d.company, d.contact"
    " FROM alias a JOIN model m ON m.id = a.model JOIN domain d ON d.id = a.domain"
)


def aliases_at(connection: Connection, local_part: str, domain: int | None) -> list[AliasRow]:
    """Return the aliases of that local part in a domain, and those that detect it anywhere."""
    rows: list[AliasRow] = connection.execute(
        _ALIAS + " WHERE a.local_part = ? AND a.local_part_detection = 1", (local_part,)
    ).fetchall()
    if domain is not None:
        rows += connection.execute(
            _ALIAS + " WHERE a.local_part = ? AND a.domain = ? AND a.local_part_detection = 0",
            (local_part, domain),
        ).fetchall()
    return rows


def alias_by_id(connection: Connection, number: int) -> AliasRow | None:
    """Return an alias by its id, or None where it is gone."""
    row: AliasRow | None = connection.execute(_ALIAS + " WHERE a.id = ?", (number,)).fetchone()
    return row


def model_fields(connection: Connection, model: int) -> list[tuple[str, str, str | None]]:
    """Return (name, type, default as text) of a model's fields."""
    return connection.execute(
        "SELECT name, type, preset FROM model_field WHERE model = ?", (model,)
    ).fetchall()


def alias_defaults(connection: Connection, alias: int) -> list[tuple[str, str]]:
    """Return (field, value as text) of an alias's defaults."""
    return connection.execute(
        "SELECT field, value FROM alias_default WHERE alias = ?", (alias,)
    ).fetchall()


def alias_followers(connection: Connection, alias: int) -> list[str]:
    """Return the addresses that follow each new record of an alias."""
    rows = connection.execute("SELECT address FROM alias_follower WHERE alias = ?", (alias,))
    return [address for (address,) in rows]


def retired(connection: Connection, addresses: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """Return the kind and the successor of each address that is retired."""
    found: dict[str, tuple[str, str | None]] = {}
    for batch in _batches(addresses):
        for address, kind, successor in connection.execute(
            f"SELECT address, kind, successor FROM retired WHERE address IN ({_marks(batch)})",
            batch,
        ):
            found[address] = (kind, successor)
    return found


KnownRow = tuple[
    str,
    str,
    int,
    int | None,
    int | None,
    int,
    int | None,
    str,
    bytes | None,
    bytes | None,
    int | None,
]
"""(message_id, recipient, record, model, alias, started, message, direction, identity, digest,
journal)."""


def known(connection: Connection, ids: Sequence[str]) -> list[KnownRow]:
    """Return what is known of message ids, oldest record first."""
    found: list[KnownRow] = []
    for batch in _batches(ids):
        asking = _KNOWN_ONE if len(batch) == 1 else _KNOWN % _marks(batch)
        found += connection.execute(asking, batch).fetchall()
    return found


_KNOWN = (
    "SELECT message_id, recipient, record, model, alias, started, message, direction, identity,"
    " digest, journal FROM known_id WHERE message_id IN (%s) ORDER BY message_id, record"
)
_KNOWN_ONE = _KNOWN % "?"


def records(
    connection: Connection, numbers: Sequence[int], author: str
) -> list[tuple[int, int, str, int | None, str | None, int, int]]:
    """Return (id, model, model name, alias, its address, author follows, author addressed)."""
    found: list[tuple[int, int, str, int | None, str | None, int, int]] = []
    for batch in _batches(numbers):
        found += connection.execute(
            "SELECT r.id, r.model, m.name, r.alias, r.alias_address,"
            " EXISTS (SELECT 1 FROM follower f WHERE f.record = r.id AND f.address = ?),"
            " EXISTS (SELECT 1 FROM addressed a WHERE a.record = r.id AND a.address = ?)"
            f" FROM record r JOIN model m ON m.id = r.model WHERE r.id IN ({_marks(batch)})",
            (author, author, *batch),
        ).fetchall()
    return found


def followed(connection: Connection, records: Sequence[int], author: str) -> bool:
    """Tell whether anybody but the author follows one of these records."""
    return any(
        connection.execute(
            f"SELECT 1 FROM follower WHERE record IN ({_marks(batch)}) AND address <> ? LIMIT 1",
            (*batch, author),
        ).fetchone()
        for batch in _batches(records)
    )


def contact(connection: Connection, address: str) -> tuple[int, str | None, int] | None:
    """Return (internal, id of the message that made it known, bounces) of a contact, or None."""
    row: tuple[int, str | None, int] | None = connection.execute(
        "SELECT internal, origin, bounces FROM contact WHERE address = ?", (address,)
    ).fetchone()
    return row


def lists_are_empty(connection: Connection) -> bool:
    """Tell whether neither the allow list nor the block list names anybody."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM allow) OR EXISTS (SELECT 1 FROM block)"
    ).fetchone()
    return not row[0]


def listed(connection: Connection, author: str) -> tuple[bool, bool]:
    """Return whether the allow list and the block list name an author."""
    patterns = (author, "*@" + author.rpartition("@")[2])
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM allow WHERE pattern IN (?, ?)),"
        " EXISTS (SELECT 1 FROM block WHERE pattern IN (?, ?))",
        (*patterns, *patterns),
    ).fetchone()
    return bool(row[0]), bool(row[1])


Except = tuple[int, int, str, bytes]
"""(journal entry, 0 or 1, message_id, identity): openings of an entry that do not count, all or
only those held; and those of a message."""


def openings_of_author(
    connection: Connection, author: str, model: int, since: int, most: int, but: Except
) -> tuple[int, int]:
    """Return how many records of a model an author started since then, and how many were held."""
    return _openings(connection, _BY_AUTHOR, (author, model), since, most, but)


def openings_of_alias(
    connection: Connection, alias: int, since: int, most: int, but: Except
) -> tuple[int, int]:
    """Return how many records an alias started since then, and how many were held."""
    return _openings(connection, _BY_ALIAS, (alias,), since, most, but)


def _openings(
    connection: Connection,
    counting: str,
    values: tuple[object, ...],
    since: int,
    most: int,
    but: Except,
) -> tuple[int, int]:
    """Count openings, at most ``most`` of each kind: a mail bomb does not make counting dear."""
    started, held = (*values, 0, since, *but, most), (*values, 1, since, *but, most)
    found: tuple[int, int] = connection.execute(counting, started + held).fetchone()
    return found


def _counting(which: str) -> str:
    """Return the statement that counts what was started and what was held."""
    one = (
        f"SELECT count(*) FROM (SELECT 1 FROM opening WHERE {which} AND held = ? AND at > ?"
        " AND NOT (journal = ? AND held >= ?) AND NOT (message_id = ? AND identity = ?) LIMIT ?)"
    )
    return f"SELECT ({one}), ({one})"


_BY_AUTHOR = _counting("author = ? AND model = ?")
_BY_ALIAS = _counting("alias = ?")


def model(connection: Connection, name: str) -> int | None:
    """Return the id of a model by its name."""
    row = connection.execute("SELECT id FROM model WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def models(connection: Connection) -> dict[int, str]:
    """Return the names of all models by id."""
    return dict(connection.execute("SELECT id, name FROM model").fetchall())


def _batches(values: Sequence[str] | Sequence[int]) -> list[tuple[object, ...]]:
    if len(values) <= _BATCH:
        return [tuple(values)] if values else []
    return [tuple(values[at : at + _BATCH]) for at in range(0, len(values), _BATCH)]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
