"""What our directory says about addresses: each question one look-up, each answer kept."""

from __future__ import annotations

from mailgate.mail.address import split
from mailgate.routing.directory import Alias, Directory, Domain, local_parts
from mailgate.routing.facts import Parameters
from mailgate.store import lookups

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.store.driver import Connection


class Asking:
    """Asks the directory about addresses and keeps what it answered."""

    def __init__(self, connection: Connection, limits: Parameters) -> None:
        self.connection = connection
        self.limits = limits
        self.default_domain = lookups.first_domain(connection)
        self.domains: dict[str, Domain] = {}
        self.aliases: dict[int, Alias] = {}
        self._retired: dict[str, tuple[str, str | None]] = {}
        self._asked: set[str] = set()

    def directory(self) -> Directory:
        """Return what was answered so far."""
        return Directory(
            domains=self.domains,
            aliases=tuple(self.aliases.values()),
            retired=self._retired,
            delimiter=self.limits.delimiter,
            allowed=self.limits.allowed_domains,
        )

    def address(self, address: str) -> str:
        """Look up what an address could be, and return it in the domain it stands for."""
        local_part, name = split(address)
        if name not in self._asked:
            self._asked.add(name)
            row = lookups.domain(self.connection, name)
            if row is not None:
                self.domains[name] = Domain(*row)
        domain = self.domains.get(name)
        parts = local_parts(local_part, self.limits.delimiter)
        for part in parts:
            for alias in lookups.aliases_at(self.connection, part, domain.id if domain else None):
                self._keep(alias)
        if domain is None:
            return address
        addresses = [f"{part}@{domain.name}" for part in parts]
        self._retired.update(lookups.retired(self.connection, addresses))
        return f"{local_part}@{domain.name}"

    def alias(self, number: int) -> None:
        """Look up an alias by its id."""
        row = lookups.alias_by_id(self.connection, number)
        if row is not None:
            self._keep(row)

    def _keep(self, row: lookups.AliasRow) -> None:
        if row[0] not in self.aliases:
            self.aliases[row[0]] = _alias(self.connection, row)


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
