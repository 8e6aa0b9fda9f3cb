"""The part of our directory that a message touches: domains, aliases, retired addresses."""

from __future__ import annotations

from mailgate.mail.address import split


class Domain:
    """A domain of ours; ``catchall`` and ``bounce`` are local parts.

    Until ``verify_until`` (seconds), mail to them is held to be looked at by a person.
    """

    __slots__ = ("bounce", "catchall", "company", "contact", "id", "name", "verify_until")

    def __init__(
        self,
        id_: int,
        name: str,
        catchall: str,
        bounce: str,
        company: str = "",
        contact: str = "",
        verify_until: int | None = None,
    ) -> None:
        self.id = id_
        self.name = name
        self.catchall = catchall
        self.bounce = bounce
        self.company = company
        self.contact = contact
        self.verify_until = verify_until


class Alias:
    """An address that starts records of one model, or feeds ``record``.

    ``values`` are those of a new record, by field; ``fault`` says why they no longer fit the
    model (mail is held), or is None; ``refusal_text`` and ``acknowledge`` are the alias's own
    words to senders.
    """

    __slots__ = (
        "acknowledge",
        "address",
        "detection",
        "domain",
        "fault",
        "followers",
        "id",
        "local_part",
        "model",
        "model_name",
        "name",
        "on_refusal",
        "parent",
        "policy",
        "record",
        "refusal_text",
        "values",
    )

    def __init__(
        self,
        id_: int,
        local_part: str,
        domain: Domain,
        model: int,
        model_name: str,
        *,
        record: int | None = None,
        parent: int | None = None,
        policy: str = "everyone",
        detection: bool = False,
        on_refusal: str = "notice",
        values: tuple[tuple[str, str], ...] = (),
        name: str | None = None,
        fault: str | None = None,
        followers: tuple[str, ...] = (),
        refusal_text: str = "",
        acknowledge: str = "",
    ) -> None:
        self.id = id_
        self.local_part = local_part
        self.domain = domain
        self.address = f"{local_part}@{domain.name}"
        self.model = model
        self.model_name = model_name
        self.record = record
        self.parent = parent
        self.policy = policy
        self.detection = detection
        self.on_refusal = on_refusal
        self.values = values
        self.name = name
        self.fault = fault
        self.followers = followers
        self.refusal_text = refusal_text
        self.acknowledge = acknowledge


class Directory:
    """What addresses mean here; a value, which keeps what it was asked.

    ``domains`` maps the names of our domains, and of those redirected to them, that matter here;
    ``aliases`` lists all that could match; ``retired`` maps retired addresses to what they were and
    the address that took over, if any; ``allowed`` are the domains in which a local part alone
    may match, all where empty.
    """

    __slots__ = ("_matches", "_special", "aliases", "allowed", "delimiter", "domains", "retired")

    def __init__(
        self,
        *,
        domains: dict[str, Domain] | None = None,
        aliases: tuple[Alias, ...] = (),
        retired: dict[str, tuple[str, str | None]] | None = None,
        delimiter: str = "+",
        allowed: tuple[str, ...] = (),
    ) -> None:
        self.domains = domains or {}
        self.aliases = aliases
        self.retired = retired or {}
        self.delimiter = delimiter
        self.allowed = allowed
        self._matches: dict[str, tuple[Alias, ...]] = {}
        self._special: dict[str, str | None] = {}

    def with_aliases(self, aliases: tuple[Alias, ...]) -> Directory:
        """Return this directory with other aliases."""
        return Directory(
            domains=self.domains,
            aliases=aliases,
            retired=self.retired,
            delimiter=self.delimiter,
            allowed=self.allowed,
        )

    def aliases_for(self, address: str) -> tuple[Alias, ...]:
        """Return the aliases that an address matches, the exact local part before its base."""
        if address not in self._matches:
            self._matches[address] = self._match(address)
        return self._matches[address]

    def role(self, address: str) -> str | None:
        """Return ``catchall`` or ``bounce`` where an address is that of its domain, else None.

        A detail after it may be given, unless an alias, or the other of them, has that name.
        """
        if address not in self._special:
            self._special[address] = self._role(address)
        return self._special[address]

    def _match(self, address: str) -> tuple[Alias, ...]:
        local_part, name = split(self.resolve(address))
        for candidate in local_parts(local_part, self.delimiter):
            found = self._aliases_at(candidate, name)
            if found or candidate in self._roles(address):
                return found
        return ()

    def _role(self, address: str) -> str | None:
        roles = self._roles(address)
        if not roles:
            return None
        local_part, name = split(self.resolve(address))
        parts = local_parts(local_part, self.delimiter)
        if len(parts) > 1 and self._aliases_at(local_part, name):
            parts = parts[:1]
        return next((roles[part] for part in parts if part in roles), None)

    def _aliases_at(self, local_part: str, name: str) -> tuple[Alias, ...]:
        return tuple(
            [
                alias
                for alias in self.aliases
                if alias.local_part == local_part
                and (alias.domain.name == name or (alias.detection and self._detects(name)))
            ]
        )

    def _roles(self, address: str) -> dict[str, str]:
        domain = self.domains.get(split(address)[1])
        return {} if domain is None else {domain.catchall: "catchall", domain.bounce: "bounce"}

    def retired_kind(self, address: str) -> str | None:
        """Return what a retired address was (alias, catchall, bounce), or None."""
        found = self.retirement(address)
        return found[0] if found else None

    def retirement(self, address: str) -> tuple[str, str | None] | None:
        """Return what a retired address was, and the address that took over; or None."""
        if not self.retired:
            return None
        local_part, name = split(self.resolve(address))
        for candidate in local_parts(local_part, self.delimiter):
            found = self.retired.get(f"{candidate}@{name}")
            if found is not None:
                return found
        return None

    def ours(self, address: str) -> bool:
        """Tell whether an address is an alias, a catchall, a bounce or a retired address."""
        return bool(self.role(address) or self.aliases_for(address) or self.retired_kind(address))

    def receives(self, address: str) -> bool:
        """Tell whether mail to an address comes here: it is ours, and so is its domain.

        Where a local part alone matches in any domain, others have addresses of that name too.
        """
        name = split(address)[1]
        return (name in self.domains or name in self.allowed) and self.ours(address)

    def resolve(self, address: str) -> str:
        """Return an address in the domain that its own stands for."""
        local_part, name = split(address)
        domain = self.domains.get(name)
        return address if domain is None or domain.name == name else f"{local_part}@{domain.name}"

    def _detects(self, domain: str) -> bool:
        ours = any(found.name == domain for found in self.domains.values())
        return ours or not self.allowed or domain in self.allowed


def local_parts(local_part: str, delimiter: str) -> tuple[str, ...]:
    """Return a local part and, where it has a detail, what stands before it."""
    if delimiter and delimiter in local_part[1:]:
        return (local_part, local_part[: local_part.index(delimiter, 1)])
    return (local_part,)
