"""Looks up everything the rules may need for one message, inside its transaction."""

from __future__ import annotations

from mailgate.entities.defaults import DEFAULTS
from mailgate.mail.address import normalise, printable, split
from mailgate.mail.envelope import Envelope
from mailgate.mail.incoming import Incoming, header_recipients, reused_id
from mailgate.mail.message_id import first_id
from mailgate.routing.directory import Alias, Directory, Domain, local_parts
from mailgate.routing.facts import Facts, Fallback, Known, Parameters, Record
from mailgate.routing.verdict import Recipient
from mailgate.store import lookups

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.store.driver import Connection


def parameters(connection: Connection) -> Parameters:
    """Return the parameters in force."""
    return Parameters(DEFAULTS | lookups.parameters(connection))


def gather(
    connection: Connection, message: Incoming, limits: Parameters
) -> tuple[tuple[Recipient, ...], Facts]:
    """Return the recipients of a message and the facts by which they are judged.

    Without an envelope the header's recipients count: only ours, where any is.
    """
    envelope = message.envelope
    asking = Asking(connection, limits)
    recipients = _recipients(message, asking)
    directory = asking.directory()
    if envelope.recipients is None:
        ours = tuple(r for r in recipients if r.valid and directory.ours(r.address))
        recipients = ours or recipients
    if any(r.valid and directory.role(r.address) == "catchall" for r in recipients):
        for address in message.addressed:
            asking.address(address)
    known = _known(connection, message)
    records = _records(connection, known, asking, message.author or "")
    gone = {row.alias for rows in known.values() for row in rows if row.record not in records}
    for number in gone - {None}:
        asking.alias(number or 0)
    internal, known_before = _author(connection, message)
    facts = Facts(
        limits,
        asking.directory(),
        known=known,
        records=records,
        models=lookups.models(connection) if gone else {},
        author_known=known_before,
        author_internal=internal,
        fallback=_fallback(connection, envelope),
    )
    return recipients, facts


class Asking:
    """Asks the directory about addresses and keeps what it answered."""

    def __init__(self, connection: Connection, limits: Parameters) -> None:
        self.connection = connection
        self.limits = limits
        self.default_domain = lookups.first_domain(connection)
        self.domains: dict[str, Domain] = {}
        self.aliases: dict[int, Alias] = {}
        self._retired: dict[str, str] = {}
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


def _recipients(message: Incoming, asking: Asking) -> tuple[Recipient, ...]:
    envelope = message.envelope
    if envelope.recipients is not None:
        texts = [(text, "envelope") for text in envelope.recipients]
    else:
        texts = header_recipients(message.header, asking.default_domain)
    found: dict[str, Recipient] = {}
    for text, source in texts:
        address = normalise(text, asking.default_domain)
        if address is None:
            shown = printable(text)
            found.setdefault(shown, Recipient(shown, shown, source, valid=False))
        elif address not in found:
            waits = envelope.recipients is None
            found[address] = Recipient(address, asking.address(address), source, waits=waits)
    return tuple(found.values())


def _alias(connection: Connection, row: lookups.AliasRow) -> Alias:
    (number, local_part, domain, model, model_name, record, parent, policy, detection, refusal,
     *rest) = row  # fmt: skip
    defaults = dict(lookups.alias_defaults(connection, number))
    name = defaults.pop("name", None)
    values: dict[str, str] = {}
    fault = None
    if record is None:
        fields = lookups.model_fields(connection, model)
        values, fault = new_values(fields, defaults)
    return Alias(
        number,
        local_part,
        Domain(domain, *rest),
        model,
        model_name,
        record=record,
        parent=parent,
        policy=policy,
        detection=bool(detection),
        on_refusal=refusal,
        values=tuple(values.items()),
        name=name,
        fault=f"{local_part}@{rest[0]}: {fault}" if fault else None,
        followers=tuple(lookups.alias_followers(connection, number)),
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


def _known(connection: Connection, message: Incoming) -> dict[str, tuple[Known, ...]]:
    ours = first_id(message.header.text("x-mailgate-message-id"))
    ids = dict.fromkeys([message.message_id, *message.references, *([ours] if ours else [])])
    rows = lookups.known(connection, list(ids))
    if any(row[0] == message.message_id for row in rows):
        rows += lookups.known(connection, [reused_id(message)])
    found: dict[str, list[Known]] = {}
    for identifier, recipient, record, model, alias, started, number, way, identity, digest in rows:
        known = Known(
            recipient,
            record,
            model,
            alias,
            started=bool(started),
            outgoing=way == "out",
            identity=identity,
            digest=digest,
            message=number,
        )
        found.setdefault(identifier, []).append(known)
    return {identifier: tuple(known) for identifier, known in found.items()}


def _records(
    connection: Connection, known: dict[str, tuple[Known, ...]], asking: Asking, author: str
) -> dict[int, Record]:
    numbers = {row.record for rows in known.values() for row in rows if row.record}
    for alias in asking.aliases.values():
        numbers |= {number for number in (alias.record, alias.parent) if number}
    return {
        number: Record(
            number,
            model,
            name,
            alias,
            author_follows=bool(follows),
            author_addressed=bool(addressed),
            has_followers=bool(followers),
        )
        for number, model, name, alias, follows, addressed, followers in lookups.records(
            connection, sorted(numbers), author
        )
    }


def _author(connection: Connection, message: Incoming) -> tuple[bool, bool]:
    """Return whether the author is internal, and whether it was known before this message."""
    row = lookups.contact(connection, message.author) if message.author else None
    if row is None:
        return False, False
    return bool(row[0]), row[1] not in (message.message_id, reused_id(message))


def _fallback(connection: Connection, envelope: Envelope) -> Fallback | None:
    if envelope.model is None:
        return None
    key = f"server={envelope.server}" if envelope.server else f"model={envelope.model}"
    return Fallback(key, lookups.model(connection, envelope.model), envelope.model)
