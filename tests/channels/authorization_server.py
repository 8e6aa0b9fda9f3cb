"""An authorization server on this machine for tests: RFC 6749, 7636, 8628, and hostile on demand.

It rotates refresh tokens; one that is used a second time ends the whole grant, as RFC 9700 section
4.14.2 has it. ``/introspect`` (RFC 7662) tells a mail server whose an access token is.
"""

from __future__ import annotations

import ssl
import threading
from base64 import urlsafe_b64encode
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from channels.answers import Answer, say

from mailgate.entities.grant import LOOPBACK, Client

CLIENT = "test-client"
SECRET = "s3cret-of-the-client"
SCOPE = "mail offline_access"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class DenialError(Exception):
    """An error of RFC 6749 section 5.2."""

    def __init__(self, code: str, description: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
        self.status = status


@dataclass
class Device:
    """A device code; the person is to enter ``user_code``."""

    code: str
    user_code: str
    user: str | None = None
    denied: bool = False


@dataclass
class AuthorizationServer:
    """The provider; ``requests`` has what it was asked: path and fields.

    ``answers`` are given in place of the right ones, in order. ``access_seconds`` and
    ``refresh_seconds`` are the lifetimes it says; ``rotates`` gives a new refresh token each time.
    """

    secret: str | None = None
    tls: ssl.SSLContext | None = None
    access_seconds: int = 3600
    refresh_seconds: int | None = None
    rotates: bool = True
    interval: int = 1
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)
    reused: int = 0

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.devices: list[Device] = []
        self._codes: dict[str, tuple[str, str, str]] = {}
        self._refresh: dict[str, tuple[str, bool]] = {}
        self._access: dict[str, tuple[str, float]] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign]
        if self.tls is not None:
            self._http.socket = self.tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> AuthorizationServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    def url(self, path: str) -> str:
        """Return the address of an endpoint."""
        return f"{'http' if self.tls is None else 'https'}://localhost:{self.port}/{path}"

    @property
    def options(self) -> list[str]:
        """What ``mailgate server authorize`` is told of this server."""
        said = ["--client-id", CLIENT, "--scope", SCOPE, "--token-url", self.url("token")]
        return [
            *said,
            *("--device-url", self.url("device")),
            *("--authorization-url", self.url("authorize")),
        ]

    def approve(self, user: str) -> None:
        """Enter the newest device code as that user, and agree."""
        self.devices[-1].user = user

    def agree(self, address: str, user: str) -> str:
        """Agree in a browser at an authorization address; return where the browser ends."""
        parts = urlsplit(address)
        assert parts.path == "/authorize"
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["scope"] == SCOPE
        assert asked["code_challenge_method"] == "S256"
        code = self._new("code")
        self._codes[code] = (user, asked["code_challenge"], asked["redirect_uri"])
        return f"{asked['redirect_uri']}?{urlencode({'state': asked['state'], 'code': code})}"

    def end_access(self) -> None:
        """End every access token, as when its time is over."""
        self._access.clear()

    def end_grants(self) -> None:
        """End every grant, as when a user changes the password."""
        self._refresh = {token: (user, True) for token, (user, _) in self._refresh.items()}
        self.end_access()

    def issued(self) -> list[str]:
        """Return every token there ever was, and the client's secret: what is to stay secret."""
        known = [*self._refresh, *self._access, *self._codes]
        return [*known, *(each.code for each in self.devices), self.secret or SECRET]

    def respond(self, path: str, fields: dict[str, str]) -> dict[str, object]:
        """Return the right answer to a form; raises DenialError."""
        if path == "/introspect":
            return self._introspect(fields.get("token", ""))
        if fields.get("client_id") != CLIENT or fields.get("client_secret") != self.secret:
            raise DenialError("invalid_client", "unknown client", 401)
        if path == "/device":
            return self._device(fields)
        if path != "/token":
            raise DenialError("invalid_request", "no such endpoint", 404)
        kinds = {
            DEVICE_GRANT: self._by_device,
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
        }
        return kinds[fields["grant_type"]](fields)

    def _device(self, fields: dict[str, str]) -> dict[str, object]:
        assert fields["scope"] == SCOPE
        number = next(self._numbers)
        device = Device(f"device-{number}-{'d' * 30}", f"WDJB-{number:04}")
        self.devices.append(device)
        return {
            "device_code": device.code,
            "user_code": device.user_code,
            "verification_uri": self.url("enter"),
            "expires_in": 900,
            "interval": self.interval,
        }

    def _by_device(self, fields: dict[str, str]) -> dict[str, object]:
        device = next((each for each in self.devices if each.code == fields["device_code"]), None)
        if device is None:
            raise DenialError("expired_token")
        if device.denied:
            raise DenialError("access_denied")
        if device.user is None:
            raise DenialError("authorization_pending")
        return self._tokens(device.user)

    def _by_code(self, fields: dict[str, str]) -> dict[str, object]:
        user, challenge, redirect = self._codes.pop(fields["code"], ("", "", ""))
        digest = sha256(fields["code_verifier"].encode()).digest()
        proof = urlsafe_b64encode(digest).decode().rstrip("=")
        if not user or proof != challenge or fields["redirect_uri"] != redirect:
            raise DenialError("invalid_grant", "wrong code, verifier or address")
        return self._tokens(user)

    def _by_refresh(self, fields: dict[str, str]) -> dict[str, object]:
        token = fields["refresh_token"]
        with self._lock:
            user, used = self._refresh.get(token, ("", True))
            if not user or used:
                self.reused += used and bool(user)
                self.end_grants()
                raise DenialError("invalid_grant", f"the token {token} is not valid any more")
            if self.rotates:
                self._refresh[token] = (user, True)
            return self._tokens(user, refresh=self.rotates)

    def _tokens(self, user: str, *, refresh: bool = True) -> dict[str, object]:
        access = self._new("access")
        self._access[access] = (user, time() + self.access_seconds)
        said: dict[str, object] = {"access_token": access, "token_type": "Bearer"}
        said["expires_in"] = self.access_seconds
        if refresh:
            said["refresh_token"] = self._new("refresh")
            self._refresh[str(said["refresh_token"])] = (user, False)
            if self.refresh_seconds is not None:
                said["refresh_token_expires_in"] = self.refresh_seconds
        return said

    def _introspect(self, token: str) -> dict[str, object]:
        user, end = self._access.get(token, ("", 0.0))
        if not user or time() >= end:
            return {"active": False}
        return {"active": True, "username": user, "scope": SCOPE, "client_id": CLIENT}

    def _new(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers)}-{'x' * 24}"


def _handler(server: AuthorizationServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            form = parse_qs(self.rfile.read(length).decode(), keep_blank_values=True)
            fields = {key: values[0] for key, values in form.items()}
            server.requests.append((self.path, fields))
            with suppress(OSError):
                if server.answers:
                    server.answers.popleft()(self)
                    return
                try:
                    say(200, server.respond(self.path, fields))(self)
                except DenialError as denial:
                    said = {"error": denial.code, "error_description": denial.description}
                    say(denial.status, said)(self)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def client_of(provider: AuthorizationServer) -> Client:
    """Return the client that the provider knows."""
    return Client(
        provider="test",
        id=CLIENT,
        secret_file=None,
        token_url=provider.url("token"),
        device_url=provider.url("device"),
        authorization_url=provider.url("authorize"),
        scope=SCOPE,
        redirect_uri=LOOPBACK,
    )
