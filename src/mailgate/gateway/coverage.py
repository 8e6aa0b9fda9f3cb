"""Which of our addresses no server covers: mail to them would wait where nobody fetches it."""

from __future__ import annotations

from mailgate.mail.address import normalise
from mailgate.store import aliases, domains, servers
from mailgate.store.driver import Connection


def uncovered(connection: Connection) -> tuple[str, ...]:
    """Return our addresses that neither a mailbox stands for nor mail ever came to, sorted.

    A server stands for the address that is its user, and for the whole domain where that is the
    catchall address. Where no server is enabled the mail server delivers, and nothing is named.
    """
    users = {server.user.lower() for server in servers.every(connection) if server.enabled}
    if not users:
        return ()
    ours: list[str] = []
    every = domains.every(connection)
    names = {name: domain.name for domain in every for name in domain.redirect_from}
    mailboxes = {_place(user, names) for user in users}
    for domain in every:
        if not _covers(mailboxes, domain.catchall, domain.name):
            ours += [f"{domain.catchall}@{domain.name}"]
            if not _covers(mailboxes, domain.bounce, domain.name):
                ours += [f"{domain.bounce}@{domain.name}"]
    silent = [address for address in ours if not servers.had_mail(connection, address)]
    covered = {d.name for d in every if _covers(mailboxes, d.catchall, d.name)}
    for alias in aliases.every(connection):
        known = alias.last_used is not None or alias.domain in covered
        if not known and not _covers(mailboxes, alias.local_part, alias.domain):
            silent.append(alias.address)
    return tuple(sorted(silent))


def _place(user: str, names: dict[str, str]) -> tuple[str, str]:
    """Return local part and domain of a user; the domain is empty where it is not said."""
    address = normalise(user)
    if address is None:
        return user, ""
    local_part, _, domain = address.rpartition("@")
    return local_part, names.get(domain, domain)


def _covers(mailboxes: set[tuple[str, str]], local_part: str, domain: str) -> bool:
    return (local_part, domain) in mailboxes or (local_part, "") in mailboxes
