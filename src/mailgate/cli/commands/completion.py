"""``mailgate completion``: completion scripts for shells."""

from __future__ import annotations

import click

from mailgate.cli import output
from mailgate.cli.completions import FILES, script
from mailgate.cli.context import Context
from mailgate.cli.group import Command


@click.command(
    "completion",
    cls=Command,
    examples=[
        (
            "mailgate completion bash > /etc/bash_completion.d/mailgate",
            "For everyone who uses bash.",
        ),
        ("mailgate completion zsh > ~/.zfunc/_mailgate", "For zsh; ~/.zfunc must be in fpath."),
        (
            "mailgate completion fish > ~/.config/fish/completions/mailgate.fish",
            "For fish.",
        ),
    ],
)
@click.argument("shell", type=click.Choice(list(FILES)))
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, context: Context, /, shell: str) -> None:
    """Print a completion script."""
    text = script(shell, ctx.find_root().command)
    if context.json:
        output.write_json({"files": [{"name": FILES[shell], "content": text}]})
    else:
        output.write(text.rstrip("\n"))
