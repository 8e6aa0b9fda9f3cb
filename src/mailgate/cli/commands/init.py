"""``mailgate init``: from nothing to a database that takes mail."""

from __future__ import annotations

from shlex import quote

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
    reports. The models are lead, ticket and task. A second time nothing is changed, but a token
    key that is missing is made.
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
        _show(context, setup, guessed=domain is None)
    else:
        but = ", but a token key was missing and was made" if setup.new_key else ""
        context.tell(f"database {path} was there already: nothing was changed{but}")


def _show(context: Context, setup: Setup, *, guessed: bool) -> None:
    if context.verbosity < 0 or setup.domain is None:
        return
    name = setup.domain.name
    output.write_pairs(
        [
            ("database", output.display(setup.database)),
            ("domain", name),
            ("catchall", f"{setup.domain.catchall}@{name} takes replies"),
            ("bounce", f"{setup.domain.bounce}@{name} takes bounces and reports"),
            ("models", ", ".join(model.name for model in setup.models)),
        ]
    )
    output.write("\n" + output.heading("Next"))
    for number, (text, line) in enumerate(_steps(context, name), 1):
        output.write(f"  {number}. {text}\n       {line}")
    if guessed:
        output.write(f"\n{name} is this host's name. If mail comes for another domain:")
        output.write(f"       mailgate{_own(context)} domain set {name} --name example.com")


def _own(context: Context) -> str:
    return "" if context.db is None else f" --db {output.display(quote(context.db))}"


def _steps(context: Context, name: str) -> list[tuple[str, str]]:
    own = _own(context)
    place = "" if context.db is None else f"MAILGATE_DB={output.display(quote(context.db))} "
    return [
        ("Give an address work to do:", f"mailgate{own} alias add info@{name} --model lead"),
        (
            "Send it a message, and look:",
            r"printf 'From: ann@example.org\nSubject: Hello\n\nHi!\n' |"
            f" mailgate{own} deliver info@{name}\n       mailgate{own} record show 1",
        ),
        (
            "Let your mail server run this for each recipient (see mailgate deliver --help):",
            f"{place}mailgate-deliver -f SENDER -- RECIPIENT",
        ),
    ]
