"""The forms that commands have: with ``--json``, with worked examples, imported when they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from mailgate.cli.context import Context
from mailgate.entities.nearest import nearest

WANTS_JSON = "mailgate.json"
"""The key by which ``--json`` before a command is remembered until the command is known."""
Examples = Sequence[tuple[str, str]]
"""Pairs of a command line and what it does."""


def json_option() -> click.Option:
    """Return the option that every command takes."""
    return click.Option(
        ["--json"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_want_json,
        help="Print one JSON document.",
    )


def _want_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.meta[WANTS_JSON] = True
    ours = context.find_object(Context)
    if value and ours is not None:
        ours.json = True


class Command(click.Command):
    """A command that takes ``--json`` and shows worked examples at the end of its help."""

    def __init__(self, *args: Any, examples: Examples = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = examples
        self.params.append(json_option())

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(self.examples, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, unless an argument is not text."""
        for parameter in self.params:
            if not isinstance(parameter.type, click.Path):
                for text in _texts(ctx.params.get(parameter.name or "")):
                    _require_text(ctx, parameter, text)
        return super().invoke(ctx)


class Group(click.Group):
    """A command with commands below it; a name that is unknown names the nearest one."""

    command_class = Command

    def __init__(self, *args: Any, examples: Examples = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = examples
        self.params.append(json_option())

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names."""
        name = args[0]
        if self.get_command(ctx, name) is None and name[:1] != "-":
            known = self.list_commands(ctx)
            match = nearest(name, known)
            advice = f"did you mean {match}?" if match else f"there is {', '.join(known)}."
            raise click.UsageError(f"No such command {name!r}: {advice}", ctx)
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(self.examples, formatter)


def write_examples(examples: Examples, formatter: click.HelpFormatter) -> None:
    """Write examples: what a line does, and the line, never broken."""
    if not examples:
        return
    with formatter.section("Examples"):
        for line, text in examples:
            formatter.write_text(f"# {text}")
            formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for text in value if isinstance(text, str)] if isinstance(value, tuple) else []


def _require_text(ctx: click.Context, parameter: click.Parameter, text: str) -> None:
    if any("\ud800" <= c <= "\udfff" or c == "\0" for c in text):
        shown = text.encode("utf-8", "backslashreplace").decode("ascii", "replace")
        raise click.BadParameter(f"{shown} is not UTF-8 text.", ctx=ctx, param=parameter)


class LazyGroup(Group):
    """The group at the top: a command's module is imported when the command is run."""

    def __init__(
        self, *args: Any, sections: dict[str, dict[str, str]], package: str, **attributes: Any
    ) -> None:
        super().__init__(*args, **attributes)
        self.sections = sections
        self.package = package
        self.helps = {name: text for part in sections.values() for name, text in part.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(self.helps)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in self.helps:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        module = import_module(f"{self.package}.{name}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its one line, without importing any."""
        for title, part in self.sections.items():
            with formatter.section(title):
                formatter.write_dl(list(part.items()), col_max=12)


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


LARGEST = 2**63 - 1
"""The largest number that a database can keep."""


class _Number(click.types.IntParamType):
    """A whole number from 1 to LARGEST."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number that a text stands for."""
        text = str(value).strip()
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
        if not digits or not 1 <= int(text) <= LARGEST:
            self.fail(f"{text[:40]!a} is not a number from 1 to {LARGEST}.", param, ctx)
        return int(text)


ID = _Number()
"""The type of an id."""


def limit_option() -> Decorator:
    """Return the option that bounds a list."""
    return click.option("--limit", type=ID, metavar="N", help="At most N lines.")


def yes_option() -> Decorator:
    """Return the option that answers the question before content is destroyed."""
    return click.option("--yes", is_flag=True, help="Do not ask.")
