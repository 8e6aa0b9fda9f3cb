"""The configuration file, and where the database is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailgate import config
from mailgate.errors import ConfigurationError
from mailgate.outgoing import KEYS, Outgoing


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
        ("\n[outgong]\n", ("line 2", "'outgong'")),
        ("outgoing = 3\n", ("line 1", "'outgoing'")),
        ("[[outgoing]]\n", ("line 1", "'outgoing'")),
        ('host = "x"\n[outgoing]\n', ("line 1", "'host'")),
        ('[outgoing]\nhost = "x"\nhots = "y"\n', ("line 3", "'hots'", "[outgoing]", "host")),
        ('outgoing.hots = "y"\n', ("line 1", "'hots'")),
        ('# x\noutgoing = { hots = "y" }\n', ("line 2", "'hots'")),
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


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('transport = "smpt"', "transport"),
        ("transport = true", "transport"),
        ('security = "ssl"', "security"),
        ('host = ""', "host"),
        ('host = "a b"', "host"),
        ('host = "a\\r\\nQUIT"', "host"),
        ("host = 3", "host"),
        ("port = 0", "port"),
        ("port = 65536", "port"),
        ("port = true", "port"),
        ('port = "25"', "port"),
        ('helo = "a\\r\\nMAIL FROM:<x@y>"', "helo"),
        ('helo = "a b"', "helo"),
        ('user = ""', "user"),
        ('user = "a"', "user"),
        ('user = "a\\nb"', "user"),
        ('password_file = "p"', "password_file"),
        ('password_command = "pass \'x"', "password_command"),
        ("password_command = []", "password_command"),
        ('sendmail = "/usr/sbin/sendmail"', "sendmail"),
        ("sendmail = []", "sendmail"),
        ('sendmail = ["a", 3]', "sendmail"),
        ('sendmail = ["a", ""]', "sendmail"),
    ],
)
def test_a_wrong_value_of_outgoing_names_file_line_and_key(
    place: Path, line: str, key: str
) -> None:
    file = place / "mailgate.toml"
    file.write_text(f'database = "x"\n\n[outgoing]\n{line}\n')
    with pytest.raises(ConfigurationError) as caught:
        config.read(str(file))
    message = str(caught.value)
    assert message.startswith(f"{file}, line 4: key 'outgoing.{key}' ")
    assert "\n" not in message


def outgoing(place: Path, text: str) -> Outgoing:
    file = place / "mailgate.toml"
    file.write_text("[outgoing]\n" + text)
    found = config.read(str(file)).outgoing
    assert found is not None
    return found


def test_outgoing_has_the_defaults_of_the_manual(place: Path) -> None:
    found = outgoing(place, "")
    assert [getattr(found, key) for key in KEYS] == [
        "none",
        "localhost",
        25,
        "none",
        None,
        None,
        None,
        None,
        ("/usr/sbin/sendmail", "-i"),
    ]


@pytest.mark.parametrize(("security", "port"), [("none", 25), ("starttls", 587), ("tls", 465)])
def test_the_port_follows_the_security_unless_it_is_given(
    place: Path, security: str, port: int
) -> None:
    assert outgoing(place, f'security = "{security}"').port == port
    assert outgoing(place, f'port = 2525\nsecurity = "{security}"').port == 2525


def test_everything_that_is_said_of_outgoing_is_kept(place: Path) -> None:
    found = outgoing(
        place,
        'transport = "smtp"\nhost = "mail.example.com"\nsecurity = "tls"\nuser = "größe"\n'
        'password_file = "secrets/smtp"\nhelo = "gate.example.com"\n'
        'sendmail = ["/usr/bin/msmtp", "-i"]\n',
    )
    assert (found.transport, found.host, found.user) == ("smtp", "mail.example.com", "größe")
    assert found.password_file == str(place / "secrets/smtp")
    assert (found.helo, found.sendmail) == ("gate.example.com", ("/usr/bin/msmtp", "-i"))


def test_a_credential_of_systemd_is_no_path(place: Path) -> None:
    text = 'user = "a"\npassword_file = "credential:smtp"'
    assert outgoing(place, text).password_file == "credential:smtp"


@pytest.mark.parametrize("host", ["mail.example.com", "127.evil.example", "192.0.2.1"])
def test_a_password_needs_tls_to_any_other_machine(place: Path, host: str) -> None:
    """Whoever is in between could read it."""
    login = f'host = "{host}"\nuser = "a"\npassword_file = "p"\n'
    with pytest.raises(ConfigurationError, match=r"line 3: key 'outgoing.user' needs security"):
        outgoing(place, login)
    for security in ("tls", "starttls"):
        assert outgoing(place, login + f'security = "{security}"').user == "a"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "[::1]", "LOCALHOST"])
def test_a_password_needs_no_tls_within_the_machine(place: Path, host: str) -> None:
    login = f'host = "{host}"\nuser = "a"\npassword_command = "pass show mail"\n'
    assert outgoing(place, login).password_command == "pass show mail"


def test_a_password_comes_from_one_place(place: Path) -> None:
    with pytest.raises(ConfigurationError, match="exclude each other"):
        outgoing(place, 'user = "a"\npassword_file = "p"\npassword_command = "c"')
    with pytest.raises(ConfigurationError, match="needs a user"):
        outgoing(place, 'password_command = "c"')


def test_nothing_is_said_of_outgoing_where_the_table_is_missing(place: Path) -> None:
    file = place / "mailgate.toml"
    file.write_text('database = "x"')
    assert config.read(str(file)).outgoing is None


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
    assert not {
        "mailgate.outgoing",
        "tomllib",
        "re",
        "datetime",
        "typing",
        "calendar",
        "locale",
    } & set(output)
