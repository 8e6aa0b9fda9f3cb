"""Which client mailgate is to the provider of a mailbox: what is said, was said, and is known."""

from __future__ import annotations

import os
from dataclasses import dataclass

from mailgate.channels.forms import checked_url
from mailgate.entities.grant import PRESETS, Client, Preset
from mailgate.entities.server import CREDENTIAL, Server
from mailgate.errors import MailgateError

MAX_TEXT = 1024
"""Characters of a client id or scope."""
NO_TENANT = "common"
UNKNOWN = Preset(authorization_url="", token_url="", scopes={})
"""What is known of a provider that is not known."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """What is said of the client; None leaves it as it was, or as is known of the provider.

    ``tenant`` is the organisation at Microsoft.
    """

    client_id: str | None = None
    client_secret_file: str | None = None
    tenant: str | None = None
    scope: str | None = None
    token_url: str | None = None
    device_url: str | None = None
    authorization_url: str | None = None
    redirect_uri: str | None = None


def client_of(
    server: Server, provider: str | None, options: ClientOptions, known: Client | None
) -> Client:
    """Return the client for a server; ``known`` is that of an earlier grant, or None.

    Raises MailgateError where something is missing or wrong.
    """
    if provider is None:
        raise MailgateError(
            f"{server.name} does not log in by OAuth 2: mailgate server set {server.name}"
            " --oauth gmail, outlook or the name of another provider"
        )
    if not server.user:
        raise MailgateError(
            f"server {server.name} has no user: mailgate server set {server.name} --user U"
        )
    preset = PRESETS.get(provider.lower(), UNKNOWN)
    if options.tenant is not None or known is None or known.provider != provider:
        known = _anew(server, provider, preset, options.tenant, known)
    return Client(
        provider=provider,
        id=_text(options.client_id or known.id, "client id", "--client-id ID"),
        secret_file=_file(options.client_secret_file) or known.secret_file,
        token_url=_url(options.token_url or known.token_url, provider),
        device_url=_optional(options.device_url or known.device_url),
        authorization_url=_optional(options.authorization_url or known.authorization_url),
        scope=_text(options.scope or _scope(server, preset, known), "scope", "--scope S"),
        redirect_uri=_text(options.redirect_uri or known.redirect_uri, "address", "--redirect-uri"),
    )


def _anew(
    server: Server, provider: str, preset: Preset, tenant: str | None, old: Client | None
) -> Client:
    """Return what is known of a provider; of an earlier client there, id and secret stay."""
    if tenant is not None and "{tenant}" not in preset.token_url:
        raise MailgateError(f"{provider} has no tenants: leave --tenant out, or name endpoints")
    if tenant is not None and not all(c.isascii() and (c.isalnum() or c in "-.") for c in tenant):
        raise MailgateError(f"{tenant[:80]!a} is no tenant: it is an id or a domain")
    same = old if old is not None and old.provider == provider else None
    return Client(
        provider=provider,
        id=same.id if same is not None else "",
        secret_file=same.secret_file if same is not None else None,
        token_url=_of(preset.token_url, tenant) or "",
        device_url=_of(preset.device_url, tenant),
        authorization_url=_of(preset.authorization_url, tenant),
        scope=preset.scopes.get(server.protocol, ""),
        redirect_uri=preset.redirect_uri,
    )


def _of(url: str | None, tenant: str | None) -> str | None:
    return url.replace("{tenant}", tenant or NO_TENANT) if url else None


def _scope(server: Server, preset: Preset, known: Client) -> str:
    """Return the scope for the server's protocol, unless another was said before."""
    if known.scope in preset.scopes.values():
        return preset.scopes[server.protocol]
    return known.scope


def _text(text: str, what: str, option: str) -> str:
    if not text:
        raise MailgateError(f"the {what} is not known: say {option}")
    if not text.isascii() or not text.isprintable() or len(text) > MAX_TEXT:
        raise MailgateError(f"{text[:80]!a} cannot be a {what}")
    return text


def _url(text: str, provider: str) -> str:
    if not text:
        raise MailgateError(
            f"the endpoints of {provider} are not known: say --token-url, and --device-url or"
            " --authorization-url"
        )
    return checked_url(text)


def _optional(text: str | None) -> str | None:
    return None if text is None else checked_url(text)


def _file(text: str | None) -> str | None:
    if text is None or text.startswith(CREDENTIAL):
        return text
    return os.path.abspath(text)
