"""What an administrator does to parameters."""

from __future__ import annotations

from mailgate.entities.parameter import canonical, find
from mailgate.entities.setting import Setting
from mailgate.store import parameters
from mailgate.store.change import Change


def set_parameter(change: Change, key: str, value: str) -> Setting:
    """Set a parameter; raises MailgateError where it is unknown or the value does not fit."""
    parameter = find(key)
    old = parameters.get(change.connection, parameter)
    parameters.put(change.connection, parameter, canonical(parameter, value))
    new = parameters.get(change.connection, parameter)
    if new != old:
        change.note("set", f"param {parameter.key}", old, new)
    return new


def unset_parameter(change: Change, key: str) -> Setting:
    """Let a parameter have its default again."""
    parameter = find(key)
    old = parameters.get(change.connection, parameter)
    parameters.drop(change.connection, parameter)
    new = parameters.get(change.connection, parameter)
    if new != old:
        change.note("unset", f"param {parameter.key}", old, new)
    return new
