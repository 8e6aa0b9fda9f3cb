"""How a person lets mailgate read a mailbox: by a device code, or by a code that is pasted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from secrets import token_urlsafe
from time import monotonic, sleep
from typing import Protocol

from mailgate import clock
from mailgate.channels.forms import RefusedError, ReplyError
from mailgate.channels.oauth import Session, authorization_url, pasted_code
from mailgate.entities.grant import Client, Grant, Tokens
from mailgate.entities.server import Server
from mailgate.errors import MailgateError
from mailgate.gateway.tokens import client_secret
from mailgate.store import grants, servers
from mailgate.store.change import Change

LONGEST = 3600
"""Seconds for which the use of a code is waited for."""
SLOWER = 5
"""Seconds by which questions become rarer where they come too often (RFC 8628 section 3.5)."""
RAREST = 60
"""Seconds up to which questions become rarer while the provider cannot be reached."""


class Talk(Protocol):
    """How a person is spoken to."""

    def tell(self, text: str) -> None:
        """Show some lines; parts of them come from the provider."""

    def ask(self, question: str) -> str:
        """Return one line of answer."""


def authorize(
    server: Server,
    client: Client,
    talk: Talk,
    *,
    by_code: bool = False,
    pause: Callable[[float], None] = sleep,
) -> Grant:
    """Let a person agree, and return the grant, not kept yet.

    ``by_code`` has a code pasted also where the provider has device codes; ``pause`` waits some
    seconds. Raises MailgateError where the person or the provider says no.
    """
    session = Session(client, client_secret(client.secret_file))
    if client.device_url is not None and not by_code:
        tokens = _by_device(session, server, talk, pause)
    else:
        tokens = _by_code(session, server, talk)
    now = clock.now()
    return Grant(server.user, client, tokens, granted=now, refreshed=now)


def keep(folder: str, server: Server, grant: Grant) -> None:
    """Keep a grant in place of an earlier one; ``folder`` is that of the secrets."""
    with grants.locked(folder, server.id):
        grants.put(folder, server.id, grant)


def note(change: Change, server: Server, client: Client) -> None:
    """Write an authorization to the audit log, and let the next run not wait for old errors."""
    servers.forgive(change.connection, server.id)
    change.note("authorize", f"server {server.name}", None, asdict(client) | {"user": server.user})


def _by_device(
    session: Session, server: Server, talk: Talk, pause: Callable[[float], None]
) -> Tokens:
    """Follow RFC 8628 sections 3.2 to 3.5."""
    device = session.device()
    seconds = min(device.seconds, LONGEST)
    talk.tell(
        f"To let mailgate read the mailbox of {server.user}, open\n\n    {device.url}\n\nin a"
        f" browser on any machine, and enter the code\n\n    {device.user_code}\n\nwithin"
        f" {max(1, seconds // 60)} minutes."
    )
    until = monotonic() + seconds
    interval = device.interval
    while monotonic() + interval < until:
        pause(interval)
        try:
            tokens = session.device_tokens(device, clock.now())
        except ReplyError:
            interval = max(interval, min(2 * interval, RAREST))
            continue
        except RefusedError as refused:
            if refused.code != "slow_down":
                raise _explained(refused) from None
            interval += SLOWER
            continue
        if tokens is not None:
            return tokens
    raise MailgateError("nobody entered the code in time: run the command again")


def _explained(refused: RefusedError) -> MailgateError:
    text = {
        "access_denied": "access was denied in the browser",
        "expired_token": "nobody entered the code in time: run the command again",
    }.get(refused.code)
    return MailgateError(text) if text is not None else refused


def _by_code(session: Session, server: Server, talk: Talk) -> Tokens:
    """Follow RFC 6749 section 4.1 with PKCE (RFC 7636), the code carried by the person."""
    verifier, state = token_urlsafe(48), token_urlsafe(16)
    client = session.client
    url = authorization_url(client, server.user, state, verifier)
    talk.tell(
        f"To let mailgate read the mailbox of {server.user}, open\n\n    {url}\n\nin a browser on"
        f" any machine, and agree. It ends at an address that begins with\n{client.redirect_uri}"
        " and may show an error: that is all right."
    )
    code = pasted_code(talk.ask("Paste that whole address, or the code in it: "), state)
    return session.code_tokens(code, verifier, clock.now())
