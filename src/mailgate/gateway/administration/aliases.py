"""What an administrator does to aliases: the checks, the change, what it retires, the audit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailgate.entities import names
from mailgate.entities.alias import Alias
from mailgate.entities.domain import Domain
from mailgate.entities.field import NAME, fits
from mailgate.entities.given import require_one, require_one_of
from mailgate.entities.model import Model, assignments
from mailgate.entities.nearest import unknown
from mailgate.errors import MailgateError
from mailgate.gateway.administration.domains import check_free
from mailgate.store import aliases, domains, models, records
from mailgate.store.change import Change


@dataclass(frozen=True, slots=True)
class AliasOptions:
    """What to set; None leaves a thing as it is.

    ``defaults`` (FIELD=VALUE) and ``followers`` add, ``no_defaults`` (FIELD) and ``no_followers``
    take away; ``record`` and ``parent`` are ids of records.
    """

    address: str | None = None
    model: str | None = None
    defaults: tuple[str, ...] = ()
    no_defaults: tuple[str, ...] = ()
    record: int | None = None
    no_record: bool = False
    parent: int | None = None
    no_parent: bool = False
    policy: str | None = None
    local_part_detection: bool | None = None
    on_refusal: str | None = None
    refusal_text: str | None = None
    acknowledge: str | None = None
    followers: tuple[str, ...] = ()
    no_followers: tuple[str, ...] = ()


def add_alias(change: Change, address: str, options: AliasOptions) -> Alias:
    """Add an alias; without a domain it is in the first one."""
    connection = change.connection
    domain, local_part = _place(change, address)
    model = models.get(connection, options.model or "")
    check_free(change, domain, local_part)
    number = aliases.insert(connection, local_part, domain.id, model.id)
    _apply(change, aliases.get(connection, f"{local_part}@{domain.name}"), options)
    domains.revive(connection, f"{local_part}@{domain.name}", "alias")
    alias = aliases.get(connection, f"{local_part}@{domain.name}")
    change.note("add", f"alias {alias.address}", None, alias)
    return alias if alias.id == number else aliases.get(connection, str(number))


def set_alias(change: Change, name: str, options: AliasOptions) -> Alias:
    """Change an alias; an address that it leaves is retired."""
    connection = change.connection
    old = aliases.get(connection, name)
    moved = old if options.address is None else _move(change, old, options.address)
    _apply(change, moved, options)
    alias = aliases.get(connection, moved.address)
    if alias != old:
        change.note("set", f"alias {old.address}", old, alias)
    return alias


def remove_alias(change: Change, name: str) -> Alias:
    """Remove an alias; its address is retired: it takes replies, never new mail."""
    alias = aliases.get(change.connection, name)
    discard_alias(change, alias)
    return alias


def discard_alias(change: Change, alias: Alias) -> None:
    """Remove an alias that was looked up already."""
    connection = change.connection
    domain = domains.get(connection, alias.domain)
    aliases.delete(connection, alias.id)
    domains.inherit(connection, alias.address, None)
    domains.retire(connection, alias.address, "alias", domain.id, None, change.at)
    change.note("remove", f"alias {alias.address}", alias, None)


def _place(change: Change, address: str) -> tuple[Domain, str]:
    """Return the domain and local part of an address that is to be an alias."""
    connection = change.connection
    first = domains.first(connection)
    if first is None:
        raise MailgateError("no domain yet: add one with mailgate domain add example.com")
    local_part, name = names.pair(address, first)
    target = domains.redirected(connection, name)
    if target is not None:
        raise MailgateError(f"{name} stands for {target}: name the alias {local_part}@{target}")
    return domains.get(connection, name), local_part


def _move(change: Change, alias: Alias, address: str) -> Alias:
    """Give an alias another address."""
    connection = change.connection
    domain, local_part = _place(change, address)
    new = f"{local_part}@{domain.name}"
    if new == alias.address:
        return alias
    check_free(change, domain, local_part)
    moved = replace(alias, address=new, local_part=local_part, domain=domain.name)
    aliases.update(connection, moved, domain.id, models.get(connection, alias.model).id)
    left = domains.get(connection, alias.domain)
    domains.retire(connection, alias.address, "alias", left.id, new, change.at)
    domains.inherit(connection, alias.address, new)
    domains.revive(connection, new, "alias")
    return moved


def _apply(change: Change, alias: Alias, options: AliasOptions) -> None:
    connection = change.connection
    require_one_of(options.record, options.no_record, "record")
    require_one_of(options.parent, options.no_parent, "parent")
    model = models.get(connection, alias.model if options.model is None else options.model)
    _apply_defaults(change, alias, model, options)
    _apply_followers(change, alias, options)
    new = replace(
        alias,
        model=model.name,
        record=_target(options.record, options.no_record, alias.record),
        parent=_target(options.parent, options.no_parent, alias.parent),
        policy=options.policy or alias.policy,
        local_part_detection=(
            alias.local_part_detection
            if options.local_part_detection is None
            else options.local_part_detection
        ),
        on_refusal=options.on_refusal or alias.on_refusal,
        refusal_text=_text(options.refusal_text, alias.refusal_text),
        acknowledge=_text(options.acknowledge, alias.acknowledge),
    )
    _check_targets(change, new, options)
    domain = domains.get(connection, alias.domain)
    aliases.update(
        connection, replace(new, status=_status(alias, new, options)), domain.id, model.id
    )


def _apply_defaults(change: Change, alias: Alias, model: Model, options: AliasOptions) -> None:
    """Add and take away defaults; all that an alias then has must fit its model."""
    connection = change.connection
    fields = models.fields(connection, model.id)
    kept = aliases.defaults(connection, alias.id)
    added = assignments(options.defaults, fields, model.name)
    require_one(added, [text.strip().lower() for text in options.no_defaults], "default")
    for text in options.no_defaults:
        name = text.strip().lower()
        if kept.pop(name, None) is None:
            raise unknown("default for", text, kept, f"mailgate alias show {alias.address}")
        aliases.drop_default(connection, alias.id, name)
    for name, value in added.items():
        kept[name] = value
        aliases.put_default(connection, alias.id, name, value)
    for name, value in kept.items():
        if name != NAME and (name not in fields or not fits(fields[name].type, value)):
            raise MailgateError(
                f"default {name}={value[:80]} does not fit model {model.name}:"
                f" take it away with --no-default {name}"
            )


def _apply_followers(change: Change, alias: Alias, options: AliasOptions) -> None:
    gone = {names.address(text): text for text in options.no_followers}
    added = [names.address(text) for text in options.followers]
    require_one(added, gone, "follower")
    for address, text in gone.items():
        if address not in alias.followers:
            listing = f"mailgate alias show {alias.address}"
            raise unknown(f"follower of {alias.address}:", text, alias.followers, listing)
        aliases.drop_follower(change.connection, alias.id, address)
    for address in added:
        aliases.put_follower(change.connection, alias.id, address)


def _target(given: int | None, taken_away: bool, old: int | None) -> int | None:
    return given if given is not None else None if taken_away else old


def _text(given: str | None, old: str) -> str:
    return old if given is None else given


def _check_targets(change: Change, alias: Alias, options: AliasOptions) -> None:
    """Refuse a record or parent that is not there, and a record of another model."""
    if options.parent is not None:
        records.get(change.connection, options.parent)
    moved = options.model is not None or options.record is not None
    if alias.record is not None and moved:
        target = records.get(change.connection, alias.record)
        if target.model != alias.model:
            raise MailgateError(
                f"record {target.id} is of model {target.model}, not {alias.model}:"
                f" use --model {target.model}"
            )


def _status(old: Alias, new: Alias, options: AliasOptions) -> str:
    """Return the status after a change: to be tested again where its routing changed."""
    if new.policy == "followers" and new.record is None and new.parent is None:
        return "invalid"
    changed = (
        options.defaults
        or options.no_defaults
        or old
        != replace(
            new,
            on_refusal=old.on_refusal,
            refusal_text=old.refusal_text,
            acknowledge=old.acknowledge,
        )
    )
    return "untested" if changed else old.status
