"""A real Courier in a private folder: its imapd and courierpop3d, unpacked into build/courier.

Courier's log-in needs a daemon at a fixed place, so a front of the tests stands there instead: it
takes user and password, and hands the connection to Courier as Courier's own log-in does. Plain
text, for one user whose password is the tests'. Needs no root.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

from system.dovecot import PASSWORD
from system.machine import REPOSITORY

UNPACKED = REPOSITORY / "build" / "courier"
LIBRARIES = ("usr/lib", "usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")
IMAP = UNPACKED / "usr" / "bin" / "imapd"
POP3 = UNPACKED / "usr" / "lib" / "courier" / "courier" / "courierpop3d"
CAPABILITIES = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE"

ENVIRONMENT = {
    "LD_LIBRARY_PATH": ":".join(str(UNPACKED / each) for each in LIBRARIES),
    "AUTHENTICATED": "anyone",
    "TCPREMOTEIP": "127.0.0.1",
    "IMAP_CAPABILITY": CAPABILITIES,
    "IMAP_STARTTLS": "NO",
    "IMAP_USELOCKS": "0",
}


class Courier:
    """The server of one Maildir; ``with`` starts and stops it. ``imap`` and ``pop3`` are ports."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._serial = count(1)
        self._listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.imap, self.pop3 = (each.getsockname()[1] for each in self._listeners)
        self._children: list[subprocess.Popen[bytes]] = []
        self._make("")

    def _make(self, folder: str) -> Path:
        path = self._root / "Maildir" / folder
        for part in ("cur", "new", "tmp"):
            (path / part).mkdir(parents=True, exist_ok=True)
        if folder:
            (path / "maildirfolder").touch()
        return path

    def __enter__(self) -> Courier:
        for listener, front in zip(self._listeners, (self._imap, self._pop3), strict=True):
            threading.Thread(target=self._serve, args=(listener, front), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for child in self._children:
            child.kill()
            child.wait()

    def put(self, message: bytes, folder: str = "", at: float = 0) -> None:
        """Lay a message into a folder, named as Maildir++ does (``.Work``); it arrived ``at``."""
        name = f"{1700000000 + next(self._serial)}.M1P{os.getpid()}.test"
        path = self._make(folder) / "new" / name
        path.write_bytes(message)
        if at:
            os.utime(path, (at, at))

    def files(self, folder: str = "") -> dict[str, str]:
        """Return a folder's messages, by file name, with their flags (``S`` is seen).

        Courier still deletes after it has said goodbye; it is waited for.
        """
        for child in self._children:
            child.wait(timeout=20)
        path = self._make(folder)
        names = [each.name for part in ("cur", "new") for each in (path / part).iterdir()]
        return {name.partition(":")[0]: name.partition(":2,")[2] for name in sorted(names)}

    def _serve(self, listener: socket.socket, front: Callable[[socket.socket], None]) -> None:
        with suppress(OSError):
            while True:
                connected, _ = listener.accept()
                threading.Thread(target=front, args=(connected,), daemon=True).start()

    def _imap(self, connected: socket.socket) -> None:
        """Greet and log in as imaplogin does."""
        with connected, suppress(OSError):
            connected.sendall(
                f"* OK [CAPABILITY {CAPABILITIES} SASL-IR AUTH=PLAIN] hi\r\n".encode()
            )
            while line := _line(connected):
                tag, _, command = line.partition(" ")
                word, *rest = command.split(" ")
                if word == "AUTHENTICATE" and b64decode(rest[1]).decode().endswith(f"\0{PASSWORD}"):
                    self._hand_over(connected, IMAP, tag)
                    return
                if word == "CAPABILITY":
                    connected.sendall(f"* CAPABILITY {CAPABILITIES} AUTH=PLAIN\r\n".encode())
                    connected.sendall(f"{tag} OK done\r\n".encode())
                else:
                    connected.sendall(f"{tag} NO Login failed.\r\n".encode())

    def _pop3(self, connected: socket.socket) -> None:
        """Greet and log in as courierpop3login does."""
        with connected, suppress(OSError):
            connected.sendall(b"+OK Hello there.\r\n")
            while line := _line(connected):
                if line == f"PASS {PASSWORD}":
                    self._hand_over(connected, POP3)
                    return
                if line == "CAPA":
                    connected.sendall(b"+OK\r\nTOP\r\nUSER\r\nUIDL\r\n.\r\n")
                elif line.startswith("USER "):
                    connected.sendall(b"+OK Password required.\r\n")
                else:
                    connected.sendall(b"-ERR Login failed.\r\n")

    def _hand_over(self, connected: socket.socket, program: Path, tag: str = "") -> None:
        """Start the server on the connection; imapd greets anew, which is made the tag's OK."""
        child = subprocess.Popen(
            [str(program), "Maildir"],
            stdin=connected.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._root,
            env=ENVIRONMENT,
        )
        self._children.append(child)
        if child.stdout is None:
            return
        while tag and not child.stdout.readline().startswith(b"* PREAUTH"):
            continue
        connected.sendall(f"{tag} OK LOGIN Ok.\r\n".encode() if tag else b"")
        while data := os.read(child.stdout.fileno(), 65536):
            connected.sendall(data)


def _line(connected: socket.socket) -> str:
    """Read a line byte by byte: what follows it is Courier's to read."""
    line = b""
    while not line.endswith(b"\n"):
        byte = connected.recv(1)
        if not byte:
            return ""
        line += byte
    return line.decode().rstrip("\r\n")
