"""``mailgate param``: values are checked, normalised, and typed."""

from __future__ import annotations

import pytest
from cli.tool import Tool


def test_parameters_are_listed_by_key_with_typed_values(tool: Tool) -> None:
    items = tool.json("param", "list")
    keys = [item["key"] for item in items]
    assert keys == sorted(keys)
    values = {item["key"]: item["value"] for item in items}
    assert values["mail.gateway.loop.threshold"] == 20
    assert values["mail.bounce.verp"] is False
    assert values["mail.recipient.delimiter"] == "+"
    assert all(item["value"] == item["default"] for item in items)
    assert all(set(item) == {"key", "value", "default", "description"} for item in items)


@pytest.mark.parametrize(
    ("key", "given", "value"),
    [
        ("mail.catchall.domain.allowed", "hello.COM, BONJOUR.com,", "hello.com,bonjour.com"),
        ("mail.bounce.verp", "YES", True),
        ("mail.bounce.verp", "off", False),
        ("mail.original.keep.days", "-1", -1),
        ("mail.gateway.loop.threshold", " 007 ", 7),
        ("mail.recipient.delimiter", "", ""),
        ("mail.recipient.delimiter", "-", "-"),
        ("mail.spam.header", "X-Spam-Flag:YES", "X-Spam-Flag: YES"),
        ("mail.trusted.authserv", "MX.example.com", "mx.example.com"),
    ],
)
def test_values_are_normalised(tool: Tool, key: str, given: str, value: object) -> None:
    assert tool.json("param", "set", key, given)["value"] == value
    assert tool.json("param", "get", key)["value"] == value


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("mail.catchall.domain.allowed", ",,"),
        ("mail.catchall.domain.allowed", "a b.com"),
        ("mail.bounce.verp", "maybe"),
        ("mail.original.keep.days", "-2"),
        ("mail.gateway.loop.threshold", "1.5"),
        ("mail.gateway.loop.threshold", "9" * 40),
        ("mail.gateway.loop.minutes", "0"),
        ("mail.recipient.delimiter", "++"),
        ("mail.recipient.delimiter", "a"),
        ("mail.recipient.delimiter", "@"),
        ("mail.spam.header", "YES"),
    ],
)
def test_values_that_do_not_fit_are_refused_with_the_key(tool: Tool, key: str, given: str) -> None:
    before = tool.json("param", "get", key)
    tool.error("param", "set", key, given)
    assert tool.json("param", "get", key) == before


def test_an_unknown_key_names_the_nearest(tool: Tool) -> None:
    text = tool.error("param", "set", "mail.gateway.lop.treshold", "3")
    assert "did you mean mail.gateway.loop.threshold?" in text


def test_get_prints_the_bare_value_and_unset_brings_the_default_back(tool: Tool) -> None:
    tool.ok("param", "set", "mail.bounce.limit", "9")
    assert tool.ok("param", "get", "mail.bounce.limit").stdout == "9\n"
    assert tool.json("param", "unset", "mail.bounce.limit")["value"] == 5
    assert tool.ok("param", "get", "mail.bounce.verp").stdout == "false\n"
