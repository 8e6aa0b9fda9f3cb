"""A small SMTP server that throws away what it takes: ``python sink.py 127.0.0.1:PORT BACKLOG``.

It answers as fast as a thread can, in one write for all the commands that came in together, as
servers that know PIPELINING do.
"""

from __future__ import annotations

import socket
import sys
import threading

_HELLO = b"250-sink\r\n250-PIPELINING\r\n250-SIZE 100000000\r\n250 8BITMIME\r\n"
_REPLIES = {b"EHLO": _HELLO, b"DATA": b"354 go ahead\r\n", b"QUIT": b"221 2.0.0 bye\r\n"}
_END = b"\r\n.\r\n"


def serve(connected: socket.socket) -> None:
    """Hold one conversation."""
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.sendall(b"220 sink\r\n")
    buffer, in_data = b"", False
    while data := connected.recv(1 << 18):
        buffer += data
        replies = b""
        while True:
            line, end, rest = buffer.partition(_END if in_data else b"\r\n")
            if not end:
                break
            buffer = rest
            if in_data:
                replies += b"250 2.0.0 taken\r\n"
                in_data = False
            else:
                verb = line[:4].upper()
                replies += _REPLIES.get(verb, b"250 2.1.0 ok\r\n")
                in_data = verb == b"DATA"
        if replies:
            connected.sendall(replies)


def main() -> None:
    """Serve until the process is ended."""
    host, _, port = sys.argv[1].partition(":")
    listener = socket.create_server((host, int(port)), backlog=int(sys.argv[2]))
    while True:
        connected, _ = listener.accept()
        threading.Thread(target=serve, args=(connected,), daemon=True).start()


if __name__ == "__main__":
    main()
