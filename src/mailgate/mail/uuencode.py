"""Files that stand uuencoded in a text, as mailers did before MIME."""

from __future__ import annotations

import binascii

MAX_FILES = 100


def split(text: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return ``text`` without its uuencoded blocks, and pairs of raw file name and content.

    A block that does not decode stays in the text.
    """
    lines = text.splitlines(keepends=True)
    kept: list[bytes] = []
    files: list[tuple[bytes, bytes]] = []
    at = 0
    while at < len(lines):
        name = _begin(lines[at]) if len(files) < MAX_FILES else None
        block = _block(lines, at + 1) if name is not None else None
        if name is None or block is None:
            kept.append(lines[at])
            at += 1
            continue
        content, at = block
        files.append((name, content))
    return b"".join(kept), files


def _begin(line: bytes) -> bytes | None:
    if not line.startswith(b"begin "):
        return None
    mode, _, name = line[6:].partition(b" ")
    if not 3 <= len(mode) <= 4 or mode.translate(None, b"01234567"):
        return None
    return name.strip() or None


def _block(lines: list[bytes], at: int) -> tuple[bytes, int] | None:
    """Decode from ``at`` to ``end``; None where a line on the way is none of uuencode."""
    out: list[bytes] = []
    start = at
    while at < len(lines):
        line = lines[at].rstrip(b"\r\n")
        at += 1
        if line == b"end":
            return b"".join(out), at
        if not line.strip(b" `"):
            continue
        try:
            out.append(_line(line))
        except binascii.Error:
            return None
    return (b"".join(out), at) if at > start and out else None


def _line(line: bytes) -> bytes:
    length = (line[0] - 32) & 63
    need = 1 + (length + 2) // 3 * 4
    if line[0] < 32 or not need - 3 <= len(line) <= need + 3:
        raise binascii.Error
    return binascii.a2b_uu(line[:need])
