"""An SMTP server for tests: it behaves, unless it is told how not to, and remembers everything."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

EXTENSIONS = ("PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
CLOSE = "close"
"""As an answer: close the connection without one."""
SILENCE = "silence"
"""As an answer: say nothing, and wait for the client to go away."""
END_OF_DATA = "."
"""What ``answer`` is asked when a letter has come in whole."""


@dataclass(frozen=True)
class Mail:
    """A letter as it came in: MAIL and RCPT as they were written, the data without doubled dots."""

    mail: str
    recipients: tuple[str, ...]
    data: bytes

    @property
    def recipient(self) -> str:
        (recipient,) = self.recipients
        return recipient


@dataclass
class SmtpServer:
    """Listens on a port of 127.0.0.1 while it is entered.

    ``answer`` is asked for each line that comes in, with the number of the connection from 1 on;
    None means the ordinary answer. ``greeting`` likewise. ``login`` is user and password.
    """

    extensions: tuple[str, ...] = EXTENSIONS
    answer: Callable[[str, int], str | bytes | None] = lambda line, connection: None
    greeting: Callable[[int], str | bytes] = lambda connection: "220 ready"
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    login: tuple[str, str] | None = None
    mails: list[Mail] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    connections: int = 0
    secured: list[str] = field(default_factory=list)
    """The lines that came in encrypted."""

    def __enter__(self) -> SmtpServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def recipients(self) -> list[str]:
        """Return to whom letters came, in their order."""
        return [mail.recipient for mail in self.mails]

    def _listen(self) -> None:
        while True:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(
                target=self._serve, args=(connected, self.connections), daemon=True
            ).start()

    def _serve(self, connected: socket.socket, number: int) -> None:
        with suppress(OSError, ValueError), connected:
            if self.implicit and self.tls is not None:
                connected = self.tls.wrap_socket(connected, server_side=True)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Conversation(self, connected, number).hold()


class Conversation:
    """One connection from its greeting to its end."""

    def __init__(self, server: SmtpServer, connected: socket.socket, number: int) -> None:
        self.server = server
        self.socket = connected
        self.number = number
        self.file = connected.makefile("rb")
        self.mail = ""
        self.rcpt: list[str] = []

    def hold(self) -> None:
        if not self.say(self.server.greeting(self.number)):
            return
        while line := self.file.readline(100_000):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.server.lines.append(text)
            if isinstance(self.socket, ssl.SSLSocket):
                self.server.secured.append(text)
            said = self.server.answer(text, self.number) or self.ordinary(text)
            if not self.say(said) or text == "QUIT":
                return
            if text == "STARTTLS" and self.server.tls is not None and said[:3] == "220":
                self.socket = self.server.tls.wrap_socket(self.socket, server_side=True)
                self.file = self.socket.makefile("rb")

    def say(self, text: str | bytes) -> bool:
        """Send a reply; False where the conversation is over."""
        if text == CLOSE:
            self.socket.shutdown(socket.SHUT_RDWR)
            return False
        if text == SILENCE:
            while self.socket.recv(65536):
                pass
            return False
        self.socket.sendall(text if isinstance(text, bytes) else text.encode() + b"\r\n")
        if isinstance(text, str) and text[:3] == "421":
            self.socket.shutdown(socket.SHUT_RDWR)
            return False
        return not (isinstance(text, str) and text[:4] == "354 ") or self.data()

    def data(self) -> bool:
        """Take a letter in and answer it."""
        lines = []
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line[:1] == b"." else line)
        if not self.rcpt:
            return self.say("554 5.5.1 no valid recipients")
        said = self.server.answer(END_OF_DATA, self.number) or "250 2.0.0 taken"
        if isinstance(said, bytes) or said[:1] not in "45":
            self.server.mails.append(Mail(self.mail, tuple(self.rcpt), b"".join(lines)))
        self.mail, self.rcpt = "", []
        return self.say(said)

    def ordinary(self, line: str) -> str:
        verb = line.partition(" ")[0].upper()
        if verb in ("EHLO", "HELO"):
            tls = self.server.tls and not isinstance(self.socket, ssl.SSLSocket)
            offered = [*self.server.extensions, *(["STARTTLS"] if tls else [])]
            if self.server.login:
                offered.append("AUTH PLAIN LOGIN")
            lines = ["test", *offered] if verb == "EHLO" else ["test"]
            return "\r\n".join(
                f"250{'-' if at < len(lines) - 1 else ' '}{text}" for at, text in enumerate(lines)
            )
        if verb == "MAIL":
            if self.mail:
                return "503 5.5.1 nested MAIL"
            self.mail = line
            return "250 2.1.0 ok"
        if verb == "RCPT":
            if not self.mail:
                return "503 5.5.1 MAIL first"
            self.rcpt.append(line.partition("<")[2].rpartition(">")[0])
            return "250 2.1.5 ok"
        if verb == "DATA":
            return "354 go ahead" if self.rcpt else "554 5.5.1 no valid recipients"
        if verb == "RSET":
            self.mail, self.rcpt = "", []
            return "250 2.0.0 ok"
        if verb == "STARTTLS":
            return "220 2.0.0 go ahead" if self.server.tls else "502 5.5.1 no TLS"
        if verb == "AUTH":
            return self.authenticate(line)
        return "221 2.0.0 bye" if verb == "QUIT" else "500 5.5.2 what?"

    def authenticate(self, line: str) -> str:
        _, mechanism, *rest = line.split()
        if mechanism == "PLAIN":
            _, user, password = base64.b64decode(rest[0]).decode().split("\0")
        else:
            user, password = self.ask("VXNlcm5hbWU6"), self.ask("UGFzc3dvcmQ6")
        if (user, password) == self.server.login:
            return "235 2.7.0 welcome"
        return "535 5.7.8 who are you?"

    def ask(self, prompt: str) -> str:
        self.socket.sendall(f"334 {prompt}\r\n".encode())
        line = self.file.readline().decode().strip()
        self.server.lines.append(line)
        return base64.b64decode(line).decode()


def refusing(**replies: str) -> Callable[[str, int], str | None]:
    """Return an ``answer``: the reply for a line that has the text of the key in it.

    In a key, ``_at_`` stands for ``@``; ``end`` is the end of the data.
    """
    known = {key.replace("_at_", "@").replace("end", "."): text for key, text in replies.items()}

    def answer(line: str, connection: int) -> str | None:
        for key, text in known.items():
            if (line == key) if key == END_OF_DATA else (key in line):
                return text
        return None

    return answer
