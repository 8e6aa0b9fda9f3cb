"""All commands and options as one tree, for completion and manual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Node:
    """A command: the words that name it (none: the program), and its click declaration."""

    words: tuple[str, ...]
    command: click.Command

    @property
    def options(self) -> list[click.Option]:
        """Its options, with the one for help."""
        context = click.Context(self.command, info_name=self.words[-1] if self.words else "")
        return [p for p in self.command.get_params(context) if isinstance(p, click.Option)]

    @property
    def children(self) -> dict[str, str]:
        """The commands below it, with what each does."""
        helps = getattr(self.command, "helps", None)
        if helps is not None:
            return dict(helps)
        if isinstance(self.command, click.Group):
            return {n: c.get_short_help_str(200) for n, c in self.command.commands.items()}
        return {}


def nodes(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[Node]:
    """Yield a command and all below it; every command's module is imported."""
    node = Node(words, command)
    yield node
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in node.children:
            child = command.get_command(context, name)
            if child is not None:
                yield from nodes(child, (*words, name))


def names(option: click.Option) -> list[str]:
    """Return every spelling of an option, the short one first."""
    return sorted((*option.opts, *option.secondary_opts), key=lambda name: (len(name) > 2, name))


def choices(parameter: click.Parameter) -> list[str]:
    """Return the values a parameter takes, none where they are free."""
    kind = parameter.type
    return [str(choice) for choice in kind.choices] if isinstance(kind, click.Choice) else []


def takes_value(option: click.Option) -> bool:
    """Tell whether a value follows an option."""
    return not option.is_flag and not option.count
