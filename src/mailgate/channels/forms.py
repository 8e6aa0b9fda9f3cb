"""One form post to a provider, and its JSON: verified TLS, no redirect, all bounded.

What was sent never appears in an error: secrets that a reply repeats are cut out of it.
"""

from __future__ import annotations

import io
import json
import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import Any, cast
from urllib.parse import SplitResult, quote, quote_plus, urlencode, urlsplit

from mailgate.channels import tls
from mailgate.errors import ConfigurationError, MailgateError, TemporaryError
from mailgate.version import VERSION

SECONDS = 30.0
"""How long connecting, and then the whole exchange, may take."""
MAX_REPLY = 256 * 1024
"""Bytes of a reply, its header included."""
MAX_REASON = 200
"""Characters of a provider's own words that are shown."""
MAX_WORD = 40
"""Characters of one of these words: longer ones are tokens, or say nothing."""
MAX_URL = 2048
LOCAL = ("localhost", "127.0.0.1", "::1")
"""Hosts to which a form may go without TLS."""
PUBLIC = frozenset({"client_id", "grant_type", "redirect_uri", "scope"})
"""Fields of forms that are no secrets."""
PASSING = frozenset({"temporarily_unavailable", "server_error"})
"""Error codes (RFC 6749 section 4.1.2.1) that another try may not meet."""
WAITING = frozenset({"authorization_pending", "slow_down"})
"""Error codes (RFC 8628 section 3.5) that are no errors, whatever the status."""
BUSY = 429


class RefusedError(MailgateError):
    """The provider said no; ``code`` is the error code of RFC 6749 section 5.2 or RFC 8628."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


class ReplyError(TemporaryError):
    """The provider could not be reached, or gave nothing that can be used."""


def checked_url(text: str) -> str:
    """Return the address of an endpoint: https, or http to this machine.

    Raises ConfigurationError.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= MAX_URL
    if not plain or not _is_host(host) or "@" in parts.netloc or parts.fragment:
        raise ConfigurationError(f"{text[:80]!a} is no address of an endpoint: https://HOST/PATH")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL):
        raise ConfigurationError(f"{text[:80]!a} is not safe for tokens: it must be https://")
    return text


def _is_host(name: str | None) -> bool:
    return name is not None and all(0 < len(label) < 64 for label in name.split("."))


def host_of(url: str) -> str:
    """Return the host of an address."""
    return urlsplit(url).hostname or ""


def post_form(url: str, fields: Mapping[str, str]) -> dict[str, object]:
    """Send a form and return the JSON object of a success.

    Raises RefusedError where the reply says no, ConfigurationError where address or certificate
    cannot be trusted, else ReplyError.
    """
    status, kind, body = _exchange(checked_url(url), urlencode(fields).encode("ascii"))
    said = _object(body)
    if said is not None and ("error" in said or not 200 <= status < 300):
        raise _refusal(host_of(url), status, said, fields)
    if 300 <= status < 400:
        raise ReplyError(f"{host_of(url)} answered with a redirect, which is not followed")
    if said is None or not 200 <= status < 300:
        label = kind if kind.isascii() and kind.isprintable() and len(kind) <= 60 else "?"
        raise ReplyError(f"{host_of(url)} answered {status} with {label or '?'} instead of JSON")
    return said


def _exchange(url: str, form: bytes) -> tuple[int, str, bytes]:
    """Return status, media type and body of the answer to a post."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = _connection(parts)
    try:
        connection.connect()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, form, _HEADERS)
        # http.client bounds each wait, not their sum, and no body that has no length.
        watched = _Watched(connection.sock, monotonic() + SECONDS)
        response = HTTPResponse(cast("Any", watched), method="POST")
        response.begin()
        kind = (response.getheader("Content-Type") or "").partition(";")[0].strip()
        return response.status, kind, response.read(MAX_REPLY)
    except _TooMuchError:
        raise ReplyError(f"{host} gave an answer that does not end") from None
    except TimeoutError:
        raise ReplyError(f"{host} did not answer within {SECONDS:.0f} s") from None
    except ssl.SSLError as error:
        raise tls.refusal(host, error) from None
    except OSError as error:
        raise ReplyError(f"cannot reach {host}: {error.strerror or 'no answer'}") from None
    except (HTTPException, ValueError):
        raise ReplyError(f"{host} gave an answer that is not HTTP") from None
    finally:
        connection.close()


_HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/json",
    "Connection": "close",
    "User-Agent": f"mailgate/{VERSION}",
}


def _connection(parts: SplitResult) -> HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "http":
        return HTTPConnection(host, parts.port, timeout=SECONDS)
    return HTTPSConnection(host, parts.port, timeout=SECONDS, context=tls.context())


class _TooMuchError(Exception):
    """A reply is longer than any can be."""


class _Watched(io.RawIOBase):
    """The answer on a socket: bounded in bytes and in time, however slowly it drips."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._socket = connection
        self._until = until
        self._left = MAX_REPLY

    def makefile(self, _: str) -> io.BufferedReader:
        """Return it as the file that http.client reads."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for bytes, as long as there is time."""
        seconds = self._until - monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._socket.settimeout(seconds)
        count = self._socket.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise _TooMuchError
        return count


def _object(body: bytes) -> dict[str, object] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _refusal(
    host: str, status: int, said: dict[str, object], fields: Mapping[str, str]
) -> MailgateError:
    """Return the error for a reply that says no, in its own words as far as they are safe."""
    code = said.get("error")
    if not isinstance(code, str) or not 0 < len(code) <= 60 or not _is_code(code):
        code = ""
    reason = said.get("error_description")
    words = _safe(reason, fields) if isinstance(reason, str) else ""
    text = ": ".join(each for each in (_safe(code, fields), words) if each) or f"status {status}"
    if not code or code in PASSING or (code not in WAITING and (status >= 500 or status == BUSY)):
        return ReplyError(f"{host} could not answer: {text}")
    return RefusedError(f"{host} refused: {text}", code)


def _is_code(text: str) -> bool:
    return all(c.isalnum() or c in "_-." for c in text) and text.isascii()


def _safe(text: str, fields: Mapping[str, str]) -> str:
    """Return the first line of a text, bounded, without what was sent and without tokens."""
    for key, value in fields.items():
        if key not in PUBLIC and value:
            for spelled in (value, quote(value), quote_plus(value)):
                text = text.replace(spelled, "…")
    line = next((line for line in text[: 4 * MAX_REASON].splitlines() if line.strip()), "")
    plain = "".join(c if c.isprintable() else " " for c in line)
    words = [word if len(word) <= MAX_WORD else "…" for word in plain.split()]
    short = " ".join(words)
    return short if len(short) <= MAX_REASON else short[: MAX_REASON - 1] + "…"
