"""What our directory says about addresses: each question one look-up, each answer kept."""

from __future__ import annotations

from mailgate.mail.address import split
from mailgate.routing.directory import Alias, Directory, Domain, local_parts
from mailgate.routing.facts import Parameters
from mailgate.store import lookups

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Concatenate, ParamSpec, TypeVar

    from mailgate.routing.verdict import Recipient
    from mailgate.store.driver import Connection

    Named = tuple[tuple[str, str], ...]
    """Pairs of address and field, as a header has them."""
    Given = ParamSpec("Given")
    Answer = TypeVar("Answer")

_MOST_KEPT = 10_000


class Kept:
    """Answers about our set-up for all messages of one transaction: taking mail changes none.

    ``recipients`` has, by what headers name, who that is here, and the directory for it.
    """

    __slots__ = ("_answers", "_connection", "recipients")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._answers: dict[tuple[object, ...], Any] = {}
        self.recipients: dict[Named, tuple[tuple[Recipient, ...], Directory]] = {}

    def ask(
        self,
        question: Callable[Concatenate[Connection, Given], Answer],
        *about: Given.args,
        **none: Given.kwargs,
    ) -> Answer:
        """Return what a look-up answers, which nobody may change."""
        key = (question, *about)
        if key in self._answers:
            known: Answer = self._answers[key]
            return known
        answer = question(self._connection, *about, **none)
        if len(self._answers) < _MOST_KEPT:
            self._answers[key] = answer
        return answer


class Asking:
    """Asks the directory about addresses and keeps what it answered.

    ``kept`` has what was answered before in the same transaction.
    """

    def __init__(
        self, connection: Connection, limits: Parameters, kept: Kept | None = None
    ) -> None:
        self.connection = connection
        self.limits = limits
        self.kept = kept or Kept(connection)
        self.default_domain = self.kept.ask(lookups.first_domain)
        self.domains: dict[str, Domain] = {}
        self.aliases: dict[int, Alias] = {}
        self._retired: dict[str, tuple[str, str | None]] = {}
        self._asked: set[str] = set()
        self._directory: Directory | None = None

    def restore(self, named: Named) -> tuple[Recipient, ...] | None:
        """Go on from where a header that named the same was asked about; return who it is.

        None where there was no such header.
        """
        if named not in self.kept.recipients:
            return None
        recipients, self._directory = self.kept.recipients[named]
        self.domains = dict(self._directory.domains)
        self.aliases = {alias.id: alias for alias in self._directory.aliases}
        self._retired = dict(self._directory.retired)
        return recipients

    def remember(self, named: Named, recipients: tuple[Recipient, ...]) -> None:
        """Remember it for the headers that follow; nothing else was asked so far."""
        if len(self.kept.recipients) < _MOST_KEPT:
            self.kept.recipients[named] = recipients, self.directory()
            self.restore(named)

    def directory(self) -> Directory:
        """Return what was answered so far."""
        if self._directory is None:
            self._directory = Directory(
                domains=self.domains,
                aliases=tuple(self.aliases.values()),
                retired=self._retired,
                delimiter=self.limits.delimiter,
                allowed=self.limits.allowed_domains,
            )
        return self._directory

    def address(self, address: str) -> str:
        """Look up what an address could be, and return it in the domain it stands for."""
        self._directory = None
        local_part, name = split(address)
        if name not in self._asked:
            self._asked.add(name)
            found = self.kept.ask(lookups.domain, name)
            if found is not None:
                self.domains[name] = Domain(*found)
        domain = self.domains.get(name)
        parts = local_parts(local_part, self.limits.delimiter)
        for part in parts:
            for row in self.kept.ask(lookups.aliases_at, part, domain.id if domain else None):
                self._keep(row)
        if domain is None:
            return address
        addresses = tuple([f"{part}@{domain.name}" for part in parts])
        self._retired.update(self.kept.ask(lookups.retired, addresses))
        return f"{local_part}@{domain.name}"

    def alias(self, number: int) -> None:
        """Look up an alias by its id."""
        row = lookups.alias_by_id(self.connection, number)
        if row is not None:
            self._directory = None
            self._keep(row)

    def _keep(self, row: lookups.AliasRow) -> None:
        if row[0] not in self.aliases:
            self.aliases[row[0]] = self.kept.ask(_alias, row)


def _alias(connection: Connection, row: lookups.AliasRow) -> Alias:
    number, local_part, domain_id, model, model_name, record, parent = row[:7]
    policy, detection, on_refusal, refusal_text, acknowledge = row[7:12]
    name, catchall, bounce, company, contact = row[12:]
    domain = Domain(domain_id, name, catchall, bounce, company, contact)
    defaults = dict(lookups.alias_defaults(connection, number))
    record_name = defaults.pop("name", None)
    values: dict[str, str] = {}
    fault = None
    if record is None:
        fields = lookups.model_fields(connection, model)
        values, fault = new_values(fields, defaults)
    return Alias(
        number,
        local_part,
        domain,
        model,
        model_name,
        record=record,
        parent=parent,
        policy=policy,
        detection=bool(detection),
        on_refusal=on_refusal,
        values=tuple(values.items()),
        name=record_name,
        fault=f"{local_part}@{name}: {fault}" if fault else None,
        followers=tuple(lookups.alias_followers(connection, number)),
        refusal_text=refusal_text,
        acknowledge=acknowledge,
    )


def new_values(
    fields: list[tuple[str, str, str | None]], defaults: dict[str, str]
) -> tuple[dict[str, str], str | None]:
    """Return the values of a new record, and why the defaults do not fit the model, or None."""
    values = {name: preset for name, _, preset in fields if preset is not None}
    if not defaults:
        return values, None
    from mailgate.entities.field import fits

    types = {name: kind for name, kind, _ in fields}
    for name, value in defaults.items():
        if name not in types:
            return values, f"its model has no field {name} any more"
        if not fits(types[name], value):
            return values, f"its default {name}={value} is no {types[name]} any more"
    return values | defaults, None
