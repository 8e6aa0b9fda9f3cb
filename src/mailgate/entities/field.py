"""The fields of a model: their types, and the one text form in which a value is kept.

Cheap to import: the accept path asks whether defaults still fit.
"""

from __future__ import annotations

from mailgate.errors import MailgateError

TYPES = ("text", "integer", "number", "boolean", "date", "choice")
TRUE = frozenset({"on", "yes", "true", "1"})
FALSE = frozenset({"off", "no", "false", "0"})
MAX_TEXT = 10_000
"""Characters of one value."""
NAME = "name"
"""What every record has besides its model's fields; an alias may give it a default."""

Value = str | int | float | bool


class Field:
    """One field: ``type`` is one of TYPES, choices in brackets; ``preset`` canonical or None."""

    __slots__ = ("name", "preset", "type")

    def __init__(self, name: str, type_: str, preset: str | None) -> None:
        self.name = name
        self.type = type_
        self.preset = preset


def parse_field(text: str) -> Field:
    """Read ``NAME:TYPE[=DEFAULT]``; raises MailgateError."""
    name, _, rest = text.partition(":")
    if not rest.partition("=")[0].strip():
        example = f"{name.strip() or 'team'}:text"
        raise MailgateError(f"field {text!a} has no type: write it as NAME:TYPE, as {example}")
    name = field_name(name)
    end = rest.find(")") if rest.strip().lower().startswith("choice") else 0
    head, equals, preset = rest[end:].partition("=")
    type_ = field_type(rest[:end] + head) if end >= 0 else field_type(rest)
    return Field(name, type_, canonical(type_, preset, name) if equals else None)


def field_name(text: str) -> str:
    """Return a field's name: lower-case letters, digits and underscores, a letter first."""
    name = text.strip().lower()
    if name == NAME:
        raise MailgateError("field 'name' is there in every model: choose another name")
    if not is_name(name, "_"):
        raise MailgateError(
            f"{text!a} cannot name a field: use letters, digits and _, a letter first"
        )
    return name


def is_name(text: str, extra: str) -> bool:
    """Tell whether a text is a short ASCII name that begins with a letter."""
    body = "".join(character for character in text if character not in extra)
    return text.isascii() and text[:1].isalpha() and body.isalnum() and len(text) <= 64


def field_type(text: str) -> str:
    """Return a type in its canonical form, as ``integer`` or ``choice(low|high)``."""
    text = text.strip()
    kind, bracket, rest = text.partition("(")
    kind = kind.strip().lower()
    if kind == "choice":
        return _choice(text, rest) if bracket else _choice(text, "")
    if kind not in TYPES or bracket:
        from mailgate.entities.nearest import nearest

        match = nearest(kind, TYPES)
        advice = f"did you mean {match}?" if match else f"use {', '.join(TYPES)}"
        raise MailgateError(f"no field type {text}: {advice}")
    return kind


def _choice(text: str, rest: str) -> str:
    names = [name.strip() for name in rest.removesuffix(")").split("|")]
    folded = {name.casefold() for name in names}
    if not rest.endswith(")") or not all(names) or len(folded) < len(names) or "(" in rest:
        raise MailgateError(f"{text!a} is no choice: write it as 'choice(low|normal|high)'")
    return f"choice({'|'.join(names)})"


def choices(type_: str) -> list[str]:
    """Return the names a choice allows."""
    return type_.removeprefix("choice(").removesuffix(")").split("|")


def canonical(type_: str, text: str, name: str) -> str:
    """Return a value of that type in the form in which it is kept; ``name`` is for the error."""
    value = _canonical(type_, text)
    if value is None:
        raise MailgateError(f"{name}={text[:80]!a} does not fit: {_expected(type_, text)}")
    return value


def fits(type_: str, value: str) -> bool:
    """Tell whether a kept value is of that type."""
    return _canonical(type_, value) == value


def typed(type_: str, value: str) -> Value:
    """Return a kept value as JSON has it; text where it does not fit its type any more."""
    if not fits(type_, value):
        return value
    if type_ == "integer":
        return int(value)
    if type_ == "number":
        return _number(value)
    if type_ == "boolean":
        return value == "true"
    return value


def _canonical(type_: str, text: str) -> str | None:
    if type_ == "text":
        return text if _is_text(text) else None
    text = text.strip()
    if type_ == "integer":
        digits = text[1:] if text[:1] in ("-", "+") else text
        good = digits.isascii() and digits.isdigit() and len(digits) <= 18
        return str(int(text)) if good else None
    if type_ == "number":
        return _canonical_number(text)
    if type_ == "boolean":
        folded = text.lower()
        return "true" if folded in TRUE else "false" if folded in FALSE else None
    if type_ == "date":
        return text if _is_date(text) else None
    for choice in choices(type_):
        if choice.casefold() == text.casefold():
            return choice
    return None


def _is_text(text: str) -> bool:
    if len(text) > MAX_TEXT:
        return False
    return text.isprintable() or all(c.isprintable() or c in "\n\t" for c in text)


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _canonical_number(text: str) -> str | None:
    if len(text) > 40 or not text.isascii() or not set(text) <= set("0123456789+-.eE"):
        return None
    try:
        value = _number(text)
    except ValueError:
        return None
    return None if value in (float("inf"), float("-inf")) else repr(value)


def _is_date(text: str) -> bool:
    from mailgate.clock import parse

    return len(text) == 10 and text[4] == text[7] == "-" and parse(text) is not None


def _expected(type_: str, text: str) -> str:
    if type_.startswith("choice("):
        from mailgate.entities.nearest import nearest

        names = choices(type_)
        match = nearest(text, names)
        return f"did you mean {match}?" if match else f"choose {', '.join(names)}"
    return {
        "text": f"a text has at most {MAX_TEXT} printable characters",
        "integer": "write a whole number of at most 18 digits, as 42",
        "number": "write a number of at most 40 characters, below 1.7e308, as 42 or 0.5",
        "boolean": "write yes or no",
        "date": "write a date, as 2026-11-22",
    }[type_]
