"""The table of servers, and what is remembered of the messages in their mailboxes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mailgate.clock import iso
from mailgate.entities.nearest import unknown
from mailgate.entities.server import Access, Server
from mailgate.store.driver import Connection

_SELECT = """
    SELECT id, name, protocol, host, port, security, user, folder, model, after, enabled, last_run,
        last_success, last_error, consecutive_errors
    FROM server
"""


@dataclass(frozen=True, slots=True)
class State:
    """How fetching a server went so far; times in seconds or None.

    ``position`` is JSON of the protocol's own: where the next run goes on; ``open`` are messages
    before that which are still to be read, as an IMAP set.
    """

    position: str | None
    open: str | None
    last_success: int | None
    next_run: int | None
    alarmed_at: int | None
    consecutive_errors: int


def every(connection: Connection) -> list[Server]:
    """Return all servers by name."""
    return [_server(row) for row in connection.execute(_SELECT + "ORDER BY name").fetchall()]


def get(connection: Connection, name: str) -> Server:
    """Return a server by id or name; raises MailgateError with the nearest known name."""
    found = find(connection, name)
    if found is None:
        names = [row[0] for row in connection.execute("SELECT name FROM server")]
        raise unknown("server", name, names, "mailgate server list")
    return found


def find(connection: Connection, name: str) -> Server | None:
    """Return a server by id or name, or None."""
    text = name.strip().lower()
    row = connection.execute(_SELECT + "WHERE name = ?", (text,)).fetchone()
    if row is None and text.isascii() and text.isdigit() and len(text) < 19:
        row = connection.execute(_SELECT + "WHERE id = ?", (int(text),)).fetchone()
    return None if row is None else _server(row)


def access(connection: Connection, server: int) -> Access:
    """Return where a server's secret comes from."""
    row = connection.execute(
        "SELECT password_file, password_command, oauth FROM server WHERE id = ?", (server,)
    ).fetchone()
    return Access(*row) if row else Access()


def state(connection: Connection, server: int) -> State:
    """Return how fetching a server went so far."""
    row = connection.execute(
        "SELECT position, open, last_success, next_run, alarmed_at, consecutive_errors FROM server"
        " WHERE id = ?",
        (server,),
    ).fetchone()
    return State(*row) if row else State(None, None, None, None, None, 0)


def insert(connection: Connection, server: Server, secret: Access) -> int:
    """Add a server and return its id; that of ``server`` does not count."""
    cursor = connection.execute(
        "INSERT INTO server (name, protocol, host, port, security, user, folder, model, after,"
        " enabled, password_file, password_command, oauth)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*_columns(server), secret.password_file, secret.password_command, secret.oauth),
    )
    return int(cursor.lastrowid or 0)


def update(connection: Connection, server: Server, secret: Access) -> None:
    """Write what an administrator sets."""
    connection.execute(
        "UPDATE server SET name = ?, protocol = ?, host = ?, port = ?, security = ?, user = ?,"
        " folder = ?, model = ?, after = ?, enabled = ?, password_file = ?, password_command = ?,"
        " oauth = ? WHERE id = ?",
        (
            *_columns(server),
            secret.password_file,
            secret.password_command,
            secret.oauth,
            server.id,
        ),
    )


def delete(connection: Connection, server: int) -> None:
    """Remove a server with what is remembered of its mailbox."""
    connection.execute("DELETE FROM server WHERE id = ?", (server,))


def forget_position(connection: Connection, server: int, *, success: bool) -> None:
    """Let the next run begin anew; with ``success`` as if there had never been one."""
    connection.execute("UPDATE server SET position = NULL, open = NULL WHERE id = ?", (server,))
    connection.execute("DELETE FROM server_message WHERE server = ?", (server,))
    if success:
        connection.execute("UPDATE server SET last_success = NULL WHERE id = ?", (server,))


