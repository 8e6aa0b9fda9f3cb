"""The tables of models and their fields."""

from __future__ import annotations

from mailgate.entities.field import Field, typed
from mailgate.entities.model import FieldShape, Model
from mailgate.entities.nearest import unknown
from mailgate.store.driver import Connection

_SELECT = """
    SELECT id, name, label, (SELECT count(*) FROM record WHERE record.model = model.id) FROM model
"""


def every(connection: Connection) -> list[Model]:
    """Return all models by name."""
    rows = connection.execute(_SELECT + "ORDER BY name").fetchall()
    return [_model(connection, *row) for row in rows]


def get(connection: Connection, name: str) -> Model:
    """Return a model by id or name; raises MailgateError with the nearest known name."""
    found = find(connection, name)
    if found is None:
        names = [row[0] for row in connection.execute("SELECT name FROM model")]
        raise unknown("model", name, names, "mailgate model list")
    return found


def find(connection: Connection, name: str) -> Model | None:
    """Return a model by id or name, or None."""
    row = connection.execute(_SELECT + "WHERE name = ?", (name.strip().lower(),)).fetchone()
    if row is None and name.isascii() and name.isdigit() and len(name) < 19:
        row = connection.execute(_SELECT + "WHERE id = ?", (int(name),)).fetchone()
    return None if row is None else _model(connection, *row)


def insert(connection: Connection, name: str, label: str) -> int:
    """Add a model and return its id."""
    cursor = connection.execute("INSERT INTO model (name, label) VALUES (?, ?)", (name, label))
    return int(cursor.lastrowid or 0)


def relabel(connection: Connection, model: int, label: str) -> None:
    """Write a model's label."""
    connection.execute("UPDATE model SET label = ? WHERE id = ?", (label, model))


def delete(connection: Connection, model: int) -> None:
    """Remove a model that has neither records nor aliases."""
    connection.execute("DELETE FROM model WHERE id = ?", (model,))


def fields(connection: Connection, model: int) -> dict[str, Field]:
    """Return a model's fields by name."""
    rows = connection.execute(
        "SELECT name, type, preset FROM model_field WHERE model = ? ORDER BY name", (model,)
    )
    return {name: Field(name, type_, preset) for name, type_, preset in rows}


def put_field(connection: Connection, model: int, field: Field) -> None:
    """Add a field to a model, in place of one of that name."""
    connection.execute(
        "INSERT OR REPLACE INTO model_field (model, name, type, preset) VALUES (?, ?, ?, ?)",
        (model, field.name, field.type, field.preset),
    )


def drop_field(connection: Connection, model: int, name: str) -> None:
    """Take a field from a model; values that records have stay."""
    connection.execute("DELETE FROM model_field WHERE model = ? AND name = ?", (model, name))


def _model(connection: Connection, number: int, name: str, label: str, records: int) -> Model:
    shapes = {
        field.name: FieldShape(
            type=field.type,
            default=None if field.preset is None else typed(field.type, field.preset),
        )
        for field in fields(connection, number).values()
    }
    return Model(number, name, label, shapes, records)
