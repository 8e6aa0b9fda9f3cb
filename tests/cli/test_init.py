"""``mailgate init``."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cli.tool import Tool

from mailgate.entities.names import domain_name
from mailgate.gateway.administration.setup import host_domain


def test_init_without_arguments_makes_a_domain_and_three_models(bare: Tool) -> None:
    setup = bare.json("init")
    assert setup["created"] is True
    assert setup["database"] == str(bare.path)
    assert setup["domain"]["name"] == domain_name(host_domain())
    assert (setup["domain"]["catchall"], setup["domain"]["bounce"]) == ("catchall", "bounce")
    assert [model["name"] for model in setup["models"]] == ["lead", "task", "ticket"]


def test_init_says_what_to_do_next(bare: Tool) -> None:
    text = bare.ok("init", "--domain", "example.com").stdout
    assert f"mailgate --db {bare.path} alias add info@example.com --model lead" in text
    assert "deliver info@example.com" in text
    assert "mailgate-deliver" in text


def test_a_second_init_changes_nothing_and_says_so(tool: Tool) -> None:
    before = tool.json("audit", "list")
    result = tool.ok("init", "--domain", "other.example")
    assert "nothing was changed" in result.stderr
    assert result.stdout == ""
    assert tool.json("audit", "list") == before
    assert tool.json("init")["created"] is False


def test_the_database_is_for_owner_and_group_only(tmp_path: Path) -> None:
    tool = Tool(tmp_path / "new" / "gate.db")
    tool.ok("init")
    mode = stat.S_IMODE(os.stat(tool.path).st_mode)
    assert mode == 0o660
    assert stat.S_IMODE(os.stat(tool.path.parent).st_mode) == 0o2770


def test_a_wrong_domain_leaves_no_half_made_gateway(bare: Tool) -> None:
    assert "is no domain name" in bare.error("init", "--domain", "exa mple")
    assert bare.json("init", "--domain", "example.com")["created"] is True


def test_init_where_nothing_can_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    text = Tool(tmp_path / "file" / "gate.db").error("init")
    assert "file" in text


def test_the_key_of_the_reply_tokens_is_a_file_that_others_cannot_read(bare: Tool) -> None:
    bare.ok("init", "--domain", "example.com")
    key = bare.path.parent / "secrets" / "token.key"
    assert len(key.read_bytes()) == 32
    assert stat.S_IMODE(key.stat().st_mode) == 0o640
    assert stat.S_IMODE(key.parent.stat().st_mode) & 0o007 == 0
    assert [path.name for path in key.parent.iterdir()] == ["token.key"]


def test_a_second_init_keeps_the_key_and_makes_a_missing_one(bare: Tool) -> None:
    bare.ok("init", "--domain", "example.com")
    key = bare.path.parent / "secrets" / "token.key"
    before = key.read_bytes()
    bare.ok("init")
    assert key.read_bytes() == before
    key.unlink()
    assert "nothing was changed, but a token key was missing" in bare.ok("init").stderr
    assert len(key.read_bytes()) == 32
    assert key.read_bytes() != before
