"""Fields of a model: types, and the one form in which a value is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.entities.field import canonical, field_type, fits, parse_field, typed
from mailgate.entities.model import assignment
from mailgate.errors import MailgateError

TYPES = ("text", "integer", "number", "boolean", "date", "choice(low|High)")


@pytest.mark.parametrize(
    ("type_", "given_", "kept", "value"),
    [
        ("text", " a = b ", " a = b ", " a = b "),
        ("text", "", "", ""),
        ("integer", "+007", "7", 7),
        ("integer", "-0", "0", 0),
        ("number", "1.50", "1.5", 1.5),
        ("number", "3.0", "3", 3),
        ("number", "1e3", "1000", 1000),
        ("boolean", "On", "true", True),
        ("boolean", "0", "false", False),
        ("date", "2028-02-29", "2028-02-29", "2028-02-29"),
        ("choice(low|High)", "HIGH", "High", "High"),
    ],
)
def test_a_value_has_one_form(type_: str, given_: str, kept: str, value: object) -> None:
    assert canonical(type_, given_, "x") == kept
    assert typed(type_, kept) == value
    assert type(typed(type_, kept)) is type(value)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("text", "a\x00b"),
        ("text", "a\x1bb"),
        ("text", "\udcff"),
        ("text", "x" * 10_001),
        ("integer", ""),
        ("integer", "1.0"),
        ("integer", "١"),
        ("integer", "9" * 19),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1e999"),
        ("number", "0x10"),
        ("number", "1_000"),
        ("boolean", "maybe"),
        ("date", "2026-02-29"),
        ("date", "22.11.2026"),
        ("choice(low|High)", "medium"),
    ],
)
def test_what_does_not_fit_is_refused(type_: str, text: str) -> None:
    with pytest.raises(MailgateError, match="does not fit"):
        canonical(type_, text, "x")


@given(st.sampled_from(TYPES), st.text(max_size=50))
def test_a_kept_value_always_fits(type_: str, text: str) -> None:
    try:
        kept = canonical(type_, text, "x")
    except MailgateError:
        return
    assert fits(type_, kept)
    assert canonical(type_, kept, "x") == kept


def test_a_value_of_an_earlier_type_is_shown_as_text() -> None:
    assert typed("integer", "blue") == "blue"
    assert typed("boolean", "on") == "on"


@pytest.mark.parametrize(
    ("text", "name", "type_", "preset"),
    [
        ("Team:Text", "team", "text", None),
        ("team:text=", "team", "text", ""),
        ("team:text=a=b:c", "team", "text", "a=b:c"),
        ("n:integer=5", "n", "integer", "5"),
        ("p:choice( low | high )=LOW", "p", "choice(low|high)", "low"),
        ("p:choice(a=1|b=2)=b=2", "p", "choice(a=1|b=2)", "b=2"),
    ],
)
def test_a_field_is_read(text: str, name: str, type_: str, preset: str | None) -> None:
    field = parse_field(text)
    assert (field.name, field.type, field.preset) == (name, type_, preset)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_of_fields(text: str) -> None:
    for words in (text, f"a:{text}", f"a:choice({text}", f"{text}:text"):
        try:
            field = parse_field(words)
        except MailgateError:
            continue
        assert field_type(field.type) == field.type


def test_assignments_are_typed_by_the_model() -> None:
    fields = {"hot": parse_field("hot:boolean")}
    assert assignment("HOT=yes", fields, "lead") == ("hot", "true")
    assert assignment("name=a=b", fields, "lead") == ("name", "a=b")
    with pytest.raises(MailgateError, match="did you mean hot"):
        assignment("hto=1", fields, "lead")
    with pytest.raises(MailgateError, match="FIELD=VALUE"):
        assignment("hot", fields, "lead")
