"""What an administrator does to models: the checks, the change, the audit."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.entities.field import NAME, field_name, fits, parse_field
from mailgate.entities.given import require_once, require_one
from mailgate.entities.model import Model, model_name
from mailgate.entities.nearest import unknown
from mailgate.errors import MailgateError
from mailgate.gateway.administration.aliases import discard_alias
from mailgate.store import aliases, conversations, models, records
from mailgate.store.change import Change


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What to set; ``fields`` (NAME:TYPE[=DEFAULT]) add or replace, ``no_fields`` take away."""

    label: str | None = None
    fields: tuple[str, ...] = ()
    no_fields: tuple[str, ...] = ()


def add_model(change: Change, name: str, options: ModelOptions) -> Model:
    """Add a model; without a label it is its name, capitalised."""
    new = model_name(name)
    if models.find(change.connection, new) is not None:
        raise MailgateError(f"model {new} already exists: change it with mailgate model set {new}")
    models.insert(change.connection, new, new.replace("_", " ").capitalize())
    _apply(change, models.get(change.connection, new), options)
    model = models.get(change.connection, new)
    change.note("add", f"model {new}", None, model)
    return model


def set_model(change: Change, name: str, options: ModelOptions) -> Model:
    """Change a model; aliases whose defaults do not fit any more become invalid."""
    old = models.get(change.connection, name)
    _apply(change, old, options)
    model = models.get(change.connection, old.name)
    if model != old:
        _invalidate(change, model)
        change.note("set", f"model {model.name}", old, model)
    return model


def remove_model(change: Change, name: str) -> Model:
    """Remove a model with its aliases (their addresses are retired) and records."""
    model = models.get(change.connection, name)
    for alias in aliases.of_model(change.connection, model.id):
        discard_alias(change, alias)
    for record in records.of_model(change.connection, model.id):
        conversations.delete(change.connection, record)
    models.delete(change.connection, model.id)
    change.note("remove", f"model {model.name}", model, None)
    return model


def _apply(change: Change, model: Model, options: ModelOptions) -> None:
    if options.label is not None:
        label = options.label.strip()
        models.relabel(change.connection, model.id, label or model.name.capitalize())
    fields = [parse_field(text) for text in options.fields]
    names = [field.name for field in fields]
    require_once(names)
    require_one(names, [text.strip().lower() for text in options.no_fields], "field")
    for text in options.no_fields:
        name = text.strip().lower()
        if name not in model.fields:
            raise unknown(
                f"field of model {model.name}",
                text,
                model.fields,
                f"mailgate model show {model.name}",
            )
        models.drop_field(change.connection, model.id, field_name(name))
    for field in fields:
        models.put_field(change.connection, model.id, field)


def _invalidate(change: Change, model: Model) -> None:
    fields = models.fields(change.connection, model.id)
    for alias in aliases.of_model(change.connection, model.id):
        for name, value in aliases.defaults(change.connection, alias.id).items():
            if name != NAME and (name not in fields or not fits(fields[name].type, value)):
                aliases.invalidate(change.connection, alias.id)
