"""All commands and options as one tree, for completion and manual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click

HELP = ["-h", "--help"]
"""The spellings of the option for help, where a command has no others."""


@dataclass(frozen=True, slots=True)
class Node:
    """A command: the words that name it (none: the program), and its click declaration."""

    words: tuple[str, ...]
    command: click.Command

    @property
    def context(self) -> click.Context:
        """A context as the program makes it."""
        settings = {"help_option_names": HELP, **self.command.context_settings}
        return click.Context(self.command, info_name=" ".join(self.words), **settings)

    @property
    def options(self) -> list[click.Option]:
        """Its options, with the one for help."""
        found = self.command.get_params(self.context)
        return [each for each in found if isinstance(each, click.Option)]

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
        for name in node.children:
            child = command.get_command(node.context, name)
            if child is not None:
                yield from nodes(child, (*words, name))


def names(option: click.Option) -> list[str]:
    """Return every spelling of an option, the short one first."""
    return sorted((*option.opts, *option.secondary_opts), key=lambda name: len(name) > 2)


def choices(parameter: click.Parameter) -> list[str]:
    """Return the values a parameter takes, none where they are free."""
    kind = parameter.type
    return [str(choice) for choice in kind.choices] if isinstance(kind, click.Choice) else []


def takes_value(option: click.Option) -> bool:
    """Tell whether a value follows an option."""
    return not option.is_flag and not option.count
