"""File names that came by mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.cli.files import safe_name, save
from mailgate.errors import MailgateError


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\a.txt", "a.txt"),
        ("..", "fallback"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("a\x00b\n\u202egnp.exe", "abgnp.exe"),
        ("", "fallback"),
        ("/", "fallback"),
        ("größe 日本.png", "größe 日本.png"),
        ("ö" * 200 + ".pdf", "ö" * 98 + ".pdf"),
    ],
)
def test_a_name_is_one_plain_file(name: str, safe: str) -> None:
    assert safe_name(name, "fallback") == safe


@given(st.text())
def test_no_name_leaves_its_folder(name: str) -> None:
    safe = safe_name(name, "fallback")
    assert Path(safe).name == safe
    assert 0 < len(safe.encode()) <= 200
    assert safe.isprintable()


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise MailgateError("no more")

    with pytest.raises(MailgateError):
        save(str(tmp_path), "a.txt", "x", pieces())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MailgateError, match="cannot write"):
        save(str(tmp_path / "no"), "a.txt", "x", [])
