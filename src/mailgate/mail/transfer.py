"""Transfer encodings (RFC 2045 section 6): from the body of a part to its bytes."""

from __future__ import annotations

import binascii

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_SPACE = b" \t\r\n"
_AS_THEY_ARE = ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none")
_SAMPLE = 4096
_MAX_SEGMENTS = 1000


def decode(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """Return the bytes that ``data`` stands for in a transfer encoding, and a defect or None.

    What does not look like its encoding is returned as it is.
    """
    name = encoding[:80].partition(";")[0].partition("(")[0].strip(" \t\"'").lower()
    if name in _AS_THEY_ARE:
        return data, None
    if name in ("quoted-printable", "quotedprintable", "qp"):
        return binascii.a2b_qp(data), None
    if name in ("base64", "base-64", "b64"):
        return _base64(data)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        from mailgate.mail import uuencode

        blocks = uuencode.split(data)[1]
        return (blocks[0][1], None) if blocks else (data, "transfer-encoding-wrong")
    return data, "transfer-encoding-unknown"


def _base64(data: bytes) -> tuple[bytes, str | None]:
    end = data.find(b"=")
    sample = data[: end if end > 3 else _SAMPLE][:_SAMPLE].strip(_SPACE)
    strange = len(sample.translate(None, _ALPHABET + b"\t\r\n"))
    if strange * 10 > len(sample):
        return data, "transfer-encoding-wrong"
    if 0 <= end < len(data.rstrip(_SPACE)) - 2:
        return _segments(data)
    try:
        return binascii.a2b_base64(data), None
    except binascii.Error:
        return _truncated(data), "base64-truncated"


def _segments(data: bytes) -> tuple[bytes, str | None]:
    """Return what stands in several padded pieces; text after the padding is no base64."""
    out: list[bytes] = []
    pieces = data.replace(b"==", b"=").split(b"=", _MAX_SEGMENTS)
    for number, piece in enumerate(pieces):
        core = piece.translate(None, _SPACE)
        if number and core.translate(None, _ALPHABET):
            return b"".join(out), "base64-trailing-text"
        if number and number == len(pieces) - 1 and len(core) % 4:
            return b"".join(out), "base64-trailing-text"
        out.append(_truncated(core))
    return b"".join(out), None


def _truncated(data: bytes) -> bytes:
    """Return what the whole and the begun groups of four characters still tell."""
    for padded in (data + b"==", data + b"=", data.rstrip(_SPACE + b"=")[:-1]):
        try:
            return binascii.a2b_base64(padded)
        except binascii.Error:
            continue
    return b""
