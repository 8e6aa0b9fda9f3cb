"""A connection to a mail server that never waits for ever and never holds more than it must.

Every read and write has a time-out, all of them together a budget; a line has a greatest length;
what a server announces is read in pieces, so that an announcement costs nothing.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from time import monotonic
from typing import NoReturn

from mailgate.channels.mailbox import MailboxError, Settings
from mailgate.errors import ConfigurationError, TemporaryError

PIECE = 1 << 18
"""Bytes asked for in one read."""
MAX_LINE = 1 << 16


class Stream:
    """Lines and blocks over TCP or TLS; ``name`` is ``host:port``, for messages to people."""

    def __init__(self, settings: Settings) -> None:
        """Connect, with TLS at once where the settings want it so."""
        self.name = f"{settings.host}:{settings.port}"
        self.secure = False
        self._host = settings.host
        self._timeout = settings.timeout
        self._budget = settings.budget
        self._end = monotonic() + settings.budget
        self._data = b""
        self._at = 0
        self._socket = self._connect(settings.port)
        if settings.security == "tls":
            self.start_tls()

    def _connect(self, port: int) -> socket.socket:
        """Return a connection to the first of the host's addresses that answers."""
        # As bytes, a name that is ASCII needs no codec for names that are not.
        name = self._host.encode() if self._host.isascii() else self._host
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            text = getattr(error, "strerror", None) or "it is no host name"
            raise self._error(f"no address is known for it ({text})") from None
        problem: OSError = OSError("it has no address")
        for family, kind, protocol, _, address in found:
            connected = socket.socket(family, kind, protocol)
            try:
                connected.settimeout(self._patience())
                connected.connect(address)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                connected.close()
                problem = error
            else:
                return connected
        raise self._broken(problem) from None

    def start_tls(self) -> None:
        """Begin TLS on the connection as it is; nothing may have come after the agreement on it."""
        if self.waiting():
            self.fail("it sent more in plain text where TLS has to begin: not trusted")
        from mailgate.channels import tls

        try:
            self._socket.settimeout(self._patience())
            self._socket = tls.wrap(self._socket, self._host)
        except OSError as error:
            self.close()
            raise self._broken(error) from None
        except ConfigurationError as error:
            raise ConfigurationError(f"{error} (no password was sent)") from None
        except TemporaryError as error:
            raise MailboxError(f"{error} (no password was sent)") from None
        self.secure = True

    def waiting(self) -> bool:
        """Return whether something has been received that was not yet read."""
        return self._at < len(self._data)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        try:
            self._socket.settimeout(self._patience())
            self._socket.sendall(data)
        except OSError as error:
            self.close()
            raise self._broken(error) from None

    def line(self, most: int = MAX_LINE) -> bytes:
        """Return the next line without its line end (CRLF, or a bare LF); at most ``most`` long."""
        end = self._data.find(b"\n", self._at)
        if end >= 0:
            line = self._data[self._at : end]
            self._at = end + 1
        else:
            line = self._long_line(most)
        if len(line) > most:
            self.fail(f"it sends a line of more than {most} bytes")
        return line[:-1] if line.endswith(b"\r") else line

    def _long_line(self, most: int) -> bytes:
        """Return a line, with its CR, that is not yet received whole."""
        line = bytearray(self._data[self._at :])
        while len(line) <= most:
            self._data, self._at = self._receive(PIECE), 0
            end = self._data.find(b"\n")
            if end >= 0:
                self._at = end + 1
                line += self._data[:end]
                break
            line += self._data
        return bytes(line)

    def block(self, size: int) -> bytes:
        """Return exactly ``size`` bytes."""
        here = self._data[self._at : self._at + size]
        self._at += len(here)
        if len(here) == size:
            return here
        whole = bytearray(here)
        while len(whole) < size:
            whole += self._receive(min(PIECE, size - len(whole)))
        return bytes(whole)

    def skip(self, size: int) -> None:
        """Read ``size`` bytes and keep none of them."""
        here = min(size, len(self._data) - self._at)
        self._at += here
        size -= here
        while size:
            size -= len(self._receive(min(PIECE, size)))

    def peek(self, size: int) -> bytes:
        """Return the next ``size`` bytes, which are still to be read."""
        while len(self._data) - self._at < size:
            self._data, self._at = self._data[self._at :] + self._receive(PIECE), 0
        return self._data[self._at : self._at + size]

    def until(self, end: bytes, most: int, bear: int) -> tuple[int, bytes]:
        """Read up to and with ``end``: return how many bytes stood before it, and ``most`` of them.

        More than ``bear`` break the connection.
        """
        place = self._data.find(end, self._at)
        if place >= 0:
            found = self._data[self._at : place]
            self._at = place + len(end)
            return len(found), found[:most]
        kept, total, rest = bytearray(), 0, self._data[self._at :]
        while (place := rest.find(end)) < 0:
            sure = max(len(rest) - len(end) + 1, 0)
            kept += rest[: min(sure, most - len(kept))]
            total += sure
            if total > bear:
                self.fail(f"it sends more than {bear} bytes")
            rest = rest[sure:] + self._receive(PIECE)
        self._data, self._at = rest, place + len(end)
        kept += rest[: min(place, most - len(kept))]
        return total + place, bytes(kept)

    def close(self) -> None:
        """Drop the connection; never raises."""
        with suppress(OSError):
            self._socket.close()

    def fail(self, text: str) -> NoReturn:
        """Drop the connection and say why."""
        self.close()
        raise self._error(text)

    def _receive(self, most: int) -> bytes:
        try:
            self._socket.settimeout(self._patience())
            received = self._socket.recv(most)
        except OSError as error:
            self.close()
            raise self._broken(error) from None
        if not received:
            self.fail("it has closed the connection")
        return received

    def _patience(self) -> float:
        """Return how long may be waited now, in seconds."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return min(self._timeout, left)

    def _broken(self, error: OSError) -> MailboxError:
        if isinstance(error, TimeoutError) and monotonic() < self._end:
            return self._error(f"no answer within {self._timeout:g} s")
        if isinstance(error, TimeoutError):
            return self._error(f"not done within {self._budget:g} s")
        return self._error(f"the connection failed: {error.strerror or type(error).__name__}")

    def _error(self, text: str) -> MailboxError:
        return MailboxError(f"{self.name}: {text}")
