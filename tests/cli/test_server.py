"""``mailgate server``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli.tool import Tool

KEYS = set(
    "id name protocol host port security user folder model after enabled last_run last_success"
    " last_error consecutive_errors".split()
)


@pytest.fixture
def secret(tmp_path: Path) -> str:
    path = tmp_path / "secret"
    path.write_text("s3cret\n")
    path.chmod(0o600)
    return str(path)


def add(tool: Tool, *more: str, name: str = "sales", protocol: str = "imap") -> dict[str, Any]:
    found: dict[str, Any] = tool.json(
        "server", "add", name, protocol, "Mail.Example.COM", "--user", f"{name}@example.com", *more
    )
    return found


def test_a_server_has_the_defaults_of_its_protocol(tool: Tool, secret: str) -> None:
    imap = add(tool, "--password-file", secret)
    assert set(imap) == KEYS
    assert (imap["port"], imap["security"], imap["folder"]) == (993, "tls", "INBOX")
    assert (imap["after"], imap["enabled"], imap["host"]) == ("seen", True, "mail.example.com")
    pop = add(tool, "--starttls", name="old", protocol="pop3")
    assert (pop["port"], pop["security"], pop["after"]) == (110, "starttls", "delete")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--after", "delet"), "seen, delete, nothing or move:FOLDER"),
        (("--after", "move:"), "seen, delete, nothing or move:FOLDER"),
        (("--model", "laed"), "did you mean lead"),
        (("--folder", "a\rb"), "cannot be a folder"),
        (("--after", "move:inbox"), "is the folder that is read"),
        (("--folder", "Work", "--after", "move:Work"), "is the folder that is read"),
        (("--user", "a\nb"), "cannot be a user"),
        (("--password-file", "x", "--oauth", "gmail"), "exclude each other"),
        (("--password-command", "x 'y"), "cannot be read"),
        (("--password-file", "credential:../x"), "names no credential"),
    ],
)
def test_what_cannot_be_is_refused(tool: Tool, words: tuple[str, ...], text: str) -> None:
    assert text in tool.error("server", "add", "sales", "imap", "mail.example.com", *words)
    assert tool.json("server", "list") == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("a b", "imap", "h"), "cannot be the name"),
        (("12", "imap", "h"), "cannot be the name"),
        (("x", "imap", "mail.example.com:993"), "by --port"),
        (("x", "imap", "ma/il"), "is no host"),
        (("x", "pop3", "h", "--after", "seen"), "POP3 has no way to mark"),
        (("x", "pop3", "h", "--after", "move:Done"), "POP3 has no way to move"),
        (("x", "pop3", "h", "--folder", "Sent"), "POP3 knows no folders"),
    ],
)
def test_names_hosts_and_what_pop3_cannot_do(tool: Tool, words: tuple[str, ...], text: str) -> None:
    assert text in tool.error("server", "add", *words)


def test_a_second_server_of_one_name_is_refused(tool: Tool) -> None:
    add(tool)
    assert "already exists" in tool.error("server", "add", "SALES", "imap", "h")
    add(tool, name="other")
    assert "already exists" in tool.error("server", "set", "other", "--name", "sales")


def test_what_is_missing_and_what_is_unsafe_is_said(tool: Tool) -> None:
    said = tool.ok("server", "add", "sales", "imap", "h", "--plain").stderr
    assert "has no user: mailgate server set sales --user U" in said
    assert "without TLS" in said
    said = tool.ok("server", "set", "sales", "--user", "u", "--tls").stderr
    assert "has no password" in said
    assert "without TLS" not in said


def test_set_changes_what_is_said_and_the_port_with_the_security(tool: Tool) -> None:
    add(tool)
    changed = tool.json("server", "set", "sales", "--starttls", "--model", "LEAD")
    assert (changed["port"], changed["model"]) == (143, "lead")
    changed = tool.json("server", "set", "sales", "--port", "1143", "--no-model")
    assert (changed["port"], changed["model"]) == (1143, None)
    changed = tool.json("server", "set", "sales", "--tls", "--name", "new", "--host", "h2")
    assert (changed["port"], changed["name"], changed["host"]) == (1143, "new", "h2")
    changed = tool.json("server", "set", "1", "--after", "move:Erledigt/Größe")
    assert changed["after"] == "move:Erledigt/Größe"
    assert "exclude each other" in tool.error("server", "set", "new", "--model", "x", "--no-model")


def test_enable_and_disable(tool: Tool) -> None:
    add(tool)
    assert tool.json("server", "disable", "sales")["enabled"] is False
    assert tool.json("server", "list")[0]["enabled"] is False
    assert tool.json("server", "enable", "sales")["enabled"] is True


def test_remove_prints_it_as_it_was(tool: Tool) -> None:
    add(tool)
    assert tool.json("server", "remove", "sales")["name"] == "sales"
    assert "there is none yet" in tool.error("server", "show", "sales")


def test_show_names_the_source_of_the_password_and_nothing_secret(tool: Tool, secret: str) -> None:
    add(tool, "--password-file", secret)
    assert f"file {secret}" in tool.ok("server", "show", "sales").stdout
    tool.ok("server", "set", "sales", "--password-command", "printf s3cret")
    shown = tool.ok("server", "show", "sales").stdout
    assert "command printf" in shown
    entries = json.dumps(tool.json("audit", "list"))
    for text in (shown, entries, json.dumps(tool.json("server", "list"))):
        assert "s3cret" not in text
    assert "command printf" in entries
    assert f"file {secret}" in entries


def test_the_audit_log_has_each_change_once(tool: Tool) -> None:
    add(tool)
    for words in (
        ("set", "sales", "--after", "delete"),
        ("set", "sales", "--after", "delete"),
        ("disable", "sales"),
        ("disable", "sales"),
        ("enable", "sales"),
        ("remove", "sales"),
    ):
        tool.ok("server", *words)
    entries = tool.json("audit", "list")
    actions = [entry["action"] for entry in entries if entry["object"] == "server sales"]
    assert actions == ["remove", "enable", "disable", "set", "add"]


def test_list_names_the_addresses_that_no_server_covers(tool: Tool) -> None:
    tool.ok("alias", "add", "sales", "--model", "lead")
    tool.ok("alias", "add", "info", "--model", "lead")
    assert "covers" not in tool.ok("server", "list").stderr
    add(tool)
    said = tool.ok("server", "list").stderr
    assert "no server covers 3 addresses" in said
    for address in ("bounce@example.com", "catchall@example.com", "info@example.com"):
        assert address in said
    tool.deliver(b"From: a@x.org\nSubject: x\n\nx\n", "info@example.com")
    assert "info@example.com" not in tool.ok("server", "list").stderr
    tool.ok("server", "set", "sales", "--user", "catchall@example.com")
    assert "covers" not in tool.ok("server", "list").stderr


def test_test_says_why_a_server_cannot_be_reached(tool: Tool, secret: str) -> None:
    add(tool, "--port", "1", "--password-file", secret)
    tool.ok("server", "set", "sales", "--host", "127.0.0.1")
    assert "127.0.0.1" in tool.error("server", "test", "sales")
    tool.ok("server", "set", "sales", "--password-command", "true")
