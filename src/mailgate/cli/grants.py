"""What is shown of the grants of servers: how long they last, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mailgate import clock
from mailgate.cli import output
from mailgate.cli.context import Context
from mailgate.entities.grant import Forecast
from mailgate.entities.server import Server
from mailgate.gateway.tokens import grant_state, remedy
from mailgate.store import servers
from mailgate.store.driver import Connection
from mailgate.store.secrets import folder


def forecasts(connection: Connection, items: Iterable[Server]) -> dict[int, Forecast]:
    """Return by its id how long the grant lasts of each server that logs in by OAuth 2."""
    place, now = folder(connection), clock.now()
    found = {}
    for server in items:
        provider = servers.access(connection, server.id).oauth
        if provider is not None:
            found[server.id] = grant_state(place, server, provider, now)
    return found


def with_grant(server: Server, known: dict[int, Forecast]) -> dict[str, Any]:
    """Return a server as JSON has it, with its ``grant`` where it logs in by OAuth 2."""
    shown: dict[str, Any] = output.plain(server)
    found = known.get(server.id)
    return shown if found is None else shown | {"grant": output.plain(found)}


def warn(context: Context, items: Iterable[Server], known: dict[int, Forecast]) -> None:
    """Name the servers whose grant is missing, dead or about to die, a line each."""
    for server in items:
        found = known.get(server.id)
        if found is not None and found.state != "ok":
            text = f"{found.state}: {found.detail}: run {remedy(server)}"
            context.tell(f"the grant of server {server.name} is {text}")
