"""The configuration file, and where the database is.

What must be known before the database is open stands in a TOML file; everything else is in the
database. The file is read only where neither ``--db`` nor ``MAILGATE_DB`` names the database.
"""

from __future__ import annotations

import os

from mailgate.errors import ConfigurationError

SYSTEM_CONFIG = "/etc/mailgate/mailgate.toml"
SYSTEM_DATABASE = "/var/lib/mailgate/mailgate.db"
KEYS = ("database",)
"""Every key the file may have."""


class Configuration:
    """What a configuration file says: ``database`` is an absolute path, or None."""

    __slots__ = ("database",)

    def __init__(self, database: str | None = None) -> None:
        self.database = database


def database_path(db: str | None, config: str | None, environ: os._Environ[str]) -> str:
    """Return the path of the database: ``db`` (``--db``), ``MAILGATE_DB``, file, or default.

    ``config`` is what ``--config`` says. Raises ConfigurationError.
    """
    named = db or environ.get("MAILGATE_DB")
    if not named:
        named = configuration(config, environ).database
    return _local(named) if named else default_database(environ)


def configuration(config: str | None, environ: os._Environ[str]) -> Configuration:
    """Return what the file says that ``--config``, ``MAILGATE_CONFIG`` or the defaults name."""
    named = config or environ.get("MAILGATE_CONFIG")
    if named:
        return read(named)
    for path in (SYSTEM_CONFIG, _xdg(environ, "XDG_CONFIG_HOME", ".config", "mailgate.toml")):
        if os.path.exists(path):
            return read(path)
    return Configuration()


def default_database(environ: os._Environ[str]) -> str:
    """Return where the database is when nothing says so."""
    if os.path.exists(SYSTEM_DATABASE) or os.geteuid() == 0:
        return SYSTEM_DATABASE
    return _xdg(environ, "XDG_DATA_HOME", ".local/share", "mailgate.db")


def read(path: str) -> Configuration:
    """Read one file; every error is one line that names file, line and key."""
    try:
        with open(path, "rb") as file:
            data = file.read(1 << 20)
    except OSError as error:
        raise ConfigurationError(
            f"configuration file {path}: {error.strerror}: correct --config or MAILGATE_CONFIG"
        ) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}, line {line}: this is not UTF-8") from error
    return _checked(path, text, _parse(path, text))


def _parse(path: str, text: str) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_located(path, text, str(error))) from error
    except (RecursionError, ValueError) as error:
        raise ConfigurationError(f"{path}: this is not TOML: {error}") from error


def _located(path: str, text: str, message: str) -> str:
    """Put the line that tomllib names first, and the key of that line beside it."""
    reason, _, where = message.partition(" (at ")
    number = "".join(c for c in where.partition("line ")[2].partition(",")[0] if c.isdigit())
    line = int(number) if number else text.count("\n") + 1
    lines = text.splitlines()
    key = lines[line - 1].partition("=")[0].strip() if 0 < line <= len(lines) else ""
    at_key = f", key {key[:60]!a}" if key else ""
    return f"{path}, line {line}{at_key}: {reason[:1].lower()}{reason[1:]}"


def _checked(path: str, text: str, values: dict[str, object]) -> Configuration:
    for key in values:
        if key not in KEYS:
            raise ConfigurationError(
                f"{path}, line {_line(text, key)}: unknown key {key!a}: known is {', '.join(KEYS)}"
            )
    database = values.get("database")
    if database is None:
        return Configuration()
    if not isinstance(database, str) or not database or "\0" in database:
        raise ConfigurationError(
            f"{path}, line {_line(text, 'database')}: key 'database' must be a path in quotes"
        )
    if _is_url(database):
        return Configuration(database)
    return Configuration(os.path.join(os.path.dirname(os.path.abspath(path)), database))


def _line(text: str, key: str) -> int:
    """Return the number of the first line that sets a key or opens a table of that name."""
    for number, line in enumerate(text.splitlines(), 1):
        start = line.lstrip(" \t[\"'")
        rest = start[len(key) :].lstrip("\"' \t")
        if start.startswith(key) and rest[:1] in ("=", ".", "]"):
            return number
    return 1


def _local(path: str) -> str:
    if _is_url(path):
        raise ConfigurationError(
            "postgresql:// databases are not supported: name the path of an SQLite file"
        )
    return path


def _is_url(path: str) -> bool:
    return path.lower().startswith(("postgresql:", "postgres:"))


def _xdg(environ: os._Environ[str], variable: str, default: str, name: str) -> str:
    base = environ.get(variable)
    if not base or not os.path.isabs(base):
        base = os.path.join(environ.get("HOME") or os.path.expanduser("~"), default)
    return os.path.join(base, "mailgate", name)
