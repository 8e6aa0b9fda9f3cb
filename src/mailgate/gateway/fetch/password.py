"""The password of a server: read when it is needed, from where the administrator said.

No error names anything that could be the password: neither what a file holds nor what a command
prints.
"""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING

from mailgate.entities.server import CREDENTIAL, Access
from mailgate.errors import ConfigurationError

if TYPE_CHECKING:
    from subprocess import Popen

MAX_BYTES = 64 * 1024
COMMAND_SECONDS = 30.0
_OTHERS = stat.S_IRWXO | stat.S_IWGRP
"""Modes that a password file must not have."""
CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"


def password(access: Access) -> str:
    """Return the password: the first line of a file, or of what a command prints.

    Raises ConfigurationError, with what to do.
    """
    if access.password_command is not None:
        return _line(_printed(access.password_command), "the password command prints")
    if access.password_file is None:
        raise ConfigurationError("there is no password: set --password-file or another source")
    if access.password_file.startswith(CREDENTIAL):
        path = _credential(access.password_file.removeprefix(CREDENTIAL))
        return _line(_content(path, guarded=False), f"credential {path} has")
    return _line(_content(access.password_file, guarded=True), f"{access.password_file} has")


def _credential(name: str) -> str:
    folder = os.environ.get(CREDENTIALS_DIRECTORY)
    if not folder:
        raise ConfigurationError(
            f"credential {name}: systemd gave none: add LoadCredential={name}:FILE to the unit"
        )
    return os.path.join(folder, name)


def _content(path: str, *, guarded: bool) -> bytes:
    """Return the beginning of a file; where it is to be guarded, nobody else may read it."""
    try:
        with open(path, "rb", opener=_open) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ConfigurationError(f"password file {path} is no file")
            if guarded and found.st_mode & _OTHERS:
                raise ConfigurationError(
                    f"password file {path} is open to others: chmod 600 {path}"
                )
            if guarded and found.st_uid not in (0, os.geteuid()) and os.geteuid() != 0:
                raise ConfigurationError(f"password file {path} belongs to somebody else")
            return file.read(MAX_BYTES)
    except OSError as error:
        raise ConfigurationError(f"password file {path}: {error.strerror}") from error


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _printed(command: str) -> bytes:
    import subprocess

    words = shlex.split(command)
    try:
        with subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            return _output(process, words[0])
    except OSError as error:
        raise ConfigurationError(f"password command {words[0]}: {error.strerror}") from error


def _output(process: Popen[bytes], name: str) -> bytes:
    from subprocess import TimeoutExpired

    try:
        printed, _ = process.communicate(timeout=COMMAND_SECONDS)
    except TimeoutExpired:
        os.killpg(process.pid, 9)
        raise ConfigurationError(
            f"password command {name} takes longer than {COMMAND_SECONDS:.0f} s: does it ask?"
        ) from None
    if process.returncode:
        raise ConfigurationError(
            f"password command {name} ended with status {process.returncode}:"
            " run it by hand, as the same user, to see why"
        )
    return printed[:MAX_BYTES]


def _line(data: bytes, where: str) -> str:
    line = data.partition(b"\n")[0].rstrip(b"\r")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{where} a first line that is not UTF-8") from None
    if not text or any(c < " " or c == "\x7f" for c in text):
        raise ConfigurationError(f"{where} no password in the first line")
    return text
