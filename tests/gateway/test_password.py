"""Passwords of servers: from files, commands and credentials, and never in what is said."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mailgate.entities.server import Access
from mailgate.errors import ConfigurationError
from mailgate.gateway.fetch import password as module
from mailgate.gateway.fetch.password import password

SECRET = "pa55 wörd"


def file(tmp_path: Path, mode: int = 0o600, content: bytes = f"{SECRET}\n".encode()) -> str:
    path = tmp_path / "password"
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def refusal(access: Access) -> str:
    with pytest.raises(ConfigurationError) as raised:
        password(access)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None or SECRET not in repr(raised.value.__cause__)
    return str(raised.value)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_file_that_others_cannot_read_has_the_password_in_its_first_line(
    tmp_path: Path, mode: int
) -> None:
    content = f"{SECRET}\r\nnot this\n".encode()
    assert password(Access(password_file=file(tmp_path, mode, content))) == SECRET


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602, 0o601])
def test_a_file_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    assert "chmod 600" in refusal(Access(password_file=file(tmp_path, mode)))


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\n", b"a\0b\n", b"a\x1bb\n", b"a\rb\n"])
def test_what_is_no_password_is_said_without_a_word_of_it(tmp_path: Path, content: bytes) -> None:
    assert "first line" in refusal(Access(password_file=file(tmp_path, content=content)))


def test_what_is_no_file_is_said_and_nothing_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "is no file" in refusal(Access(password_file=str(tmp_path / "pipe")))
    assert "No such file" in refusal(Access(password_file=str(tmp_path / "missing")))


def test_a_command_prints_the_password_in_its_first_line() -> None:
    command = f"printf '%s\\nuser: x\\n' '{SECRET}'"
    assert password(Access(password_command=command)) == SECRET


def test_a_command_is_run_without_a_shell() -> None:
    assert password(Access(password_command="printf %s $HOME;x")) == "$HOME;x"


def test_a_command_that_fails_or_is_missing_is_said_without_what_it_printed() -> None:
    command = f"sh -c 'echo {SECRET}; echo {SECRET} >&2; exit 3'"
    said = refusal(Access(password_command=command))
    assert "sh ended with status 3" in said
    assert "No such file" in refusal(Access(password_command="/nowhere/program x"))


def test_a_command_that_asks_and_waits_is_ended_with_all_it_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "COMMAND_SECONDS", 0.3)
    started = time.monotonic()
    assert "does it ask?" in refusal(Access(password_command="sh -c 'sleep 50; echo x'"))
    assert time.monotonic() - started < 10


def test_a_credential_of_systemd_is_named_without_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = Access(password_file="credential:password")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert "LoadCredential=password:" in refusal(access)
    file(tmp_path, 0o444)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert password(access) == SECRET


def test_where_nothing_is_said_there_is_no_password() -> None:
    assert "--password-file" in refusal(Access())


def test_what_names_the_source_is_no_secret() -> None:
    assert Access(password_command=f"printf {SECRET}").source == "command printf"
    assert Access(password_file="/etc/pw").source == "file /etc/pw"
    assert Access(oauth="gmail").source == "oauth gmail"
    assert Access().source is None
