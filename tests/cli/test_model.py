"""``mailgate model``: fields and their types."""

from __future__ import annotations

import pytest
from cli.tool import Tool

MESSAGE = b"From: ann@example.org\nSubject: Pump\n\nIt leaks.\n"


def test_a_model_has_typed_fields_and_defaults(tool: Tool) -> None:
    fields = [
        "a:text=x",
        "b:integer=3",
        "c:number=2.50",
        "d:boolean=on",
        "e:date",
        "f:choice(s|m)=M",
    ]
    words = [word for field in fields for word in ("--field", field)]
    assert tool.json("model", "add", "order", "--label", "Orders", *words) == {
        "id": 4,
        "name": "order",
        "label": "Orders",
        "fields": {
            "a": {"type": "text", "default": "x"},
            "b": {"type": "integer", "default": 3},
            "c": {"type": "number", "default": 2.5},
            "d": {"type": "boolean", "default": True},
            "e": {"type": "date", "default": None},
            "f": {"type": "choice(s|m)", "default": "m"},
        },
        "records": 0,
    }


@pytest.mark.parametrize(
    ("field", "advice"),
    [
        ("a", "NAME:TYPE"),
        ("a:txet", "did you mean text?"),
        ("a:choice", "choice(low|normal|high)"),
        ("a:choice(x|x)", "choice(low|normal|high)"),
        ("a:integer=x", "whole number"),
        ("a:date=2026-02-29", "write a date"),
        ("name:text", "choose another name"),
        ("1a:text", "a letter first"),
    ],
)
def test_a_wrong_field_is_refused_with_advice(tool: Tool, field: str, advice: str) -> None:
    assert advice in tool.error("model", "add", "order", "--field", field)
    assert len(tool.json("model", "list")) == 3


def test_set_adds_replaces_and_takes_away_fields(tool: Tool) -> None:
    tool.ok("model", "set", "lead", "--field", "team:integer", "--field", "hot:boolean")
    model = tool.json("model", "set", "lead", "--no-field", "hot", "--label", "Prospect")
    assert model["fields"] == {"team": {"type": "integer", "default": None}}
    assert model["label"] == "Prospect"
    assert "did you mean team?" in tool.error("model", "set", "lead", "--no-field", "teem")


def test_a_model_in_use_is_removed_only_with_yes(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    tool.deliver(MESSAGE, "info@example.com")
    assert "1 alias and 1 record with" in tool.error("model", "remove", "lead")
    tool.ok("model", "remove", "lead", "--yes")
    assert tool.json("alias", "list") == tool.json("record", "list") == []
    assert tool.json("domain", "show", "1")["retired"] == ["info@example.com"]
    assert tool.json("db", "check")["sound"] is True


def test_a_model_that_a_server_falls_back_to_is_removed_only_with_yes(tool: Tool) -> None:
    tool.ok("server", "add", "box", "imap", "mail.example.com", "--user", "u", "--model", "task")
    assert "mail of box" in tool.error("model", "remove", "task")
    tool.ok("model", "remove", "task", "--yes")


def test_an_unused_model_is_removed_without_a_question(tool: Tool) -> None:
    assert tool.json("model", "remove", "task")["name"] == "task"


def test_the_list_shows_fields_as_they_are_written(tool: Tool) -> None:
    assert "priority:choice(low|normal|high)" in tool.ok("model", "list").stdout
    assert "choice(low|normal|high)" in tool.ok("model", "show", "ticket").stdout
