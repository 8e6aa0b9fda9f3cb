"""A connection to an SMTP server up to the point where letters can be sent, and its replies.

The standard library's client would wait for each line anew and read replies without end; here
every wait has a limit, and every reply a size.
"""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from time import monotonic

from mailgate.channels import tls
from mailgate.channels.outgoing import one_line
from mailgate.channels.reply import CLOSING, Reply
from mailgate.errors import ConfigurationError, TemporaryError

MAX_LINE = 4096
"""Bytes of one line of a reply; RFC 5321 section 4.5.3.1.5 allows 512."""
MAX_LINES = 128
_ADDRESSES = 8
"""Addresses of a host that are tried."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that are waited: for a connection, for TLS and login altogether, for one reply, for
    the reply to the end of a letter (RFC 5321 section 4.5.3.2), for one letter altogether, and
    for the reply to QUIT."""

    connect: float = 30.0
    opening: float = 300.0
    reply: float = 300.0
    taken: float = 600.0
    letter: float = 1200.0
    quit: float = 5.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach the server; ``security`` is none, starttls or tls.

    ``secret`` returns the password of ``user``, and is called when TLS has been established;
    without a user there is no login. ``helo`` is what the server is told this machine is called;
    without it, its name, or its address where the name has no domain.
    """

    host: str
    port: int
    security: str = "none"
    user: str | None = None
    secret: Callable[[], str] | None = field(default=None, repr=False)
    helo: str | None = None
    times: Times = field(default_factory=Times)


class BrokenError(Exception):
    """The connection cannot be used any further.

    ``reply`` is the refusal of the letter that the server sent before, None where it sent none.
    """

    def __init__(self, text: str, reply: Reply | None = None) -> None:
        super().__init__(text)
        self.reply = reply


class Session:
    """A connected server: ``features`` are its extensions by name, with their parameters."""

    def __init__(self, connected: socket.socket, host: str) -> None:
        self.host = host
        self.features: dict[str, str] = {}
        self._socket = connected
        self._buffer = bytearray()

    def send(self, data: bytes, until: float) -> None:
        """Write all of it by then (monotonic seconds); raises BrokenError."""
        try:
            self._socket.settimeout(max(0.001, until - monotonic()))
            self._socket.sendall(data)
        except TimeoutError:
            raise BrokenError(f"{self.host} does not read what it is sent") from None
        except OSError as error:
            raise BrokenError(f"{self.host}: {error.strerror or error}") from None

    def reply(self, until: float) -> Reply:
        """Read one reply by then (monotonic seconds); raises BrokenError, also for code 421."""
        lines: list[str] = []
        while len(lines) < MAX_LINES:
            line = self._line(until)
            if line[:4] == b"250 " and not lines:
                return Reply(250, (line[4:].decode("utf-8", "replace"),))
            code, mark = line[:3], line[3:4]
            if not (code.isdigit() and code[:1] in b"2345" and mark in (b"", b" ", b"-")):
                raise BrokenError(f"{self.host} does not speak SMTP: {one_line(ascii(line))[:80]}")
            lines.append(line[4:].decode("utf-8", "replace"))
            if mark != b"-":
                reply = Reply(int(code), tuple(lines))
                if reply.code == CLOSING:
                    raise BrokenError(f"{self.host}: {reply.text}")
                return reply
        raise BrokenError(f"{self.host} sends a reply without end")

    def _line(self, until: float) -> bytes:
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                return line.removesuffix(b"\r")
            if len(self._buffer) > MAX_LINE:
                raise BrokenError(f"{self.host} sends a line without end")
            self._receive(until)

    def _receive(self, until: float) -> None:
        left = until - monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            data = self._socket.recv(MAX_LINE)
        except TimeoutError:
            raise BrokenError(f"{self.host} does not answer in time") from None
        except OSError as error:
            raise BrokenError(f"{self.host}: {error.strerror or error}") from None
        if not data:
            raise BrokenError(f"{self.host} closed the connection")
        self._buffer += data

    def command(self, line: str, until: float) -> Reply:
        """Send one line and return the reply to it."""
        self.send(line.encode() + b"\r\n", until)
        return self.reply(until)

    def begin_tls(self, until: float) -> None:
        """Go on encrypted; what came in before is not listened to."""
        if self._buffer:
            raise BrokenError(f"{self.host} talks before TLS begins: somebody may be in between")
        self._socket.settimeout(max(0.001, until - monotonic()))
        self._socket = tls.wrap(self._socket, self.host)
        self.features = {}

    @property
    def private(self) -> bool:
        """Tell whether nobody else can read along."""
        if isinstance(self._socket, ssl.SSLSocket):
            return True
        try:
            address = self._socket.getpeername()[0]
        except OSError:
            return False
        return ip_address(address.partition("%")[0]).is_loopback

    def name(self) -> str:
        """Return what this machine calls itself where nothing is configured."""
        name = socket.gethostname()
        if "." in name and all(c.isascii() and (c.isalnum() or c in "-.") for c in name):
            return name
        address = self._socket.getsockname()[0].partition("%")[0]
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def close(self) -> None:
        """Drop the connection; never raises."""
        with suppress(OSError):
            self._socket.close()


def open_session(settings: Settings) -> Session:
    """Connect, begin TLS and log in, as the settings say.

    Raises TemporaryError, in one line without the password, where that cannot be done.
    """
    until = monotonic() + settings.times.opening
    session = Session(_connect(settings), settings.host.strip("[]"))
    try:
        if settings.security == "tls":
            session.begin_tls(until)
        _greeted(session, until)
        _hello(session, settings, until)
        if settings.security == "starttls":
            _start_tls(session, settings, until)
        if settings.user is not None and settings.secret is not None:
            _login(session, settings.user, settings.secret, until)
    except BrokenError as error:
        session.close()
        raise TemporaryError(str(error)) from None
    except BaseException:
        session.close()
        raise
    return session


def _connect(settings: Settings) -> socket.socket:
    host = settings.host.strip("[]")
    problem: object = "it has no address"
    until = monotonic() + settings.times.connect
    try:
        found = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TemporaryError(f"{host}: {getattr(error, 'strerror', None) or error}") from None
    for family, kind, protocol, _, address in found[:_ADDRESSES]:
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(max(0.001, until - monotonic()))
            connected.connect(address)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connected.close()
            problem = error.strerror or error
        else:
            return connected
    raise TemporaryError(f"cannot connect to {host} port {settings.port}: {problem}")


def _greeted(session: Session, until: float) -> None:
    reply = session.reply(until)
    if reply.code != 220:
        raise TemporaryError(f"{session.host} takes no mail now: {reply.text}")


def _hello(session: Session, settings: Settings, until: float) -> None:
    """Introduce ourselves (RFC 5321 section 4.1.1.1) and note what the server can do."""
    name = settings.helo or session.name()
    reply = session.command(f"EHLO {name}", until)
    if not reply.positive:
        reply = session.command(f"HELO {name}", until)
        if not reply.positive:
            raise TemporaryError(f"{session.host} does not greet {name}: {reply.text}")
        return
    for line in reply.lines[1:]:
        keyword, _, parameters = line.replace("=", " ", 1).strip().partition(" ")
        session.features[keyword.upper()] = parameters.strip()


def _start_tls(session: Session, settings: Settings, until: float) -> None:
    """Begin TLS (RFC 3207); where it is not offered nothing is sent, for somebody may hide it."""
    if "STARTTLS" not in session.features:
        raise ConfigurationError(
            f"{session.host} does not offer STARTTLS, so nothing is sent: if that is right, set"
            ' security = "tls" or "none" in [outgoing]'
        )
    reply = session.command("STARTTLS", until)
    if reply.code != 220:
        raise TemporaryError(f"{session.host} does not begin TLS: {reply.text}")
    session.begin_tls(until)
    _hello(session, settings, until)


def _login(session: Session, user: str, secret: Callable[[], str], until: float) -> None:
    """Log in with PLAIN (RFC 4616) or LOGIN (RFC 4954); never where others can read along."""
    if not session.private:
        raise ConfigurationError(
            f"{session.host} is another machine and there is no TLS, so no password is sent: set"
            ' security = "tls" or "starttls" in [outgoing]'
        )
    offered = session.features.get("AUTH", "").upper().split()
    if "PLAIN" not in offered and "LOGIN" not in offered:
        raise ConfigurationError(
            f"{session.host} offers no login by password"
            + (f", only {one_line(' '.join(offered))[:80]}" if offered else "")
        )
    password = secret()
    plain = _base64(f"\0{user}\0{password}")
    words = [f"AUTH PLAIN {plain}"] if "PLAIN" in offered else ["AUTH LOGIN", _base64(user)]
    if "PLAIN" not in offered:
        words.append(_base64(password))
    for word in words:
        reply = session.command(word, until)
        if reply.code != 334:
            break
    if reply.code != 235:
        said = reply.text
        for hidden in (plain, _base64(password), password):
            said = said.replace(hidden, "***")
        raise ConfigurationError(f"{session.host} refuses the login of {user}: {said}")


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
