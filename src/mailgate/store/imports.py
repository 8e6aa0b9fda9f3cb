"""How far imports came that were interrupted."""

from __future__ import annotations

from mailgate.store.driver import Connection


def get(connection: Connection, path: str, model: str) -> tuple[int, str] | None:
    """Return when an import began (nanoseconds) and how far it came; None where it ended."""
    row: tuple[int, str] | None = connection.execute(
        "SELECT started, position FROM import_mark WHERE path = ? AND model = ?", (path, model)
    ).fetchone()
    return row


def put(connection: Connection, path: str, model: str, started: int, position: str) -> None:
    """Remember how far the import of a path came."""
    connection.execute(
        "INSERT INTO import_mark VALUES (?, ?, ?, ?) ON CONFLICT (path, model)"
        " DO UPDATE SET position = excluded.position",
        (path, model, started, position),
    )


def end(connection: Connection, path: str, model: str) -> None:
    """Forget an import that came to its end."""
    connection.execute("DELETE FROM import_mark WHERE path = ? AND model = ?", (path, model))
