"""Grants are files: whole or not at all, closed to others, renewed by one at a time."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from mailgate.entities.grant import LOOPBACK, Client, Grant, Tokens
from mailgate.errors import DatabaseError, TemporaryError
from mailgate.store import grants
from mailgate.store.secrets import folder
from mailgate.store.sqlite import Database

CLIENT = Client("gmail", "id", "/etc/s", "https://x/t", None, "https://x/a", "mail", LOOPBACK)
GRANT = Grant(
    user="grüße@example.com",
    client=CLIENT,
    tokens=Tokens("AT-secret", 1_800_003_600, "RT-secret", None),
    granted=1_800_000_000,
    refreshed=1_800_000_000,
    slides=True,
    refused="no",
)


@pytest.fixture
def place(database: Database) -> str:
    """The folder of secrets, which is not there yet."""
    return folder(database.connection)


def test_a_grant_comes_back_as_it_was_kept(place: str) -> None:
    assert grants.get(place, 7) is None
    with grants.locked(place, 7):
        grants.put(place, 7, GRANT)
    assert grants.get(place, 7) == GRANT
    assert grants.get(place, 8) is None


def test_its_file_is_beside_the_database_and_closed_to_others(place: str, tmp_path: Path) -> None:
    with grants.locked(place, 7):
        grants.put(place, 7, GRANT)
    assert Path(place) == tmp_path / "secrets"
    assert stat.S_IMODE(os.stat(place).st_mode) == 0o2770
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in Path(place).iterdir()}
    assert modes == {"server-7.grant": 0o640, "server-7.grant.lock": 0o660}


def test_nothing_is_left_of_a_grant_that_is_removed(place: str) -> None:
    with grants.locked(place, 7):
        grants.put(place, 7, GRANT)
    grants.remove(place, 7)
    grants.remove(place, 8)
    assert os.listdir(place) == []


def test_a_grant_that_cannot_be_written_leaves_the_old_one(place: str) -> None:
    with grants.locked(place, 7):
        grants.put(place, 7, GRANT)
        os.mkdir(f"{place}/server-7.grant.new")
        with pytest.raises(DatabaseError, match="cannot write"):
            grants.put(place, 7, GRANT)
    assert grants.get(place, 7) == GRANT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"user": "AT-secret", "client": {}, "tokens": {}}',
        b'{"user": "AT-secret", "client": 1, "tokens": "RT-secret"}',
        b"\xff\xfeAT-secret",
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_grant_is_named_but_not_shown(place: str, content: bytes) -> None:
    os.mkdir(place)
    Path(place, "server-7.grant").write_bytes(content)
    with pytest.raises(DatabaseError, match=r"server-7\.grant is no grant") as error:
        grants.get(place, 7)
    assert "secret:" not in str(error.value)
    assert error.value.__cause__ is None


def test_values_of_another_kind_are_no_grant(place: str) -> None:
    with grants.locked(place, 7):
        grants.put(place, 7, GRANT)
    path = Path(place, "server-7.grant")
    for old, new in ((b'"AT-secret"', b"7"), (b"1800003600", b'"soon"')):
        whole = path.read_bytes()
        path.write_bytes(whole.replace(old, new))
        with pytest.raises(DatabaseError):
            grants.get(place, 7)
        path.write_bytes(whole)


def test_two_wait_for_each_other_also_in_one_process(place: str) -> None:
    inside: list[int] = []

    def work() -> None:
        with grants.locked(place, 7):
            inside.append(1)
            assert len(inside) == 1
            threading.Event().wait(0.01)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == []


def test_who_waits_too_long_is_told(place: str) -> None:
    busy = pytest.raises(TemporaryError, match="another mailgate command")
    with grants.locked(place, 7), busy, grants.locked(place, 7, seconds=0.1):
        pass
    with grants.locked(place, 7), grants.locked(place, 8, seconds=0.1):
        pass
