"""One server in a process of its own: its lock, its run, and what is remembered of the run."""

from __future__ import annotations

import os
from collections import Counter
from typing import cast

from mailgate import clock
from mailgate.channels.mailbox import (
    Folder,
    Mailbox,
    MailboxError,
    Maildrop,
    MarkError,
    Settings,
)
from mailgate.entities.server import Server
from mailgate.errors import MailgateError
from mailgate.gateway import poison
from mailgate.gateway.ahead import Ahead
from mailgate.gateway.deliver import Gateway
from mailgate.gateway.fetch import ending, opening
from mailgate.gateway.fetch.folder import FolderReading
from mailgate.gateway.fetch.maildrop import MaildropReading
from mailgate.gateway.fetch.opening import Connect
from mailgate.gateway.fetch.reading import Reading
from mailgate.gateway.fetch.run import Options, Run, Tell
from mailgate.store import fetchlock, models, servers
from mailgate.store.secrets import folder


def fetch_one(
    path: str, name: str, options: Options, tell: Tell, connect: Connect = opening.connect
) -> None:
    """Fetch one server; all that is to be known of it is told: counts, error, why it is skipped."""
    with Ahead(helped=not options.dry_run) as ahead:
        _Attempt(options, tell, connect, ahead).fetch(path, name)


class _Attempt:
    """One attempt at a server; ``ahead`` reads what comes."""

    def __init__(self, options: Options, tell: Tell, connect: Connect, ahead: Ahead) -> None:
        self._options = options
        self._tell = tell
        self._connect = connect
        self._ahead = ahead

    def fetch(self, path: str, name: str) -> None:
        """Fetch a server, if no other process is at it."""
        changes = not self._options.dry_run
        try:
            gateway = Gateway(path)
            with gateway.database.reading() as connection:
                server = servers.get(connection, name)
            lock = fetchlock.hold(path, server.id) if changes else None
        except MailgateError as error:
            self._tell({"error": str(error)})
            return
        if lock is None and changes:
            self._tell({"skipped": "another run reads it"})
            return
        at = clock.now()
        counts, failure = self._run(gateway, server)
        problem = None if failure is None else str(failure)
        try:
            if self._is_gone(gateway, server):
                problem = "it was removed while it was read; what was committed until then stays"
            elif changes:
                with gateway.database.writing() as connection:
                    read = isinstance(failure, MarkError)
                    ending.end(connection, server, at, problem, wait=not read)
        except MailgateError as error:
            problem = problem or str(error)
        self._tell({"counts": dict(counts), "error": problem})
        if lock is not None:
            os.close(lock)

    def _is_gone(self, gateway: Gateway, server: Server) -> bool:
        with gateway.database.reading() as connection:
            return servers.find(connection, str(server.id)) is None

    def _run(self, gateway: Gateway, server: Server) -> tuple[Counter[str], MailgateError | None]:
        """Read the mailbox; return the counts, and what went wrong or None."""
        run = None
        try:
            gateway.require_space()
            with self._connect(server, _settings(gateway, server)) as box:
                run = _prepared(gateway, server, box, self._options, self._tell)
                if self._options.dry_run:
                    run.judge()
                else:
                    run.read(self._ahead)
        except MailboxError as error:
            if run is not None and error.key is not None and not self._options.dry_run:
                run.failed_at(error.key)
            problem: MailgateError = error
        except MailgateError as error:
            problem = error
        except Exception as error:  # noqa: BLE001  a fault of ours in one server leaves the others
            problem = MailgateError(f"internal error: {poison.describe(error)}")
        else:
            return run.counts, None
        return run.counts if run is not None else Counter(), problem


def _settings(gateway: Gateway, server: Server) -> Settings:
    """Return how to reach the mailbox; raises MailgateError where the server is not complete."""
    with gateway.database.reading() as connection:
        if server.model is not None:
            models.get(connection, server.model)
        access = servers.access(connection, server.id)
        secrets = folder(connection)
    return opening.settings(server, access, secrets, gateway.limits.max_bytes)


def _prepared(gateway: Gateway, server: Server, box: Mailbox, options: Options, tell: Tell) -> Run:
    with gateway.database.reading() as connection:
        state = servers.state(connection, server.id)
        remembered = servers.messages(connection, server.id)
    limit = gateway.limits.max_bytes
    reading: Reading
    if server.protocol == "imap":
        reading = FolderReading(
            cast("Folder", box),
            server.id,
            state,
            remembered,
            limit=limit,
            now=clock.now(),
            since=options.since,
            removes=server.after not in ("seen", "nothing"),
        )
    else:
        leave = server.after == "nothing"
        reading = MaildropReading(
            cast("Maildrop", box),
            server.id,
            remembered,
            limit=limit,
            now=clock.now(),
            leave=leave,
        )
    return Run(gateway, server, box, reading, remembered, options, tell)
