"""``mailgate model``: kinds of records, and their fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.cli.group import Group, limit_option, yes_option
from mailgate.cli.output import Column, cell, column
from mailgate.entities.count import counted
from mailgate.entities.model import Model
from mailgate.gateway.administration.models import (
    ModelOptions,
    add_model,
    remove_model,
    set_model,
)
from mailgate.store import aliases, models, servers


def _fields(model: Model) -> str:
    return ", ".join(f"{name}:{shape['type']}" for name, shape in model.fields.items())


COLUMNS = (
    column("id", number=True),
    column("name", keep=True),
    column("label", keep=True),
    Column("fields", _fields, wrap=True),
    column("records", number=True),
)


FIELDS = (
    Column("name", lambda item: item[0], keep=True),
    Column("type", lambda item: item[1]["type"], wrap=True),
    Column("default", lambda item: item[1]["default"]),
)


@click.group("model", cls=Group)
def command() -> None:
    """Kinds of records, and their fields.

    A field is written NAME:TYPE or NAME:TYPE=DEFAULT. TYPE is text, integer, number, boolean,
    date, or choice(a|b|c). MODEL is a name or an id.
    """


def model_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what ``add`` and ``set`` share."""
    for option in (
        click.option(
            "--field",
            "fields",
            metavar="NAME:TYPE[=DEFAULT]",
            multiple=True,
            help="A field, in place of one of that name. Can be repeated.",
        ),
        click.option("--label", metavar="L", help="What people call it."),
    ):
        function = option(function)
    return function


@command.command(
    "add",
    examples=[
        ("mailgate model add order", "A model without fields of its own."),
        (
            "mailgate model add order --field amount:number --field 'size:choice(s|m|l)=m'",
            "A model with two fields.",
        ),
    ],
)
@click.argument("name", metavar="NAME")
@model_options
@click.pass_obj
def add(context: Context, /, name: str, **options: Any) -> None:
    """Add a model."""
    with context.changing() as change:
        model = add_model(change, name, ModelOptions(**options))
    context.changed(model, f"model {model.name} added")


@command.command("list", examples=[("mailgate model list", "All models by name.")])
@limit_option()
@click.pass_obj
def list_(context: Context, /, limit: int | None) -> None:
    """List all models by name."""
    with context.reading() as connection:
        items = models.every(connection)[: context.page(limit)]
    context.show_list(items, COLUMNS, limit)


@command.command("show", examples=[("mailgate model show lead", "One model.")])
@click.argument("name", metavar="MODEL")
@click.pass_obj
def show(context: Context, /, name: str) -> None:
    """Show a model with its fields."""
    with context.reading() as connection:
        model = models.get(connection, name)
    if context.json:
        output.write_json(model)
        return
    keys = ("id", "name", "label", "records")
    output.write_pairs([(key, cell(getattr(model, key))) for key in keys])
    output.write("\n" + output.heading("Fields"))
    output.write_table(list(model.fields.items()), FIELDS)


@command.command(
    "set",
    examples=[
        ("mailgate model set lead --field source:text", "One field more."),
        ("mailgate model set lead --no-field source --label Prospect", "One field less, renamed."),
    ],
)
@click.argument("name", metavar="MODEL")
@click.option(
    "--no-field",
    "no_fields",
    metavar="NAME",
    multiple=True,
    help="A field that goes; records keep its values. Can be repeated.",
)
@model_options
@click.pass_obj
def set_(context: Context, /, name: str, **options: Any) -> None:
    """Change a model.

    An alias whose defaults do not fit its model any more becomes invalid: its mail is held.
    """
    with context.changing() as change:
        model = set_model(change, name, ModelOptions(**options))
    context.changed(model, f"model {model.name} set")


@command.command(
    "remove",
    examples=[
        ("mailgate model remove order", "Remove it; asks where it has aliases or records."),
        ("mailgate model remove order --yes", "Remove it without a question."),
    ],
)
@click.argument("name", metavar="MODEL")
@yes_option()
@click.pass_obj
def remove(context: Context, /, name: str, yes: bool) -> None:
    """Remove a model with its aliases and records."""
    with context.reading() as connection:
        model = models.get(connection, name)
        used = len(aliases.of_model(connection, model.id))
        fetched = [each.name for each in servers.every(connection) if each.model == model.name]
    if fetched:
        context.confirm(
            f"mail of {', '.join(fetched)} that is for no alias becomes {model.name}; without the"
            " model it cannot be fetched. Remove it?",
            yes=yes,
        )
    if used or model.records:
        context.confirm(
            f"model {model.name} has {counted(used, 'alias')} and"
            f" {counted(model.records, 'record')} with their"
            " messages, which go with it. Remove it?",
            yes=yes,
        )
    with context.changing() as change:
        model = remove_model(change, name)
    context.changed(model, f"model {model.name} removed")
