"""``mailgate domain``: names, special addresses, redirections, what is retired."""

from __future__ import annotations

import pytest
from cli.tool import Tool


def test_a_domain_has_all_keys_of_the_contract(tool: Tool) -> None:
    assert tool.json("domain", "show", "example.com") == {
        "id": 1,
        "name": "example.com",
        "company": "Example Ltd",
        "contact": "",
        "catchall": "catchall",
        "bounce": "bounce",
        "redirect_from": [],
        "retired": [],
        "verify_until": None,
        "aliases": 0,
    }


def test_domains_are_listed_by_name(tool: Tool) -> None:
    tool.ok("domain", "add", "beta.example")
    tool.ok("domain", "add", "alpha.example")
    names = [domain["name"] for domain in tool.json("domain", "list")]
    assert names == ["alpha.example", "beta.example", "example.com"]


def test_names_are_lower_case_a_labels(tool: Tool) -> None:
    assert tool.json("domain", "add", "BÜCHER.Example.")["name"] == "xn--bcher-kva.example"
    assert tool.json("domain", "show", "bücher.example")["id"] == 2


@pytest.mark.parametrize("name", ["exa mple.com", "a..b", "a-.com", "a_b.com", "[1.2.3.4]", ""])
def test_what_is_no_host_name_is_refused(tool: Tool, name: str) -> None:
    assert "is no domain name" in tool.error("domain", "add", name)


def test_a_domain_is_named_by_id_too(tool: Tool) -> None:
    assert tool.json("domain", "show", "1")["name"] == "example.com"


def test_an_unknown_domain_names_the_nearest(tool: Tool) -> None:
    assert "did you mean example.com?" in tool.error("domain", "show", "exmaple.com")


def test_a_domain_cannot_be_added_twice(tool: Tool) -> None:
    assert "already exists" in tool.error("domain", "add", "Example.COM")


def test_redirections_add_and_take_away(tool: Tool) -> None:
    set_ = ("domain", "set", "example.com")
    tool.ok(*set_, "--redirect-from", "a.example", "--redirect-from", "b.example")
    assert tool.json(*set_, "--redirect-from", "c.example")["redirect_from"] == [
        "a.example",
        "b.example",
        "c.example",
    ]
    assert tool.json(*set_, "--no-redirect-from", "b.example")["redirect_from"] == [
        "a.example",
        "c.example",
    ]


def test_a_redirection_is_never_a_domain_and_never_of_two(tool: Tool) -> None:
    tool.ok("domain", "add", "other.example", "--redirect-from", "old.example")
    assert "a domain of its own" in tool.error(
        "domain", "set", "example.com", "--redirect-from", "other.example"
    )
    assert "stands for other.example" in tool.error(
        "domain", "set", "example.com", "--redirect-from", "old.example"
    )
    assert "stands for other.example" in tool.error("domain", "add", "old.example")
    assert "did you mean old.example?" in tool.error(
        "domain", "set", "other.example", "--no-redirect-from", "odl.example"
    )


def test_a_renamed_catchall_is_retired_and_can_come_back(tool: Tool) -> None:
    """The documented way to get a provider's confirmation mail."""
    tool.ok("domain", "set", "example.com", "--catchall", "replies")
    assert tool.json("domain", "show", "1")["retired"] == ["catchall@example.com"]
    tool.ok("alias", "add", "catchall@example.com", "--model", "lead")
    assert "that is an alias" in tool.error("domain", "set", "1", "--catchall", "catchall")
    tool.ok("alias", "remove", "catchall@example.com")
    domain = tool.json("domain", "set", "1", "--catchall", "catchall")
    assert domain["catchall"] == "catchall"
    assert domain["retired"] == ["replies@example.com"]


def test_catchall_and_bounce_differ(tool: Tool) -> None:
    assert "cannot both be bounce" in tool.error("domain", "set", "1", "--catchall", "bounce")


def test_a_renamed_domain_takes_its_aliases_along_and_retires_the_old_addresses(
    tool: Tool,
) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    domain = tool.json("domain", "set", "example.com", "--name", "example.org")
    assert domain["retired"] == [
        "bounce@example.com",
        "catchall@example.com",
        "info@example.com",
    ]
    assert tool.json("alias", "list")[0]["address"] == "info@example.org"


def test_a_domain_in_use_is_removed_only_with_yes(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    assert "--yes" in tool.error("domain", "remove", "example.com")
    assert tool.json("domain", "remove", "example.com", "--yes")["aliases"] == 1
    assert tool.json("domain", "list") == tool.json("alias", "list") == []


def test_an_unused_domain_is_removed_without_a_question(tool: Tool) -> None:
    assert tool.json("domain", "remove", "example.com")["name"] == "example.com"


def test_a_contact_is_an_address(tool: Tool) -> None:
    assert "is no address" in tool.error("domain", "set", "1", "--contact", "me")
    assert tool.json("domain", "set", "1", "--contact", "Me@X.Example")["contact"] == "me@x.example"
    assert tool.json("domain", "set", "1", "--contact", "")["contact"] == ""
