"""``mailgate init``: from nothing to a database that takes mail."""

from __future__ import annotations

import click

from mailgate import clock
from mailgate.cli import output
from mailgate.cli.context import Context, who
from mailgate.cli.group import Command
from mailgate.gateway.administration.domains import DomainOptions
from mailgate.gateway.administration.setup import Setup, set_up
from mailgate.store.change import changing
from mailgate.store.migrate import create


@click.command(
    "init",
    cls=Command,
    examples=[
        ("mailgate init", "A database for this host's name."),
        (
            "mailgate init --domain example.com --company 'Example Ltd' --contact me@example.org",
            "A database for example.com.",
        ),
        ("mailgate --db /srv/mail/gate.db init", "A database in another place."),
    ],
)
@click.option("--domain", metavar="D", help="The first mail domain; else this host's name.")
@click.option("--company", metavar="NAME", help="Whose domain it is, as mail says it.")
@click.option("--contact", metavar="ADDR", help="Whom people can write to when all else fails.")
@click.pass_obj
def command(context: Context, domain: str | None, company: str | None, contact: str | None) -> None:
    """Create the database, a domain and three models.

    The domain has a catchall address, which takes replies, and a bounce address, which takes
    reports. The models are lead, ticket and task. A second time nothing is changed.
    """
    path = context.path
    database, _ = create(path)
    context.closing(database)
    options = DomainOptions(company=company, contact=contact)
    with changing(database, clock.now(), who()) as change:
        setup = set_up(change, path, domain, options)
    if context.json:
        output.write_json(setup)
    elif setup.created:
        _show(context, setup)
    else:
        context.tell(f"database {path} was there already: nothing was changed")


def _show(context: Context, setup: Setup) -> None:
    if context.verbosity < 0 or setup.domain is None:
        return
    name = setup.domain.name
    own = "" if context.db is None else f" --db {output.display(context.db)}"
    output.write_pairs(
        [
            ("database", output.display(setup.database)),
            ("domain", name),
            ("catchall", f"{setup.domain.catchall}@{name} takes replies"),
            ("bounce", f"{setup.domain.bounce}@{name} takes bounces and reports"),
            ("models", ", ".join(model.name for model in setup.models)),
        ]
    )
    steps = [
        (
            "Give an address work to do:",
            f"mailgate{own} alias add info@{name} --model lead",
        ),
        (
            "Try it:",
            r"printf 'From: ann@example.org\nSubject: Hello\n\nHi!\n' |"
            f" mailgate{own} deliver info@{name}\n     mailgate{own} record list",
        ),
        (
            "Let your mail server hand over its mail:",
            "man mailgate-deliver",
        ),
    ]
    output.write("\n" + output.heading("Next"))
    for number, (text, line) in enumerate(steps, 1):
        output.write(f"  {number}. {text}\n     {line}")
    output.write(
        f"\nIs your mail domain another one? mailgate{own} domain set {name} --name example.com"
    )
