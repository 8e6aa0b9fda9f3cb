"""A model: a kind of record, and the fields its records have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from mailgate.entities.field import NAME, Field, Value, canonical, is_name
from mailgate.entities.given import require_once
from mailgate.entities.nearest import unknown
from mailgate.errors import MailgateError


class FieldShape(TypedDict):
    """A field as JSON has it; ``default`` is typed, None where there is none."""

    type: str
    default: Value | None


@dataclass(frozen=True, slots=True)
class Model:
    """One model; ``fields`` by name, ``records`` a count."""

    id: int
    name: str
    label: str
    fields: dict[str, FieldShape]
    records: int


def model_name(text: str) -> str:
    """Return a model's name: lower-case letters, digits, hyphens and underscores."""
    name = text.strip().lower()
    if not is_name(name, "-_"):
        raise MailgateError(
            f"{text!a} cannot name a model: use letters, digits, - and _, a letter first"
        )
    return name


def assignment(text: str, fields: dict[str, Field], model: str) -> tuple[str, str]:
    """Read ``FIELD=VALUE`` for a model; the value in the form in which it is kept."""
    name, equals, value = text.partition("=")
    name = name.strip().lower()
    if not equals:
        raise MailgateError(f"{text!a} gives no value: write it as FIELD=VALUE")
    if name == NAME:
        if not value.strip():
            raise MailgateError(f"{text!a} is empty: a record needs a name")
        return name, canonical("text", value, name)
    if name not in fields:
        listing = f"mailgate model show {model}"
        raise unknown(f"field of model {model}", name, (*fields, NAME), listing)
    return name, canonical(fields[name].type, value, name)


def assignments(texts: tuple[str, ...], fields: dict[str, Field], model: str) -> dict[str, str]:
    """Read several ``FIELD=VALUE``; a field that has two values is refused."""
    pairs = [assignment(text, fields, model) for text in texts]
    require_once([name for name, _ in pairs])
    return dict(pairs)
