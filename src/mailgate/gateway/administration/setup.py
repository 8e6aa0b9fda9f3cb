"""The first thing done with a database: a domain and three models."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from mailgate.entities.domain import Domain
from mailgate.entities.model import Model
from mailgate.entities.names import domain_name
from mailgate.errors import MailgateError
from mailgate.gateway.administration.domains import DomainOptions, add_domain
from mailgate.gateway.administration.models import ModelOptions, add_model
from mailgate.store import audit, domains, models, secrets
from mailgate.store.change import Change

MODELS = {
    "lead": ("team:text",),
    "ticket": ("team:text", "priority:choice(low|normal|high)=normal"),
    "task": ("project:text", "due:date"),
}
"""The models that a new database has, with their fields."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A database that is ready: ``created`` by this call, or before; so is ``new_key``."""

    database: str
    created: bool
    new_key: bool
    domain: Domain | None
    models: tuple[Model, ...]


def set_up(change: Change, path: str, domain: str | None, options: DomainOptions) -> Setup:
    """Fill an empty database; one that was filled stays as it is. Missing keys are made."""
    connection = change.connection
    fresh = audit.is_empty(connection) and domains.first(connection) is None
    if fresh:
        add_domain(change, host_domain() if domain is None else domain, options)
        for name, fields in MODELS.items():
            add_model(change, name, ModelOptions(fields=fields))
    new_key = secrets.create_token_key(connection)
    first = domains.first(connection)
    return Setup(
        path,
        fresh,
        new_key,
        None if first is None else domains.get(connection, first),
        tuple(models.every(connection)),
    )


def host_domain() -> str:
    """Return this host's name, made a valid domain."""
    for name in (socket.getfqdn(), socket.gethostname()):
        if not name.endswith((".arpa", ".localdomain")) and not name.startswith("localhost"):
            try:
                return domain_name(name)
            except MailgateError:
                continue
    letters = (c if c.isascii() and c.isalnum() else "-" for c in socket.gethostname().lower())
    return "".join(letters)[:63].strip("-") or "localhost"
