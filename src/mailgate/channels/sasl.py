"""What a client says to log in, and what may be repeated of a server's answer to it.

PLAIN (RFC 4616), XOAUTH2 (Google's and Microsoft's own) and OAUTHBEARER (RFC 7628).
"""

from __future__ import annotations

from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Collection, Iterable

from mailgate.channels.mailbox import Settings
from mailgate.errors import ConfigurationError

_BY_TOKEN = {"XOAUTH2": "OAUTHBEARER", "OAUTHBEARER": "XOAUTH2"}
_MOST = 200
"""Characters that are quoted of what a server says."""
HIDDEN = "***"


class Login:
    """User and secret of one log-in, and how they are written."""

    def __init__(self, settings: Settings) -> None:
        """Ask for the secret. Raises ConfigurationError where it, or the user, cannot be sent."""
        self.user = settings.user
        self.secret = settings.secret()
        self.mechanism = {"password": "PLAIN"}.get(settings.mechanism, settings.mechanism.upper())
        self._host, self._port = settings.host, settings.port
        for what, value in (("user", self.user), ("password", self.secret)):
            if not value or not value.isprintable():
                problem = "has a control character" if value else "is empty"
                raise ConfigurationError(f"{self._host}: its {what} {problem}")

    def choose(self, offered: Collection[bytes]) -> None:
        """Take the other way to send a token where the server offers only that."""
        other = _BY_TOKEN.get(self.mechanism, self.mechanism)
        if self.mechanism.encode() not in offered and other.encode() in offered:
            self.mechanism = other

    def first(self) -> bytes:
        """Return the mechanism's only message, in base64."""
        token = f"auth=Bearer {self.secret}\1\1"
        if self.mechanism == "XOAUTH2":
            text = f"user={self.user}\1{token}"
        elif self.mechanism == "OAUTHBEARER":
            user = self.user.replace("=", "=3D").replace(",", "=2C")
            text = f"n,a={user},\1host={self._host}\1port={self._port}\1{token}"
        else:
            text = f"\0{self.user}\0{self.secret}"
        return b64encode(text.encode())

    def second(self) -> bytes:
        """Return the answer to a challenge, which only says that the token was refused."""
        return b64encode(b"\1") if self.mechanism == "OAUTHBEARER" else b""

    def quoted(self, answer: bytes) -> str:
        """Return what a server said, for people: short, printable, without the secret."""
        return quoted(answer, (self.secret, self.first().decode()))

    def complaint(self, challenge: bytes) -> str:
        """Return what a refusal's challenge (JSON in base64) says, or '' where it says nothing."""
        try:
            return self.quoted(a2b_base64(challenge)) if challenge else ""
        except Error:
            return ""


def quoted(said: bytes, hidden: Iterable[str] = ()) -> str:
    """Return a server's text for a message to people: one short line without what is ``hidden``."""
    text = said[: 16 * _MOST].decode("utf-8", "replace")
    for secret in hidden:
        text = text.replace(secret, HIDDEN)
    text = "".join(c if c.isprintable() else "?" for c in text).strip()
    return text if len(text) <= _MOST else text[: _MOST - 3] + "..."
