"""The table of parameters that were set; what is not in it has its default."""

from __future__ import annotations

from mailgate.entities.parameter import PARAMETERS, Parameter, typed
from mailgate.entities.setting import Setting
from mailgate.store.driver import Connection


def every(connection: Connection) -> list[Setting]:
    """Return every parameter by key, with its value."""
    stored = dict(connection.execute("SELECT key, value FROM parameter").fetchall())
    return [_setting(PARAMETERS[key], stored.get(key)) for key in sorted(PARAMETERS)]


def get(connection: Connection, parameter: Parameter) -> Setting:
    """Return a parameter with its value."""
    row = connection.execute(
        "SELECT value FROM parameter WHERE key = ?", (parameter.key,)
    ).fetchone()
    return _setting(parameter, None if row is None else row[0])


def put(connection: Connection, parameter: Parameter, value: str) -> None:
    """Set a parameter to a value in the form in which it is kept."""
    connection.execute(
        "INSERT OR REPLACE INTO parameter (key, value) VALUES (?, ?)", (parameter.key, value)
    )


def drop(connection: Connection, parameter: Parameter) -> None:
    """Let a parameter have its default again."""
    connection.execute("DELETE FROM parameter WHERE key = ?", (parameter.key,))


def _setting(parameter: Parameter, stored: str | None) -> Setting:
    value = parameter.default if stored is None else stored
    return Setting(
        parameter.key,
        typed(parameter, value),
        typed(parameter, parameter.default),
        parameter.description,
    )