def keep_handled(connection: Connection, server: int) -> None:
    """Leave what was handled until now as it is: it is neither read nor marked any more."""
    connection.execute(
        "UPDATE server_message SET state = 'kept' WHERE server = ? AND state = 'handled'", (server,)
    )


def forgive(connection: Connection, server: int) -> None:
    """Let the next run not wait for earlier errors."""
    connection.execute("UPDATE server SET next_run = NULL WHERE id = ?", (server,))


def set_position(connection: Connection, server: int, position: str) -> None:
    """Say where the next run goes on."""
    connection.execute("UPDATE server SET position = ? WHERE id = ?", (position, server))


def set_open(connection: Connection, server: int, keys: str | None) -> None:
    """Say which messages before the position are still to be read."""
    connection.execute("UPDATE server SET open = ? WHERE id = ?", (keys, server))


def begun(connection: Connection, server: int, at: int) -> None:
    """Note that a run began."""
    connection.execute("UPDATE server SET last_run = ? WHERE id = ?", (at, server))


def succeeded(connection: Connection, server: int, at: int) -> None:
    """Note that a run that began at ``at`` did all it had to."""
    connection.execute(
        "UPDATE server SET last_run = ?, last_success = ?, last_error = NULL,"
        " consecutive_errors = 0, next_run = NULL, alarmed_at = NULL WHERE id = ?",
        (at, at, server),
    )


def failed(connection: Connection, server: int, at: int, error: str, next_run: int | None) -> None:
    """Note that a run failed, and from when on the next one may be made by itself."""
    connection.execute(
        "UPDATE server SET last_run = ?, last_error = ?, next_run = ?,"
        " consecutive_errors = consecutive_errors + 1 WHERE id = ?",
        (at, error, next_run, server),
    )


def alarmed(connection: Connection, server: int, at: int) -> None:
    """Note that a person was told."""
    connection.execute("UPDATE server SET alarmed_at = ? WHERE id = ?", (at, server))


def messages(connection: Connection, server: int) -> dict[str, str]:
    """Return what is remembered of messages in a mailbox: their states by unique id."""
    rows = connection.execute("SELECT uid, state FROM server_message WHERE server = ?", (server,))
    return dict(rows.fetchall())


def remember(connection: Connection, server: int, uids: Iterable[str], state: str, at: int) -> None:
    """Remember a state of messages, in place of an earlier one."""
    connection.executemany(
        "INSERT INTO server_message VALUES (?, ?, ?, ?) ON CONFLICT (server, uid)"
        " DO UPDATE SET state = excluded.state, at = excluded.at",
        [(server, uid, state, at) for uid in uids],
    )


def forget(connection: Connection, server: int, uids: Iterable[str]) -> None:
    """Forget messages that need not be remembered any more."""
    connection.executemany(
        "DELETE FROM server_message WHERE server = ? AND uid = ?", [(server, uid) for uid in uids]
    )


def had_mail(connection: Connection, address: str) -> bool:
    """Tell whether mail for an address ever came in, by whatever channel."""
    row = connection.execute(
        "SELECT 1 FROM journal_recipient WHERE address = ? LIMIT 1", (address,)
    ).fetchone()
    return row is not None


def _columns(server: Server) -> tuple[object, ...]:
    return (
        server.name,
        server.protocol,
        server.host,
        server.port,
        server.security,
        server.user,
        server.folder,
        server.model,
        server.after,
        int(server.enabled),
    )


def _server(row: tuple[Any, ...]) -> Server:
    number, name, protocol, host, port, security, user, folder, model, after = row[:10]
    enabled, last_run, last_success, last_error, consecutive_errors = row[10:]
    return Server(
        number,
        name,
        protocol,
        host,
        port,
        security,
        user,
        folder,
        model,
        after,
        enabled=bool(enabled),
        last_run=_time(last_run),
        last_success=_time(last_success),
        last_error=last_error,
        consecutive_errors=consecutive_errors,
    )


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else iso(seconds)
