"""``mailgate alias``: names, options, clashes, what is retired, status."""

from __future__ import annotations

import json

import pytest
from cli.tool import Tool

MESSAGE = b"From: ann@example.org\nSubject: Pump\n\nIt leaks.\n"


def test_an_alias_has_all_keys_of_the_contract(tool: Tool) -> None:
    assert tool.json("alias", "add", "Info@Example.com", "--model", "lead") == {
        "id": 1,
        "address": "info@example.com",
        "local_part": "info",
        "domain": "example.com",
        "model": "lead",
        "defaults": {},
        "record": None,
        "parent": None,
        "policy": "everyone",
        "local_part_detection": False,
        "status": "untested",
        "on_refusal": "notice",
        "refusal_text": "",
        "acknowledge": "",
        "followers": [],
        "last_used": None,
    }


def test_all_options_are_kept(tool: Tool) -> None:
    tool.ok("model", "set", "lead", "--field", "hot:boolean", "--field", "size:integer")
    alias = tool.json(
        *("alias", "add", "sales", "--model", "lead", "--policy", "contacts", "--local-part"),
        *("--default", "hot=yes", "--default", "size=+042", "--default", "name=From the web"),
        *("--on-refusal", "reject", "--refusal-text", "No.", "--acknowledge", "Thanks!"),
        *("--follower", "Bob@Example.COM", "--follower", "ann@example.com"),
    )
    assert alias["defaults"] == {"hot": True, "name": "From the web", "size": 42}
    assert alias["followers"] == ["ann@example.com", "bob@example.com"]
    assert (alias["policy"], alias["on_refusal"]) == ("contacts", "reject")
    assert (alias["refusal_text"], alias["acknowledge"]) == ("No.", "Thanks!")
    assert alias["local_part_detection"] is True


def test_set_adds_and_takes_away(tool: Tool) -> None:
    tool.ok(
        "alias", "add", "info", "--model", "ticket", "--default", "team=a", "--follower", "a@b.c"
    )
    alias = tool.json("alias", "set", "info", "--default", "priority=HIGH", "--follower", "c@b.c")
    assert alias["defaults"] == {"priority": "high", "team": "a"}
    assert alias["followers"] == ["a@b.c", "c@b.c"]
    alias = tool.json("alias", "set", "info", "--no-default", "team", "--no-follower", "A@B.c")
    assert alias["defaults"] == {"priority": "high"}
    assert alias["followers"] == ["c@b.c"]
    assert "did you mean priority?" in tool.error("alias", "set", "info", "--no-default", "prio")
    assert tool.json("alias", "set", "info", "--local-part")["local_part_detection"] is True
    assert tool.json("alias", "set", "info", "--full-address")["local_part_detection"] is False


def test_what_cannot_be_an_address_gets_advice(tool: Tool) -> None:
    text = tool.error("alias", "add", "Déboulonneur info", "--model", "lead")
    assert "deboulonneur-info could be" in text


@pytest.mark.parametrize("address", ["a..b", ".a", "a.", "", '"a b"', "a@b@c", "x" * 65, "a,b"])
def test_no_impossible_local_part_is_taken(tool: Tool, address: str) -> None:
    tool.error("alias", "add", f"{address}@example.com", "--model", "lead")
    assert tool.json("alias", "list") == []


def test_utf_8_local_parts_are_names(tool: Tool) -> None:
    assert tool.json("alias", "add", "Größe", "--model", "lead")["local_part"] == "größe"


def test_an_alias_never_has_a_special_address_of_its_domain(tool: Tool) -> None:
    assert "is the catchall address" in tool.error("alias", "add", "catchall", "--model", "lead")
    assert "is the bounce address" in tool.error("alias", "add", "bounce", "--model", "lead")
    tool.ok("alias", "add", "info", "--model", "lead")
    assert "is the bounce" in tool.error("alias", "set", "info", "--address", "bounce@example.com")
    assert "that is an alias" in tool.error("domain", "set", "1", "--catchall", "info")


def test_the_same_local_part_in_two_domains_is_fine(tool: Tool) -> None:
    tool.ok("domain", "add", "two.example")
    tool.ok("alias", "add", "info@example.com", "--model", "lead")
    tool.ok("alias", "add", "info@two.example", "--model", "task")
    tool.ok("alias", "add", "bounce2@two.example", "--model", "task")
    assert "already exists" in tool.error("alias", "add", "info", "--model", "task")


