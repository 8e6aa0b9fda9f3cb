"""``mailgate param``: limits and habits."""

from __future__ import annotations

import click

from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import Group, limit_option
from mailgate.cli.output import Column, cell, column
from mailgate.entities.parameter import find
from mailgate.entities.setting import Setting
from mailgate.gateway.administration.parameters import set_parameter, unset_parameter
from mailgate.store import parameters

COLUMNS = (
    column("key", keep=True),
    Column("value", lambda item: cell(item.value) + ("" if _is_default(item) else " *")),
    Column("description", lambda item: item.description, wrap=True),
)


def _is_default(setting: Setting) -> bool:
    return setting.value == setting.default


@click.group("param", cls=Group)
def command() -> None:
    """Parameters: limits and habits.

    A change counts from the next message on. mailgate-parameters(7) explains each KEY.
    """


@command.command("list", examples=[("mailgate param list", "All; * marks what was set.")])
@limit_option()
@click.pass_obj
def list_(context: Context, /, limit: int | None) -> None:
    """List all parameters by key; * marks those that differ from their default."""
    with context.reading() as connection:
        items = parameters.every(connection)[: context.page(limit)]
    context.show_list(items, COLUMNS, limit)


@command.command("get", examples=[("mailgate param get mail.message.max.bytes", "One value.")])
@click.argument("key", metavar="KEY")
@click.pass_obj
def get(context: Context, /, key: str) -> None:
    """Print the value of a parameter."""
    parameter = find(key)
    with context.reading() as connection:
        setting = parameters.get(connection, parameter)
    if context.json:
        output.write_json(setting)
    else:
        output.write(_plain(setting))


@command.command(
    "set",
    context_settings={"ignore_unknown_options": True},
    examples=[
        ("mailgate param set mail.gateway.loop.threshold 50", "A wider limit."),
        ("mailgate param set mail.bounce.verp on", "A switch: on or off."),
        ("mailgate param set mail.recipient.delimiter ''", "An empty value."),
    ],
)
@click.argument("key", metavar="KEY")
@click.argument("value", metavar="VALUE")
@click.pass_obj
def set_(context: Context, /, key: str, value: str) -> None:
    """Set a parameter."""
    with context.changing() as change:
        setting = set_parameter(change, key, value)
    context.changed(setting, f"{setting.key} is {_plain(setting) or 'empty'}")


@command.command(
    "unset", examples=[("mailgate param unset mail.gateway.loop.threshold", "Its default again.")]
)
@click.argument("key", metavar="KEY")
@click.pass_obj
def unset(context: Context, /, key: str) -> None:
    """Let a parameter have its default again."""
    with context.changing() as change:
        setting = unset_parameter(change, key)
    context.changed(setting, f"{setting.key} is {_plain(setting) or 'empty'} again")


def _plain(setting: Setting) -> str:
    if isinstance(setting.value, bool):
        return "true" if setting.value else "false"
    return str(setting.value)
