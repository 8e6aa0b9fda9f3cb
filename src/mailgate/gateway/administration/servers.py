"""What an administrator does to servers: the checks, the change, the audit.

The audit log has where a password comes from, never the password or a whole command.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import asdict, dataclass, replace

from mailgate.entities import server as entity
from mailgate.entities.given import require_one_of
from mailgate.entities.server import CREDENTIAL, INBOX, Access, Server
from mailgate.errors import MailgateError
from mailgate.store import models, servers
from mailgate.store.change import Change


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What to set; None leaves a thing as it is. ``name`` and ``host`` are new ones."""

    name: str | None = None
    host: str | None = None
    port: int | None = None
    security: str | None = None
    user: str | None = None
    password_file: str | None = None
    password_command: str | None = None
    oauth: str | None = None
    folder: str | None = None
    model: str | None = None
    no_model: bool = False
    after: str | None = None


def add_server(
    change: Change, name: str, protocol: str, host: str, options: ServerOptions
) -> Server:
    """Add a server, enabled; what is not said has the defaults of its protocol."""
    name = entity.server_name(name)
    _require_new(change, name)
    security = options.security or "tls"
    bare = Server(
        id=0,
        name=name,
        protocol=protocol,
        host=entity.host(host),
        port=entity.default_port(protocol, security),
        security=security,
        user="",
        folder=INBOX,
        model=None,
        after=entity.AFTER[protocol],
        enabled=True,
        last_run=None,
        last_success=None,
        last_error=None,
        consecutive_errors=0,
    )
    new = _changed(change, bare, replace(options, name=None, host=None))
    secret = _access(Access(), options)
    servers.insert(change.connection, new, secret)
    server = servers.get(change.connection, name)
    change.note("add", f"server {name}", None, _described(server, secret))
    return server


def set_server(change: Change, name: str, options: ServerOptions) -> Server:
    """Change a server; for another mailbox its history begins anew."""
    old = servers.get(change.connection, name)
    old_secret = servers.access(change.connection, old.id)
    new = _changed(change, old, options)
    if new.name != old.name:
        _require_new(change, new.name)
    secret = _access(old_secret, options)
    servers.update(change.connection, new, secret)
    if (new.user, new.folder) != (old.user, old.folder):
        servers.forget_position(change.connection, old.id, success=True)
    elif new.host != old.host:
        servers.forget_position(change.connection, old.id, success=False)
    if new.after != old.after:
        servers.keep_handled(change.connection, old.id)
    servers.forgive(change.connection, old.id)
    server = servers.get(change.connection, new.name)
    if (server, secret) != (old, old_secret):
        before, after = _described(old, old_secret), _described(server, secret)
        change.note("set", f"server {server.name}", before, after)
    return server


def remove_server(change: Change, name: str) -> Server:
    """Remove a server; the mail that came from it stays."""
    server = servers.get(change.connection, name)
    secret = servers.access(change.connection, server.id)
    servers.delete(change.connection, server.id)
    change.note("remove", f"server {server.name}", _described(server, secret), None)
    return server


def switch_server(change: Change, name: str, *, enabled: bool) -> Server:
    """Let a server be fetched, or not; enabling it forgets the wait after errors."""
    old = servers.get(change.connection, name)
    secret = servers.access(change.connection, old.id)
    servers.update(change.connection, replace(old, enabled=enabled), secret)
    if enabled:
        servers.forgive(change.connection, old.id)
    server = servers.get(change.connection, old.name)
    if server != old:
        action = "enable" if enabled else "disable"
        before, after = _described(old, secret), _described(server, secret)
        change.note(action, f"server {server.name}", before, after)
    return server


def _same_folder(one: str, other: str) -> bool:
    return one == other or (one.upper() == INBOX == other.upper())


def _require_new(change: Change, name: str) -> None:
    if servers.find(change.connection, name) is not None:
        raise MailgateError(
            f"server {name} already exists: change it with mailgate server set {name}"
        )


def _changed(change: Change, old: Server, options: ServerOptions) -> Server:
    """Return a server with what the options say of it."""
    require_one_of(options.model, options.no_model, "model")
    security = options.security or old.security
    port = options.port
    if port is None:
        usual = old.port == entity.default_port(old.protocol, old.security)
        port = entity.default_port(old.protocol, security) if usual else old.port
    if not 1 <= port <= 65535:
        raise MailgateError(f"{port} is no port: ports are 1 to 65535")
    model = None if options.no_model else old.model
    if options.model is not None:
        model = models.get(change.connection, options.model).name
    folder = old.folder if options.folder is None else entity.line(options.folder, "folder")
    if old.protocol == "pop3" and folder.upper() != INBOX:
        raise MailgateError("POP3 knows no folders: leave --folder out")
    after = old.after if options.after is None else entity.after(options.after, old.protocol)
    if after.startswith(entity.MOVE) and _same_folder(after.removeprefix(entity.MOVE), folder):
        raise MailgateError(f"{folder} is the folder that is read: name another one to move to")
    return replace(
        old,
        name=old.name if options.name is None else entity.server_name(options.name),
        host=old.host if options.host is None else entity.host(options.host),
        port=port,
        security=security,
        user=old.user if options.user is None else entity.line(options.user, "user"),
        folder=INBOX if folder.upper() == INBOX else folder,
        model=model,
        after=after,
    )


def _access(old: Access, options: ServerOptions) -> Access:
    """Return where the secret comes from: what is given replaces what was there."""
    given = [options.password_file, options.password_command, options.oauth]
    if sum(each is not None for each in given) > 1:
        raise MailgateError(
            "--password-file, --password-command and --oauth exclude each other: leave one"
        )
    if options.password_file is not None:
        return Access(password_file=_file(options.password_file))
    if options.password_command is not None:
        return Access(password_command=_command(options.password_command))
    if options.oauth is not None:
        return Access(oauth=entity.line(options.oauth, "provider"))
    return old


def _file(text: str) -> str:
    if text.startswith(CREDENTIAL):
        name = text.removeprefix(CREDENTIAL)
        if not name or "/" in name or name in (".", ".."):
            raise MailgateError(f"{text[:80]!a} names no credential: write {CREDENTIAL}NAME")
        return text
    return os.path.abspath(entity.line(text, "password file"))


def _command(text: str) -> str:
    try:
        words = shlex.split(entity.line(text, "password command"))
    except ValueError as error:
        raise MailgateError(f"the password command cannot be read: {error}".lower()) from error
    if not words:
        raise MailgateError("the password command is empty")
    return text.strip()


def _described(server: Server, secret: Access) -> dict[str, object]:
    """Return what the audit log has of a server: what was set, not how runs went."""
    runs = ("last_run", "last_success", "last_error", "consecutive_errors")
    kept = {key: value for key, value in asdict(server).items() if key not in runs}
    return kept | {"password": secret.source}
