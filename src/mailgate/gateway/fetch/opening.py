"""From a server as it is kept to a mailbox that is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from mailgate import clock
from mailgate.channels.mailbox import LoginError, Mailbox, Mechanism, Security, Settings
from mailgate.entities.server import Access, Server, missing
from mailgate.errors import ConfigurationError
from mailgate.gateway.fetch.password import password

TIMEOUT = 30.0
"""Seconds that a server may be silent."""
BUDGET = 600.0
"""Seconds that one run may take with one server."""
Connect = Callable[[Server, Settings], Mailbox]


def settings(
    server: Server, access: Access, secrets: str, limit: int, budget: float = BUDGET
) -> Settings:
    """Return how to reach a mailbox; ``secrets`` is the folder of the grants.

    The secret is asked for when it is needed; a token that is asked for again is another one.
    Raises ConfigurationError where a secret is missing.
    """
    lack = missing(server, access)
    if lack is not None:
        raise ConfigurationError(lack)
    mechanism: Mechanism = "password" if access.oauth is None else "xoauth2"
    tokens: list[str] = []

    def secret() -> str:
        if access.oauth is None:
            return password(access)
        from mailgate.gateway.tokens import access_token

        rejected = tokens[-1] if tokens else None
        tokens.append(access_token(secrets, server, access.oauth, clock.now(), rejected))
        return tokens[-1]

    return Settings(
        host=server.host,
        port=server.port,
        user=server.user,
        secret=secret,
        security=cast("Security", server.security),
        mechanism=mechanism,
        folder=server.folder,
        after=server.after,
        timeout=TIMEOUT,
        budget=budget,
        limit=limit,
    )


def connect(server: Server, wanted: Settings) -> Mailbox:
    """Open the mailbox of a server; where it refuses a token, try once with a newer one."""
    try:
        return _connect(server, wanted)
    except LoginError:
        if wanted.mechanism == "password":
            raise
        return _connect(server, wanted)


def _connect(server: Server, wanted: Settings) -> Mailbox:
    if server.protocol == "imap":
        from mailgate.channels import imap

        return imap.connect(wanted)
    from mailgate.channels import pop3

    return pop3.connect(wanted)
