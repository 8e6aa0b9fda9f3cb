"""What the command line refuses: in one clear line, and nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.tool import Tool

HUGE = str(2**70)
MAIL = b"From: ann@example.org\nSubject: Pump\nMessage-ID: <1@example.org>\n\nIt leaks.\n"


@pytest.fixture(scope="module")
def delivered(template: Tool, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """Lead 1 by the alias info@example.com; to be copied."""
    tool = template.copy(tmp_path_factory.mktemp("delivered"))
    tool.ok("alias", "add", "info", "--model", "lead")
    tool.deliver(MAIL, "-f", "ann@example.org", "info@example.com")
    return tool


@pytest.fixture
def filled(delivered: Tool, tmp_path: Path) -> Tool:
    """Lead 1 by the alias info@example.com."""
    return delivered.copy(tmp_path)


@pytest.mark.parametrize("text", ["0", "-1", "x", HUGE, "", "1_0", "\u0661"])
@pytest.mark.parametrize(
    "words",
    [
        ("record", "show", "--"),
        ("record", "close", "--"),
        ("record", "merge", "--yes", "1"),
        ("journal", "show", "--"),
        ("quarantine", "show", "--"),
        ("quarantine", "release", "--"),
        ("attachment", "save", "--"),
        ("outbox", "show", "--"),
        ("unpack", "--"),
        ("alias", "set", "info", "--record"),
        ("explain", "--journal"),
        ("record", "list", "--limit"),
    ],
)
def test_what_is_no_number_is_answered_with_what_is(
    filled: Tool, words: tuple[str, ...], text: str
) -> None:
    if text == "-1" and words[-1] == "1":
        words = (*words[:-1], "--", words[-1])
    line = filled.error(*words, text, status=2)
    assert f"{text!a} is not a number from 1 to 9223372036854775807." in line


@pytest.mark.parametrize("kind", ["alias", "domain", "model", "contact"])
def test_a_number_that_no_object_can_have_is_unknown(filled: Tool, kind: str) -> None:
    for text in ("0", HUGE):
        assert filled.error(kind, "show", text).startswith(f"mailgate: no {kind} {text}:")


@pytest.mark.parametrize("kind", ["domain", "model", "alias", "param", "allow", "block"])
def test_every_list_by_name_can_be_bounded(filled: Tool, kind: str) -> None:
    filled.ok("domain", "add", "b.example")
    filled.ok("alias", "add", "sales", "--model", "lead")
    for table in ("allow", "block"):
        filled.ok(table, "add", "a@example.org")
        filled.ok(table, "add", "b@example.org")
    every = filled.json(kind, "list")
    assert len(every) > 1
    assert filled.json(kind, "list", "--limit", "1") == every[:1]
    assert filled.json(kind, "list", "--limit", "9999") == every
    assert "'0' is not a number" in filled.error(kind, "list", "--limit", "0", status=2)


@pytest.mark.parametrize(
    "words",
    [
        ("alias", "set", "info", "--record", "1", "--no-record"),
        ("alias", "set", "info", "--parent", "1", "--no-parent"),
        ("alias", "set", "info", "--default", "team=x", "--default", "team=y"),
        ("alias", "set", "info", "--default", "team=x", "--no-default", "Team"),
        ("alias", "set", "info", "--follower", "a@b.example", "--no-follower", "A@B.example"),
        ("record", "set", "1", "team=x", "team=y"),
        ("record", "set", "1", "name=x", "Name=y"),
        ("model", "add", "house", "--field", "a:text", "--field", "a:integer"),
        ("model", "set", "lead", "--field", "team:integer", "--no-field", "team"),
        ("domain", "set", "1", "--redirect-from", "c.example", "--no-redirect-from", "c.example"),
    ],
)
def test_a_contradiction_is_refused_and_changes_nothing(
    filled: Tool, words: tuple[str, ...]
) -> None:
    states = [("alias", "list"), ("record", "list"), ("model", "list"), ("domain", "list")]
    before = [filled.json(*state) for state in states]
    line = filled.error(*words)
    assert "exclude each other" in line or "is given twice" in line
    assert [filled.json(*state) for state in states] == before


@pytest.mark.parametrize("name", ["5", "1.2.3.4", "example.99"])
def test_a_name_that_ends_in_a_number_is_no_domain(tool: Tool, name: str) -> None:
    """RFC 1123 section 2.1: the last part of a host name is alphabetic."""
    assert "its last part is a number" in tool.error("domain", "add", name)
    tool.ok("domain", "add", "5.example")


def test_a_number_that_is_too_large_is_answered_with_the_largest(filled: Tool) -> None:
    text = filled.error("param", "set", "mail.bounce.limit", "9" * 20)
    assert "from 0 to 1000000000000" in text
    filled.ok("model", "set", "lead", "--field", "hours:integer", "--field", "sum:number")
    assert "at most 18 digits" in filled.error("record", "set", "1", f"hours={HUGE}")
    assert "below 1.7e308" in filled.error("record", "set", "1", "sum=1e999")


def test_the_name_of_a_record_is_among_its_fields_and_its_state_is_not(filled: Tool) -> None:
    filled.ok("model", "add", "house", "--field", "team:text")
    line = filled.error("alias", "add", "house", "--model", "house", "--default", "zzz=1")
    assert line.endswith("there is name, team")
    closed = filled.error("record", "set", "1", "state=closed")
    assert closed.endswith("state is no field: use mailgate record close 1")
    assert filled.error("record", "set", "1", "state=open").endswith("mailgate record reopen 1")


def test_a_record_cannot_be_without_a_name(filled: Tool) -> None:
    for text in ("name=", "name= "):
        assert "a record needs a name" in filled.error("record", "set", "1", text)
    assert filled.json("record", "show", "1")["name"] == "Pump"


@pytest.mark.parametrize("field", ["x", "x:", "x: ", "x:=5"])
def test_a_field_without_a_type_is_refused(tool: Tool, field: str) -> None:
    line = tool.error("model", "add", "house", "--field", field)
    assert f"field {field!r} has no type: write it as NAME:TYPE, as x:text" in line


def test_one_is_counted_as_one(filled: Tool) -> None:
    assert "goes with 1 message." in filled.error("record", "delete", "1")
    assert "has 1 alias and 1 record with" in filled.error("model", "remove", "lead")
    assert "has 1 alias, removed with it, and started 1 record." in filled.error(
        "domain", "remove", "1"
    )


def test_one_record_within_a_minute_is_said_as_one(filled: Tool) -> None:
    for name in ("threshold", "minutes"):
        filled.ok("param", "set", f"mail.gateway.loop.{name}", "1")
    answer = filled.process(
        *("deliver", "--dry-run", "--json", "-f", "ann@example.org", "info@example.com"),
        input=MAIL.replace(b"<1@", b"<2@"),
    )
    assert b"ann@example.org started 1 record within 1 minute, 1 is allowed" in answer.stdout


def test_lists_refuse_a_rule_or_alias_that_is_unknown(filled: Tool) -> None:
    assert "did you mean alias?" in filled.error("journal", "list", "--rule", "alais")
    assert "mailgate-routing(7)" in filled.error("journal", "list", "--rule", "bogus")
    assert filled.json("journal", "list", "--rule", "no-route") == []
    assert len(filled.json("journal", "list", "--rule", "Alias")) == 1
    assert "there is info@example.com" in filled.error("record", "list", "--alias", "nope")


def test_records_of_an_alias_that_was_removed_are_listed(filled: Tool) -> None:
    filled.ok("alias", "remove", "info")
    for name in ("info", "info@example.com"):
        assert [each["id"] for each in filled.json("record", "list", "--alias", name)] == [1]


def test_an_explanation_without_recipient_has_no_holes(filled: Tool) -> None:
    result = filled.process("explain", input=b"From: ann@example.org\nSubject: x\n\nx\n")
    assert result.returncode == 0
    assert b"was not handled before" in result.stdout
    lines = result.stdout.decode().splitlines()
    assert not [line for line in lines if line != line.rstrip() or "  " in line.partition("> ")[2]]


def test_help_of_deliver_is_asked_for_where_no_mail_can_follow(filled: Tool) -> None:
    with open("/dev/null", "rb") as null:
        result = filled.process("deliver", "-h", stdin=null)
    assert result.returncode == 0
    assert b"[RECIPIENT...]" in result.stdout
    assert b"-h, --help" in result.stdout


@pytest.mark.parametrize("words", [("-h",), ("-h", "info@example.com"), ("-f", "", "--", "-h")])
def test_a_recipient_like_the_option_for_help_never_loses_mail(
    filled: Tool, words: tuple[str, ...]
) -> None:
    result = filled.process("deliver", *words, input=MAIL)
    assert result.returncode == (67 if "--" in words else 75)
    assert result.stdout == b""