def test_a_renamed_alias_is_retired_with_its_successor_and_can_come_back(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    alias = tool.json("alias", "set", "info", "--address", "hello@example.com")
    assert alias["address"] == "hello@example.com"
    assert tool.json("domain", "show", "1")["retired"] == ["info@example.com"]
    tool.ok("alias", "set", "hello", "--address", "info@example.com")
    assert tool.json("domain", "show", "1")["retired"] == ["hello@example.com"]


def test_a_removed_alias_is_retired(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    assert tool.json("alias", "remove", "info@example.com")["address"] == "info@example.com"
    assert tool.json("domain", "show", "1")["retired"] == ["info@example.com"]
    assert tool.deliver(MESSAGE, "info@example.com") == 0
    assert tool.json("record", "list") == []


def test_unknown_names_are_named_with_the_nearest(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    assert "did you mean lead?" in tool.error("alias", "add", "x", "--model", "leed")
    assert "did you mean info@example.com?" in tool.error("alias", "show", "inof@example.com")
    assert "did you mean team?" in tool.error("alias", "set", "info", "--default", "taem=a")
    assert "no domain exmaple.com: did you mean example.com?" in tool.error(
        "alias", "add", "x@exmaple.com", "--model", "lead"
    )


def test_values_that_do_not_fit_their_field_are_refused(tool: Tool) -> None:
    text = tool.error("alias", "add", "x", "--model", "ticket", "--default", "priority=hihg")
    assert "did you mean high?" in text
    assert "FIELD=VALUE" in tool.error(
        "alias", "add", "x", "--model", "ticket", "--default", "team"
    )
    assert tool.json("alias", "list") == []


def test_an_alias_of_a_model_whose_fields_change_becomes_invalid(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "ticket", "--default", "priority=low")
    tool.ok("model", "set", "ticket", "--field", "priority:integer")
    assert tool.json("alias", "show", "info")["status"] == "invalid"
    assert "--no-default priority" in tool.error("alias", "set", "info", "--policy", "contacts")
    assert tool.json("alias", "set", "info", "--no-default", "priority")["status"] == "untested"


def test_policy_followers_needs_a_record(tool: Tool) -> None:
    result = tool.ok("alias", "add", "info", "--model", "lead", "--policy", "followers")
    assert "its mail is held" in result.stderr
    assert tool.json("alias", "show", "info")["status"] == "invalid"


def test_a_target_record_is_there_and_of_the_model(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    assert tool.deliver(MESSAGE, "info@example.com") == 0
    assert "no record 9" in tool.error("alias", "set", "info", "--record", "9")
    assert "no record 9" in tool.error("alias", "set", "info", "--parent", "9")
    assert "is of model lead" in tool.error("alias", "add", "x", "--model", "task", "--record", "1")
    alias = tool.json("alias", "set", "info", "--record", "1", "--parent", "1")
    assert (alias["record"], alias["parent"]) == (1, 1)
    alias = tool.json("alias", "set", "info", "--no-record", "--no-parent")
    assert (alias["record"], alias["parent"]) == (None, None)


def test_a_delivered_alias_is_valid_and_knows_when(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    tool.deliver(MESSAGE, "info@example.com")
    alias = tool.json("alias", "show", "1")
    assert alias["status"] == "valid"
    assert alias["last_used"].endswith("Z")
    assert tool.json("alias", "set", "1", "--refusal-text", "No.")["status"] == "valid"
    assert tool.json("alias", "set", "1", "--policy", "internal")["status"] == "untested"


def test_an_alias_needs_a_domain_that_is_ours(tool: Tool) -> None:
    tool.ok("domain", "set", "1", "--redirect-from", "old.example")
    text = tool.error("alias", "add", "x@old.example", "--model", "lead")
    assert "name the alias x@example.com" in text
    tool.ok("domain", "remove", "1")
    assert "mailgate domain add" in tool.error("alias", "add", "x", "--model", "lead")


def test_an_alias_is_tried_with_a_letter_that_nobody_wrote(tool: Tool) -> None:
    tool.ok("alias", "add", "info", "--model", "lead")
    found = tool.json("alias", "test", "info", "--from", "Ann@Example.org")
    assert (found["outcome"], found["rule"], found["journal"]) == ("created", "alias", None)
    assert found["message"]["author"] == "ann@example.org"
    assert [step["rule"] for step in found["recipients"][0]["steps"]][-1] == "alias"
    assert tool.json("record", "list") == tool.json("journal", "list") == []
    assert "created" in tool.ok("alias", "test", "info").stdout


def test_trying_an_alias_fails_where_no_record_would_get_the_letter(tool: Tool) -> None:
    tool.ok("alias", "add", "staff", "--model", "lead", "--policy", "internal")
    result = tool.run("alias", "test", "staff", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["outcome"] == "refused"
    assert result.stderr.count("\n") == 1
    assert "internal contacts only" in result.stderr
    assert "@" in tool.error("alias", "test", "staff", "--from", "a b")
