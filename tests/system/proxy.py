"""A way to a server that is bad at one chosen byte: it cuts, stalls, or changes what comes back."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Literal

Fault = Literal["none", "cut", "stall", "corrupt"]


class Proxy:
    """Listens on ``port`` and hands on to ``target``; at byte ``at`` of the answers it is bad.

    ``passed`` counts the bytes of answers that came through, of all connections together.
    """

    def __init__(self, target: int, fault: Fault = "none", at: int = 0) -> None:
        self._target = target
        self._fault = fault
        self._at = at
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.passed = 0

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target), timeout=20)
                self._open += (client, server)
                for pump in (self._asking, self._answering):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _asking(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _answering(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                place = self._at - self.passed
                if self._fault == "none" or not 0 <= place < len(data):
                    self.passed += len(data)
                    client.sendall(data)
                    continue
                if self._fault == "corrupt":
                    client.sendall(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
                    self.passed += len(data)
                    continue
                client.sendall(data[:place])
                if self._fault == "cut":
                    break
                return  # stalled: nothing more comes, and nothing ends
            client.shutdown(socket.SHUT_RDWR)
