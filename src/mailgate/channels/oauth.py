"""OAuth 2 as a client speaks it: device codes (RFC 8628), codes with PKCE (RFC 7636), refresh.

Each is one form post; ``channels/forms.py`` sends it. Replies are hostile input: what is in them
is bounded and checked before anything is done with it.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from math import isfinite
from urllib.parse import parse_qs, urlencode, urlsplit

from mailgate.channels.forms import RefusedError, ReplyError, host_of, post_form
from mailgate.entities.grant import Client, Tokens
from mailgate.errors import MailgateError

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
MAX_TOKEN = 16384
"""Characters of a token or code."""
MAX_TEXT = 512
"""Characters of an address or code that a person is shown."""
LONGEST = 10 * 366 * 86400
"""Seconds for which anything is believed to be valid."""
ACCESS = 3600
"""Seconds of an access token whose provider does not say them."""
CODE = 900
"""Seconds of a device code whose provider does not say them."""
POLL = 5
"""Seconds between two questions where the provider does not say them (RFC 8628 section 3.2)."""
SLOWEST = 60


@dataclass(frozen=True, slots=True)
class Device:
    """A device code: the person enters ``user_code`` at ``url``, within ``seconds``.

    ``interval`` is how many seconds there are to be between two questions.
    """

    code: str = field(repr=False)
    user_code: str
    url: str
    seconds: int
    interval: int


class Session:
    """What one client can ask its provider; ``secret`` is the client's, None where it has none."""

    def __init__(self, client: Client, secret: str | None) -> None:
        self.client = client
        self._identity = {"client_id": client.id}
        if secret is not None:
            self._identity["client_secret"] = secret

    def device(self) -> Device:
        """Ask for a device code (RFC 8628 section 3.1)."""
        url = self.client.device_url
        if url is None:
            raise MailgateError(f"no address for device codes of {self.client.provider} is known")
        said = post_form(url, {**self._identity, "scope": self.client.scope})
        place = said.get("verification_uri") or said.get("verification_url")
        return Device(
            code=_token(url, said, "device_code"),
            user_code=_shown(url, "user_code", said.get("user_code")),
            url=_shown(url, "verification_uri", place, link=True),
            seconds=_seconds(said.get("expires_in")) or CODE,
            interval=min(_seconds(said.get("interval")) or POLL, SLOWEST),
        )

    def device_tokens(self, device: Device, now: int) -> Tokens | None:
        """Ask whether the person has agreed: tokens, or None where that may still come.

        Raises RefusedError; its ``code`` is ``slow_down`` where questions come too often.
        """
        fields = {"grant_type": DEVICE_GRANT, "device_code": device.code}
        try:
            return self._tokens(fields, now)
        except RefusedError as refused:
            if refused.code == "authorization_pending":
                return None
            raise

    def code_tokens(self, code: str, verifier: str, now: int) -> Tokens:
        """Give a code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5)."""
        return self._tokens(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.client.redirect_uri,
                "code_verifier": verifier,
            },
            now,
        )

    def refreshed(self, refresh_token: str, now: int) -> Tokens:
        """Return new tokens; the refresh token among them is the old one where none is new."""
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._tokens(fields, now, refresh_token)

    def _tokens(self, fields: dict[str, str], now: int, refresh_token: str | None = None) -> Tokens:
        url = self.client.token_url
        said = post_form(url, {**self._identity, **fields})
        kind = said.get("token_type", "bearer")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise ReplyError(f"{host_of(url)} gave a token that is not of type bearer")
        new = _token(url, said, "refresh_token") if said.get("refresh_token") else refresh_token
        left = _seconds(said.get("refresh_token_expires_in", said.get("refresh_expires_in")))
        return Tokens(
            access_token=_token(url, said, "access_token"),
            access_end=now + (_seconds(said.get("expires_in")) or ACCESS),
            refresh_token=new,
            refresh_end=None if left is None else now + left,
        )


def authorization_url(client: Client, user: str, state: str, verifier: str) -> str:
    """Return the address where a person agrees (RFC 6749 section 4.1.1, PKCE by S256)."""
    if client.authorization_url is None:
        raise MailgateError(f"no address where one can agree at {client.provider} is known")
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "scope": client.scope,
            "state": state,
            "code_challenge": code_challenge(verifier),
            "code_challenge_method": "S256",
            "login_hint": user,
        }
    )
    joint = "&" if urlsplit(client.authorization_url).query else "?"
    return client.authorization_url + joint + query


def code_challenge(verifier: str) -> str:
    """Return the challenge of a verifier (RFC 7636 section 4.2, S256)."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def pasted_code(text: str, state: str) -> str:
    """Return the code in what a person pasted: the address the browser ended at, or the code.

    Raises MailgateError where it has none, or is the answer to another request.
    """
    text = "".join(text.split())
    if len(text) > MAX_TOKEN or not text.isascii() or not text.isprintable():
        raise MailgateError("this is no code: paste the address the browser ended at")
    if "=" not in text or not text.partition("?")[1]:
        return _bare_code(text)
    try:
        found = parse_qs(urlsplit(text).query, max_num_fields=30)
    except ValueError:
        found = {}
    if found.get("state") != [state]:
        raise MailgateError("this address answers another request: open the new one, and agree")
    if "error" in found:
        raise MailgateError(f"the provider said no: {found['error'][0][:60]!a}")
    codes = found.get("code", [])
    if len(codes) != 1:
        raise MailgateError("this address has no code: paste the one the browser ended at")
    return codes[0]


def _bare_code(text: str) -> str:
    if not text or "://" in text:
        raise MailgateError("there is no code in this: paste the address the browser ended at")
    return text


def _token(url: str, said: dict[str, object], key: str) -> str:
    value = said.get(key)
    fits = isinstance(value, str) and 0 < len(value) <= MAX_TOKEN
    if isinstance(value, str) and fits and all("!" <= c <= "~" for c in value):
        return value
    raise ReplyError(f"{host_of(url)} gave no {key} that can be used")


def _shown(url: str, key: str, value: object, *, link: bool = False) -> str:
    """Return what a person is to read: a short line, or an address on the web."""
    fits = isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable()
    starts = ("https://", "http://") if link else ""
    if isinstance(value, str) and fits and value.startswith(starts):
        return value
    raise ReplyError(f"{host_of(url)} gave no {key} that can be shown")


def _seconds(value: object) -> int | None:
    """Return a number of seconds from 1 on, bounded; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return None
    return min(int(value), LONGEST) if value >= 1 else None
