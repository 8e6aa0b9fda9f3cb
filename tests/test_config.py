"""The configuration file, and where the database is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailgate import config
from mailgate.errors import ConfigurationError


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a system-wide installation, seen by an ordinary user."""
    monkeypatch.setattr(config, "SYSTEM_CONFIG", str(tmp_path / "etc" / "mailgate.toml"))
    monkeypatch.setattr(config, "SYSTEM_DATABASE", str(tmp_path / "var" / "mailgate.db"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for name in ("MAILGATE_DB", "MAILGATE_CONFIG", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def path(db: str | None = None, named: str | None = None) -> str:
    return config.database_path(db, named, os.environ)


def test_the_option_wins_then_the_environment_then_the_file(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = place / "mailgate.toml"
    file.write_text('database = "/srv/a.db"')
    assert path(None, str(file)) == "/srv/a.db"
    monkeypatch.setenv("MAILGATE_CONFIG", str(file))
    assert path() == "/srv/a.db"
    monkeypatch.setenv("MAILGATE_DB", "/srv/b.db")
    assert path() == "/srv/b.db"
    assert path("/srv/c.db") == "/srv/c.db"


def test_no_file_is_read_where_option_or_environment_names_the_database(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILGATE_CONFIG", str(place / "missing.toml"))
    assert path("/srv/c.db") == "/srv/c.db"
    monkeypatch.setenv("MAILGATE_DB", "/srv/b.db")
    assert path() == "/srv/b.db"


def test_the_default_is_the_users_own_unless_the_system_has_one(place: Path) -> None:
    assert path() == str(place / "home/.local/share/mailgate/mailgate.db")
    system = place / "var" / "mailgate.db"
    system.parent.mkdir()
    system.touch()
    assert path() == str(system)


def test_root_uses_the_systems_database(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert path() == str(place / "var" / "mailgate.db")


def test_xdg_directories_are_honoured(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(place / "data"))
    assert path() == str(place / "data/mailgate/mailgate.db")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(place / "config"))
    (place / "config/mailgate").mkdir(parents=True)
    (place / "config/mailgate/mailgate.toml").write_text('database = "x.db"')
    assert path() == str(place / "config/mailgate/x.db")


def test_the_systems_file_comes_before_the_users(place: Path) -> None:
    for folder in (place / "etc", place / "home/.config/mailgate"):
        folder.mkdir(parents=True)
        (folder / "mailgate.toml").write_text(f'database = "/{folder.name}.db"')
    assert path() == "/etc.db"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('# comment\ndatabse = "x"\n', ("line 2", "'databse'", "database")),
        ('a = 1\n[outgoing]\nhost = "x"\n', ("line 1", "'a'")),
        ("\n[outgoing]\n", ("line 2", "'outgoing'")),
        ('database = "x"\n"da ta" = 1\n', ("line 2", "'da ta'")),
        ('database = "x"\ndatabase = "y"\n', ("line 2",)),
        ("database = \n", ("line 1", "'database'")),
        ('database = "x\n', ("line 1", "'database'")),
        ("database = 3\n", ("line 1", "'database'")),
        ('database = ""\n', ("line 1", "'database'")),
        ('database = "a\\u0000b"\n', ("line 1", "'database'")),
        ("x = " + "[" * 5000, ("mailgate.toml",)),
        ("\ufeff\x00", ("line 1",)),
    ],
)
def test_every_error_names_file_line_and_key(
    place: Path, text: str, parts: tuple[str, ...]
) -> None:
    file = place / "mailgate.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        path(None, str(file))
    message = str(caught.value)
    assert str(file) in message
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_what_is_not_utf_8_is_an_error_with_its_line(place: Path) -> None:
    file = place / "mailgate.toml"
    file.write_bytes(b'# fine\ndatabase = "\xff"\n')
    with pytest.raises(ConfigurationError, match="line 2"):
        path(None, str(file))


def test_a_named_file_that_is_missing_is_an_error(place: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.toml"):
        path(None, str(place / "missing.toml"))
    with pytest.raises(ConfigurationError, match="directory"):
        path(None, str(place))


@pytest.mark.parametrize("url", ["postgresql://h/d", "postgres://h/d", "POSTGRESQL://h/d"])
def test_postgresql_is_refused_by_name(place: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="postgresql://"):
        path(url)
    (place / "mailgate.toml").write_text(f'database = "{url}"')
    with pytest.raises(ConfigurationError, match="postgresql://"):
        path(None, str(place / "mailgate.toml"))


def test_the_module_is_cheap_to_import() -> None:
    import subprocess
    import sys

    code = "import sys, mailgate.config, mailgate.clock; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, 'src'); {code}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    ).stdout.split()
    assert not {"tomllib", "re", "datetime", "typing", "calendar", "locale"} & set(output)
