"""What an OAuth 2 provider granted for one mailbox: the client, its endpoints, the tokens.

A grant has secrets: they are left out of every ``repr``, and no output is made of a grant but its
``Forecast``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailgate.clock import iso

DAY = 86400
WARNING = 14 * DAY
"""Seconds before its end from which a grant is said to be about to die."""
MARGIN = 300
"""Seconds before its end from which an access token is not used any more."""
LOOPBACK = "http://127.0.0.1:48217"
"""Where a browser is sent with the code (RFC 8252 section 7.3); nothing listens there."""


@dataclass(frozen=True, slots=True)
class Preset:
    """What is known of a provider: its endpoints and scopes (by protocol).

    ``idle`` is for how many seconds a refresh token lives that is not used. ``{tenant}`` in an
    endpoint stands for the organisation, ``common`` where none is named.
    """

    authorization_url: str
    token_url: str
    scopes: dict[str, str]
    device_url: str | None = None
    redirect_uri: str = LOOPBACK
    idle: int | None = None


_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
PRESETS = {
    "gmail": Preset(
        authorization_url=(
            "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"
        ),
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106  # an address, no secret
        scopes=dict.fromkeys(("imap", "pop3"), "https://mail.google.com/"),
        idle=180 * DAY,
    ),
    "outlook": Preset(
        authorization_url=f"{_MICROSOFT}/authorize",
        token_url=f"{_MICROSOFT}/token",
        scopes={
            "imap": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
            "pop3": "https://outlook.office.com/POP.AccessAsUser.All offline_access",
        },
        device_url=f"{_MICROSOFT}/devicecode",
        redirect_uri="https://login.microsoftonline.com/common/oauth2/nativeclient",
        idle=90 * DAY,
    ),
}
"""Providers whose endpoints need not be named; Google's device codes exclude mail."""


@dataclass(frozen=True, slots=True)
class Client:
    """What mailgate is to a provider, and where the provider is asked.

    ``provider`` is the name that the server has for it. The client's secret is named by its file,
    never kept. ``redirect_uri`` is where a browser is sent with the code.
    """

    provider: str
    id: str
    secret_file: str | None
    token_url: str
    device_url: str | None
    authorization_url: str | None
    scope: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint gave (RFC 6749 section 5.1); ends are in seconds since 1970.

    ``refresh_token`` is None where none was given, ``refresh_end`` where its end was not said.
    """

    access_token: str = field(repr=False)
    access_end: int
    refresh_token: str | None = field(repr=False)
    refresh_end: int | None


@dataclass(frozen=True, slots=True)
class Grant:
    """The grant of one mailbox, as it is kept.

    ``granted`` and ``refreshed`` are seconds. ``slides`` tells that its end moves on with every
    refresh. ``refused`` says why the provider refused to renew the tokens for good, None where it
    did not.
    """

    user: str
    client: Client
    tokens: Tokens
    granted: int
    refreshed: int
    slides: bool = False
    refused: str | None = None

    def is_for(self, user: str, provider: str | None) -> bool:
        """Tell whether it is for that user of that provider, as the server now has them."""
        return (self.user, self.client.provider) == (user, provider)

    def is_fresh(self, now: int) -> bool:
        """Tell whether the access token can be used a while longer."""
        lifetime = self.tokens.access_end - self.refreshed
        return now < self.tokens.access_end - min(MARGIN, lifetime // 2)


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long a grant will last: what is shown of it.

    ``state`` is ``missing``, ``ok``, ``expiring`` (about to die) or ``dead``; ``end`` (ISO 8601)
    is when it ends unless something is done, None where that is not known; ``detail`` says why,
    in one line.
    """

    state: str
    end: str | None
    detail: str


def forecast(grant: Grant | None, user: str, provider: str | None, now: int) -> Forecast:
    """Say whether a grant can be used for that user of that provider, and how long."""
    if grant is None:
        return Forecast("missing", None, "not authorized yet")
    if not grant.is_for(user, provider):
        said = f"authorized for {grant.user} at {grant.client.provider}"
        return Forecast("missing", None, f"{said}, not for {user} at {provider}")
    if grant.refused is not None:
        return Forecast("dead", None, grant.refused)
    end, slides, words = _end(grant)
    if end is None:
        return Forecast("ok", None, "authorized")
    detail = f"{words} {iso(end)}"
    if now >= end:
        return Forecast("dead", iso(end), detail)
    early = min(WARNING, (end - grant.refreshed) // 2) if slides else WARNING
    return Forecast("expiring" if now >= end - early else "ok", iso(end), detail)


def _end(grant: Grant) -> tuple[int | None, bool, str]:
    """Return when a grant ends, whether use postpones that, and the words for it."""
    tokens = grant.tokens
    if tokens.refresh_token is None:
        return tokens.access_end, False, "the provider gave no refresh token: it ends at"
    preset = PRESETS.get(grant.client.provider.lower())
    idle = grant.refreshed + preset.idle if preset is not None and preset.idle else None
    known = tokens.refresh_end
    if known is None or (idle is not None and idle < known):
        return idle, True, "if it is not used, it ends at"
    if grant.slides:
        return known, True, "if it is not used, it ends at"
    return known, False, "the provider ends it at"
