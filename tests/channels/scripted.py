"""Mail servers that say exactly what a test wants them to say, right or wrong.

A script is a table: what the client's line begins with, and what is answered. `%T` is the tag.
An answer may be a function, which talks as it likes; without an answer nothing is said.
"""

from __future__ import annotations

import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress

from mailgate.channels.mailbox import Mechanism, Security, Settings

SECRET = "s3cret pass%word"


class Talk:
    """One connection, as the server sees it."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._file = connected.makefile("rb")

    def send(self, data: bytes) -> None:
        """Say something."""
        self._socket.sendall(data)

    def line(self) -> bytes:
        """Return the client's next line without CRLF; empty at the end."""
        return self._file.readline(1 << 20).rstrip(b"\r\n")

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Begin TLS."""
        self._socket = context.wrap_socket(self._socket, server_side=True)
        self._file = self._socket.makefile("rb")

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


ENDS = {b"SIZES": b"(UID RFC822.SIZE)", b"BODIES": b"(UID BODY.PEEK[])"}
"""Keys of a script for lines that are known by their end."""
Answer = bytes | Callable[[Talk, bytes], None]
Script = Mapping[bytes, Answer]


class Scripted:
    """A server on a port of the loopback interface; ``seen`` has all lines that came in."""

    def __init__(
        self, greeting: Answer, script: Script, *, tags: bool, tls: ssl.SSLContext | None = None
    ) -> None:
        """``tags``: lines begin with a tag, as in IMAP. ``tls``: at once, on each connection."""
        self._greeting = greeting
        self._script = script
        self._tags = tags
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._talks: list[Talk] = []
        self.port: int = self._listener.getsockname()[1]
        self.seen: list[bytes] = []

    def __enter__(self) -> Scripted:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for talk in self._talks:
            talk.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(connected,), daemon=True).start()

    def _talk(self, connected: socket.socket) -> None:
        connected.settimeout(20)
        talk = Talk(connected)
        self._talks.append(talk)
        with suppress(OSError, ValueError):
            if self._tls is not None:
                talk.start_tls(self._tls)
            self._say(talk, self._greeting, b"")
            while line := talk.line():
                self.seen.append(line)
                tag, _, command = line.partition(b" ") if self._tags else (b"", b"", line)
                self._say(talk, self._answer(command), tag)
        talk.close()

    def _answer(self, command: bytes) -> Answer:
        for name, end in ENDS.items():
            if command.endswith(end):
                command = name
        fitting = [key for key in self._script if command.upper().startswith(key)]
        return self._script[max(fitting, key=len)] if fitting else b""

    def _say(self, talk: Talk, answer: Answer, tag: bytes) -> None:
        if callable(answer):
            answer(talk, tag)
        elif answer:
            talk.send(answer.replace(b"%T", tag))

    def settings(
        self,
        *,
        security: Security = "plain",
        mechanism: Mechanism = "password",
        folder: str = "INBOX",
        after: str = "seen",
        user: str = "ann",
        timeout: float = 2.0,
        budget: float = 10.0,
        limit: int = 100_000,
    ) -> Settings:
        """Return the settings of a client of this server."""
        return Settings(
            host="localhost",
            port=self.port,
            user=user,
            secret=lambda: SECRET,
            security=security,
            mechanism=mechanism,
            folder=folder,
            after=after,
            timeout=timeout,
            budget=budget,
            limit=limit,
        )

    def heard_secret(self) -> bool:
        """Return whether the password came in, in any of the forms in which clients send it."""
        coded = b64encode(f"\0ann\0{SECRET}".encode())
        return any(SECRET.encode() in line or coded in line for line in self.seen)

    def commands(self) -> list[bytes]:
        """Return what came in, without tags."""
        return [line.partition(b" ")[2] if self._tags else line for line in self.seen]


IMAP_GREETING = b"* OK ready\r\n"
IMAP_SCRIPT: Script = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 UIDPLUS MOVE SASL-IR AUTH=PLAIN\r\n%T OK done\r\n",
    b"AUTHENTICATE": b"%T OK in\r\n",
    b"LOGIN": b"%T OK in\r\n",
    b"SELECT": (
        b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n%T OK [READ-WRITE] in\r\n"
    ),
    b"EXAMINE": (
        b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n%T OK [READ-ONLY] in\r\n"
    ),
    b"STATUS": b"%T OK done\r\n",
    b"LOGOUT": b"* BYE bye\r\n%T OK out\r\n",
    b"UID STORE": b"%T OK done\r\n",
    b"UID EXPUNGE": b"%T OK done\r\n",
    b"UID COPY": b"%T OK done\r\n",
    b"UID MOVE": b"%T OK done\r\n",
    b"UID SEARCH": b"* SEARCH 5\r\n%T OK done\r\n",
    b"LIST": b'* LIST () "/" INBOX\r\n* LIST () "/" "Entw&APw-rfe"\r\n%T OK done\r\n',
}


def imap(
    changes: Script | None = None,
    greeting: Answer = IMAP_GREETING,
    tls: ssl.SSLContext | None = None,
) -> Scripted:
    """Return an IMAP server that does right but for the ``changes``."""
    return Scripted(greeting, {**IMAP_SCRIPT, **(changes or {})}, tags=True, tls=tls)


def sizes(messages: Mapping[int, bytes]) -> bytes:
    """Return what a server says of the sizes of its messages, by UID."""
    return b"".join(
        b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, uid, len(data))
        for number, (uid, data) in enumerate(messages.items(), start=1)
    )


def bodies(messages: Mapping[int, bytes]) -> bytes:
    """Return how a server hands over its messages, by UID."""
    return b"".join(
        b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (number, uid, len(data), data)
        for number, (uid, data) in enumerate(messages.items(), start=1)
    )


def holding(messages: Mapping[int, bytes]) -> Script:
    """Return the changes of an IMAP server that has these messages, whatever it is asked for."""
    return {
        b"SIZES": sizes(messages) + b"%T OK done\r\n",
        b"BODIES": bodies(messages) + b"%T OK done\r\n",
    }


POP3_GREETING = b"+OK ready\r\n"
POP3_SCRIPT: Script = {
    b"CAPA": b"+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n",
    b"USER": b"+OK\r\n",
    b"PASS": b"+OK\r\n",
    b"LIST": b"+OK\r\n1 20\r\n2 30\r\n.\r\n",
    b"UIDL": b"+OK\r\n1 one\r\n2 two\r\n.\r\n",
    b"RETR 1": b"+OK\r\nSubject: 1\r\n\r\none\r\n.\r\n",
    b"RETR 2": b"+OK\r\nSubject: 2\r\n\r\ntwo\r\n.\r\n",
    b"DELE": b"+OK\r\n",
    b"QUIT": b"+OK\r\n",
}


def pop3(
    changes: Script | None = None,
    greeting: Answer = POP3_GREETING,
    tls: ssl.SSLContext | None = None,
) -> Scripted:
    """Return a POP3 server that does right but for the ``changes``."""
    return Scripted(greeting, {**POP3_SCRIPT, **(changes or {})}, tags=False, tls=tls)
