"""A look into a mailbox: connect, log in, count; nothing is read, marked or remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from mailgate.channels.mailbox import Folder, Maildrop
from mailgate.gateway.deliver import Gateway
from mailgate.gateway.fetch import opening
from mailgate.gateway.fetch.opening import Connect
from mailgate.store import servers
from mailgate.store.secrets import folder

BUDGET = 60.0
"""Seconds that a look may take."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is in a mailbox; ``unread`` is None where the protocol does not know it."""

    server: str
    protocol: str
    host: str
    security: str
    folder: str
    messages: int
    unread: int | None


def look(gateway: Gateway, name: str, connect: Connect = opening.connect) -> Look:
    """Connect to a server as ``fetch`` does. Raises MailgateError that says what is wrong."""
    with gateway.database.reading() as connection:
        server = servers.get(connection, name)
        access = servers.access(connection, server.id)
        secrets = folder(connection)
    wanted = opening.settings(server, access, secrets, gateway.limits.max_bytes, BUDGET)
    with connect(server, wanted) as box:
        unread = None
        if server.protocol == "imap":
            opened = cast("Folder", box)
            unread, messages = len(opened.search(unseen=True)), opened.state.exists
        else:
            messages = len(cast("Maildrop", box).listing())
    return Look(
        server.name, server.protocol, server.host, server.security, server.folder, messages, unread
    )
