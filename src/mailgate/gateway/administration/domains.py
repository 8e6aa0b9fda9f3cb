"""What an administrator does to domains: the checks, the change, what it retires, the audit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailgate.entities import names
from mailgate.entities.domain import Domain
from mailgate.entities.given import require_one
from mailgate.entities.nearest import unknown
from mailgate.errors import MailgateError
from mailgate.store import aliases, domains
from mailgate.store.change import Change

SPECIAL = ("catchall", "bounce")


@dataclass(frozen=True, slots=True)
class DomainOptions:
    """What to set; None leaves a thing as it is. ``redirect_from`` adds, ``no_`` takes away."""

    name: str | None = None
    company: str | None = None
    contact: str | None = None
    catchall: str | None = None
    bounce: str | None = None
    redirect_from: tuple[str, ...] = ()
    no_redirect_from: tuple[str, ...] = ()


def add_domain(change: Change, name: str, options: DomainOptions) -> Domain:
    """Add a domain with its catchall and bounce addresses."""
    new = names.domain_name(name)
    _check_name(change, new)
    domains.insert(change.connection, new, "", "", *SPECIAL)
    fresh = domains.get(change.connection, new)
    domain = _apply(change, fresh, options)
    change.note("add", f"domain {domain.name}", None, domain)
    return domain


def set_domain(change: Change, name: str, options: DomainOptions) -> Domain:
    """Change a domain; addresses that go are retired."""
    old = domains.get(change.connection, name)
    domain = _apply(change, old, options)
    if domain != old:
        change.note("set", f"domain {old.name}", old, domain)
    return domain


def remove_domain(change: Change, name: str) -> Domain:
    """Remove a domain with its aliases; records that they started stay."""
    domain = domains.get(change.connection, name)
    domains.delete(change.connection, domain.id)
    change.note("remove", f"domain {domain.name}", domain, None)
    return domain


def verify_domain(change: Change, name: str, seconds: int) -> Domain:
    """Hold what is written to a domain's special addresses for so many seconds."""
    old = domains.get(change.connection, name)
    domains.hold_until(change.connection, old.id, change.at + seconds)
    domain = domains.get(change.connection, old.name)
    change.note("verify", f"domain {old.name}", old, domain)
    return domain


def check_free(change: Change, domain: Domain, local_part: str) -> None:
    """Refuse an address of a domain for an alias where it is a special address or an alias."""
    for kind in SPECIAL:
        if getattr(domain, kind) == local_part:
            raise MailgateError(
                f"{local_part}@{domain.name} is the {kind} address of {domain.name}: rename that"
                f" first (mailgate domain set {domain.name} --{kind} NAME)"
            )
    if local_part in aliases.of_domain(change.connection, domain.id):
        address = f"{local_part}@{domain.name}"
        raise MailgateError(
            f"alias {address} already exists: change it with mailgate alias set {address}"
        )


def _apply(change: Change, old: Domain, options: DomainOptions) -> Domain:
    new = replace(
        old,
        name=old.name if options.name is None else names.domain_name(options.name),
        company=old.company if options.company is None else options.company.strip(),
        contact=old.contact if options.contact is None else _contact(options.contact),
        catchall=old.catchall if options.catchall is None else _local(options.catchall, old),
        bounce=old.bounce if options.bounce is None else _local(options.bounce, old),
    )
    if new.name != old.name:
        _check_name(change, new.name)
    _check_special(change, new)
    domains.update(change.connection, new)
    _retire(change, old, new)
    gone = [names.domain_name(name) for name in options.no_redirect_from]
    added = [names.domain_name(name) for name in options.redirect_from]
    require_one(added, gone, "redirect-from")
    for name in gone:
        _unredirect(change, new, name)
    for name in added:
        _redirect(change, new, name)
    return domains.get(change.connection, new.name)


def _contact(text: str) -> str:
    return names.address(text) if text.strip() else ""


def _local(text: str, domain: Domain) -> str:
    """Read the local part of a special address; the whole address may be given too."""
    return names.local_part(text.strip().removesuffix("@" + domain.name))


def _check_name(change: Change, name: str) -> None:
    if domains.find(change.connection, name) is not None:
        raise MailgateError(
            f"domain {name} already exists: change it with mailgate domain set {name}"
        )
    target = domains.redirected(change.connection, name)
    if target is not None:
        raise MailgateError(
            f"{name} stands for {target}: end that first"
            f" (mailgate domain set {target} --no-redirect-from {name})"
        )


def _check_special(change: Change, domain: Domain) -> None:
    if domain.catchall == domain.bounce:
        raise MailgateError(
            f"catchall and bounce of {domain.name} cannot both be {domain.catchall}: name another"
        )
    taken = set(aliases.of_domain(change.connection, domain.id))
    for kind in SPECIAL:
        name = getattr(domain, kind)
        if name in taken:
            address = f"{name}@{domain.name}"
            raise MailgateError(
                f"the {kind} address cannot be {address}: that is an alias; rename it first"
                f" (mailgate alias set {address} --address NEW) or remove it"
            )


def _retire(change: Change, old: Domain, new: Domain) -> None:
    """Retire what a change of names leaves behind, and revive what is in use again."""
    moved = [(kind, getattr(old, kind), getattr(new, kind)) for kind in SPECIAL]
    if old.name != new.name:
        moved += [("alias", name, name) for name in aliases.of_domain(change.connection, old.id)]
    for kind, before, after in moved:
        left, taken = f"{before}@{old.name}", f"{after}@{new.name}"
        if left != taken:
            domains.retire(change.connection, left, kind, old.id, taken, change.at)
            domains.inherit(change.connection, left, taken)
    for kind, _, after in moved:
        domains.revive(change.connection, f"{after}@{new.name}", kind)


def _redirect(change: Change, domain: Domain, name: str) -> None:
    target = domains.redirected(change.connection, name)
    if target == domain.name:
        return
    if target is not None:
        raise MailgateError(f"{name} stands for {target} already: end that first")
    if domains.find(change.connection, name) is not None:
        raise MailgateError(f"{name} is a domain of its own: it cannot stand for {domain.name}")
    domains.redirect(change.connection, name, domain.id)


def _unredirect(change: Change, domain: Domain, name: str) -> None:
    if name not in domain.redirect_from:
        raise unknown(
            f"redirection to {domain.name} from",
            name,
            domain.redirect_from,
            f"mailgate domain show {domain.name}",
        )
    domains.unredirect(change.connection, name)
