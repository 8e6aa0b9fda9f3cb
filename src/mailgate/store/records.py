"""The tables of records, as administration reads and changes them."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.clock import iso
from mailgate.entities.field import Value, typed
from mailgate.entities.record import Record
from mailgate.errors import MailgateError
from mailgate.store.driver import Connection

_SELECT = """
    SELECT record.id, model.name, record.name, state, sender, alias_address, domain.name,
        (SELECT count(*) FROM message WHERE message.record = record.id), created_at, updated_at
    FROM record JOIN model ON model.id = record.model
    LEFT JOIN domain ON domain.id = record.domain
"""
_FOUND = """record.id IN (
    SELECT message.record FROM search JOIN message ON message.id = search.rowid
    WHERE search MATCH ?)"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records to list; None stands for all. ``model`` and ``alias`` are names of ours."""

    model: str | None = None
    state: str | None = None
    alias: str | None = None
    sender: str | None = None
    search: str | None = None
    limit: int | None = None


def matching(connection: Connection, wanted: Filter) -> list[Record]:
    """Return the records that a filter describes, newest first."""
    conditions = {
        "model.name = ?": wanted.model,
        "state = ?": wanted.state,
        "alias_address = ?": wanted.alias,
        "sender = ?": wanted.sender,
        _FOUND: words(wanted.search) if wanted.search is not None else None,
    }
    used = {text: value for text, value in conditions.items() if value is not None}
    where = "WHERE " + " AND ".join(used) if used else ""
    limit = -1 if wanted.limit is None else wanted.limit
    rows = connection.execute(
        f"{_SELECT} {where} ORDER BY record.id DESC LIMIT ?",
        (*used.values(), limit),
    ).fetchall()
    return [_record(connection, row) for row in rows]


def words(text: str) -> str:
    """Return a full-text query for rows that have every word; its syntax means nothing."""
    parts = text.replace('"', " ").replace("\0", " ").split()
    if not parts:
        raise MailgateError("--search needs a word to look for")
    return " ".join(f'"{part}"' for part in parts[:64])


def get(connection: Connection, number: int) -> Record:
    """Return a record by id, with the number of its messages; raises MailgateError."""
    row = connection.execute(_SELECT + "WHERE record.id = ?", (number,)).fetchone()
    if row is None:
        raise MailgateError(f"no record {number}: mailgate record list shows what is there")
    return _record(connection, row)


def of_model(connection: Connection, model: int) -> list[int]:
    """Return the ids of a model's records."""
    rows = connection.execute("SELECT id FROM record WHERE model = ?", (model,))
    return [row[0] for row in rows]


def _values(connection: Connection, record: int) -> dict[str, Value]:
    rows = connection.execute(
        "SELECT field, coalesce(type, 'text'), value FROM record_value"
        " JOIN record ON record.id = record_value.record"
        " LEFT JOIN model_field ON model_field.model = record.model AND model_field.name = field"
        " WHERE record = ? ORDER BY field",
        (record,),
    )
    return {field: typed(type_, value) for field, type_, value in rows}


def _followers(connection: Connection, record: int) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT address FROM follower WHERE record = ? ORDER BY address", (record,)
    )
    return tuple(row[0] for row in rows)


def _record(
    connection: Connection,
    row: tuple[int, str, str, str, str, str | None, str | None, int, int, int],
) -> Record:
    number, model, name, state, sender, alias, domain, messages, created_at, updated_at = row
    return Record(
        id=number,
        model=model,
        name=name,
        state=state,
        sender=sender,
        alias=alias,
        domain=domain,
        values=_values(connection, number),
        messages=messages,
        followers=_followers(connection, number),
        created_at=iso(created_at),
        updated_at=iso(updated_at),
    )
