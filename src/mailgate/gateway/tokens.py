"""The access token of a mailbox: taken from its grant, renewed in time, by one process at once."""

from __future__ import annotations

from dataclasses import replace

from mailgate.channels.forms import RefusedError
from mailgate.channels.oauth import Session
from mailgate.entities.grant import Forecast, Grant, Tokens, forecast
from mailgate.entities.server import Access, Server
from mailgate.errors import ConfigurationError, DatabaseError
from mailgate.gateway.fetch.password import password
from mailgate.store import grants

ENDED = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
"""Error codes after which a person has to authorize again: asking again would not help."""
SLIDE = 60
"""Seconds by which an end must move for a refresh to have moved it."""


def access_token(
    folder: str, server: Server, provider: str | None, now: int, rejected: str | None = None
) -> str:
    """Return a token with which a mailbox can be opened now; renew it where that is due.

    ``folder`` is that of the secrets, ``provider`` what the server's ``oauth`` says. ``rejected``
    is a token that the mailbox has just refused: another one is fetched. Raises ConfigurationError
    where a person has to act, else another MailgateError; none has a secret in its text.
    """
    grant = _usable(folder, server, provider)
    if _serves(grant, now, rejected):
        return grant.tokens.access_token
    with grants.locked(folder, server.id):
        grant = _usable(folder, server, provider)
        if not _serves(grant, now, rejected):
            grant = _renewed(folder, server, grant, now)
    return grant.tokens.access_token


def grant_state(folder: str, server: Server, provider: str | None, now: int) -> Forecast:
    """Say whether a server's grant can be used, and how long; never raises MailgateError."""
    try:
        return forecast(grants.get(folder, server.id), server.user, provider, now)
    except DatabaseError as error:
        return Forecast("dead", None, str(error))


def remedy(server: Server) -> str:
    """Return the command that makes a grant anew."""
    return f"mailgate server authorize {server.name}"


def client_secret(file: str | None) -> str | None:
    """Return the secret of a client from its file or credential, None where it has none."""
    return None if file is None else password(Access(password_file=file))


def _usable(folder: str, server: Server, provider: str | None) -> Grant:
    grant = grants.get(folder, server.id)
    if grant is None or not grant.is_for(server.user, provider):
        raise ConfigurationError(f"{server.name} is not authorized: run {remedy(server)}")
    if grant.refused is not None:
        raise ConfigurationError(f"{grant.refused}: run {remedy(server)}")
    return grant


def _serves(grant: Grant, now: int, rejected: str | None) -> bool:
    return grant.is_fresh(now) and grant.tokens.access_token != rejected


def _renewed(folder: str, server: Server, grant: Grant, now: int) -> Grant:
    """Renew the tokens and keep them before anybody uses them; within ``locked``."""
    old = grant.tokens
    if old.refresh_token is None:
        raise ConfigurationError(
            f"access to {server.name} has ended, and its provider gave no refresh token:"
            f" run {remedy(server)}"
        )
    secret = client_secret(grant.client.secret_file)
    # A provider may end the old refresh token at once: what comes must find room on the disk.
    grants.put(folder, server.id, grant)
    try:
        tokens = Session(grant.client, secret).refreshed(old.refresh_token, now)
    except RefusedError as refused:
        if refused.code in ENDED:
            grants.put(folder, server.id, replace(grant, refused=str(refused)))
        raise _explained(server, grant, refused) from None
    new = _moved(grant, tokens, now)
    grants.put(folder, server.id, new)
    return new


def _moved(grant: Grant, tokens: Tokens, now: int) -> Grant:
    old = grant.tokens
    if tokens.refresh_token == old.refresh_token and tokens.refresh_end is None:
        tokens = replace(tokens, refresh_end=old.refresh_end)
    ends = (tokens.refresh_end, old.refresh_end)
    slides = None not in ends and (ends[0] or 0) > (ends[1] or 0) + SLIDE
    return replace(grant, tokens=tokens, refreshed=now, slides=slides)


def _explained(server: Server, grant: Grant, refused: RefusedError) -> ConfigurationError:
    if refused.code in ENDED:
        return ConfigurationError(f"{refused}: run {remedy(server)}")
    if refused.code in ("invalid_client", "unauthorized_client"):
        named = f" and {grant.client.secret_file}" if grant.client.secret_file else ""
        return ConfigurationError(f"{refused}: check the client id{named}")
    return ConfigurationError(str(refused))
