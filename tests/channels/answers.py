"""What a provider, or whoever stands in its place, may answer to a form."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

Answer = Callable[[BaseHTTPRequestHandler], None]
"""What is done in place of the right answer."""


def say(status: int, said: object, kind: str = "application/json;charset=UTF-8") -> Answer:
    """Answer with a JSON document, or with bytes as they are."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def deny(code: str, description: str = "", status: int = 400) -> Answer:
    """Answer with an error of RFC 6749 section 5.2."""
    return say(status, {"error": code, "error_description": description})


def redirect(address: str, status: int = 307) -> Answer:
    """Send the client elsewhere, its form with it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Location", address)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def raw(*pieces: bytes, forever: bytes = b"", pause: float = 0.0) -> Answer:
    """Write bytes that need not be HTTP, then ``forever`` again and again until nobody reads."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        for piece in pieces:
            handler.wfile.write(piece)
        while forever:
            handler.wfile.write(forever)
            handler.wfile.flush()
            if pause:
                threading.Event().wait(pause)
        handler.close_connection = True

    return answer


def silence(seconds: float) -> Answer:
    """Say nothing for a while."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        threading.Event().wait(seconds)
        handler.close_connection = True

    return answer
