"""The configuration file, and where the database is.

What must be known before the database is open, and how mail leaves this machine, stands in a TOML
file; everything else is in the database. ``deliver`` reads it only where neither ``--db`` nor
``MAILGATE_DB`` names the database.
"""

from __future__ import annotations

import os

from mailgate.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.outgoing import Outgoing

SYSTEM_CONFIG = "/etc/mailgate/mailgate.toml"
SYSTEM_DATABASE = "/var/lib/mailgate/mailgate.db"
KEYS = ("database", "outgoing")
"""Every key the file may have at its top."""


class Configuration:
    """What a configuration file says.

    ``database`` is an absolute path, or None; ``outgoing`` is None where nothing is said of it.
    """

    __slots__ = ("database", "outgoing")

    def __init__(self, database: str | None = None, outgoing: Outgoing | None = None) -> None:
        self.database = database
        self.outgoing = outgoing


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
    return _checked(_File(path, text), _parse(path, text))


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


class _File:
    """A file that was parsed: its errors name the line."""

    __slots__ = ("path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def error(self, key: str, problem: str, table: str = "") -> ConfigurationError:
        """Return the error about a key of a table."""
        name = f"{table}.{key}" if table else key
        line = _line(self.text, key, table)
        return ConfigurationError(f"{self.path}, line {line}: key {name[:60]!a} {problem}")

    def unknown(self, key: str, known: tuple[str, ...], table: str = "") -> ConfigurationError:
        """Return the error about a key that there is not."""
        where = f" in [{table}]" if table else ""
        return ConfigurationError(
            f"{self.path}, line {_line(self.text, key, table)}: unknown key {key!a}{where}:"
            f" known is {', '.join(known)}"
        )

    def beside(self, path: str) -> str:
        """Return a path, where it is relative, from the file's directory."""
        return os.path.join(os.path.dirname(os.path.abspath(self.path)), path)


def _checked(file: _File, values: dict[str, object]) -> Configuration:
    for key in values:
        if key not in KEYS:
            raise file.unknown(key, KEYS)
    outgoing = _outgoing(file, values["outgoing"]) if "outgoing" in values else None
    database = values.get("database")
    if database is None:
        return Configuration(None, outgoing)
    if not isinstance(database, str) or not database or "\0" in database:
        raise file.error("database", "must be a path in quotes")
    return Configuration(database if _is_url(database) else file.beside(database), outgoing)


def _outgoing(file: _File, table: object) -> Outgoing:
    from mailgate.outgoing import KEYS as KNOWN
    from mailgate.outgoing import Outgoing, WrongKeyError

    if not isinstance(table, dict):
        raise file.error("outgoing", "must be a table: [outgoing]")
    for key in table:
        if key not in KNOWN:
            raise file.unknown(key, KNOWN, "outgoing")
    try:
        return Outgoing.read(table, file.beside)
    except WrongKeyError as wrong:
        raise file.error(wrong.key, wrong.problem, "outgoing") from None


def _line(text: str, key: str, table: str = "") -> int:
    """Return the number of the first line that sets a key of a table, or opens it.

    Where there is none, that of the table; ``""`` is the top of the file.
    """
    inside, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        start = line.lstrip(" \t")
        if start[:1] == "[":
            inside = start.strip("[ \t").partition("]")[0].strip("\"' \t")
            if not table and inside.partition(".")[0].strip("\"' \t") == key:
                return number
            if table and inside == table:
                found = number
        elif (inside == table and _sets(start, key)) or (
            table and not inside and _sets(start, table) and key in start
        ):
            return number
    return found


def _sets(line: str, key: str) -> bool:
    start = line.lstrip("\"'")
    return start.startswith(key) and start[len(key) :].lstrip("\"' \t")[:1] in ("=", ".")


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
