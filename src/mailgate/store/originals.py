"""The original bytes, read back piece by piece."""

from __future__ import annotations

from zlib import decompressobj, error

from mailgate.errors import DatabaseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from zlib import _Decompress

    from mailgate.store.driver import Connection

_STEP = 256 * 1024


def chunks(connection: Connection, digest: bytes, first: bytes | None = None) -> Iterator[bytes]:
    """Yield the bytes of an original in chunks of bounded size; nothing where it was pruned.

    ``first`` is its first stored piece where the caller has it already.
    """
    stream = decompressobj()
    number = 0
    while True:
        data = first if number == 0 and first is not None else _piece(connection, digest, number)
        if data is None:
            break
        yield from _inflate(stream, data)
        number += 1
        if stream.eof:
            return
    yield stream.flush()
    if number and not stream.eof:
        raise DatabaseError("an original is damaged: its end is missing")


def _piece(connection: Connection, digest: bytes, number: int) -> bytes | None:
    row = connection.execute(
        "SELECT data FROM original WHERE digest = ? AND piece = ?", (digest, number)
    ).fetchone()
    return None if row is None else row[0]


def _inflate(stream: _Decompress, data: bytes) -> Iterator[bytes]:
    try:
        while data:
            yield stream.decompress(data, _STEP)
            data = stream.unconsumed_tail
    except error as problem:
        raise DatabaseError(f"an original is damaged: {problem}") from problem


def exists(connection: Connection, digest: bytes) -> bool:
    """Tell whether an original is kept."""
    row = connection.execute(
        "SELECT 1 FROM original WHERE digest = ? AND piece = 0", (digest,)
    ).fetchone()
    return row is not None
