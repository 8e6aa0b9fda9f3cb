"""Several servers in one run: side by side, none in the way of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

from mailgate import clock
from mailgate.entities.server import Server
from mailgate.errors import MailgateError
from mailgate.gateway import poison
from mailgate.gateway.backlog import backlog
from mailgate.gateway.crew import WORK, Crew, Job, Tell
from mailgate.gateway.deliver import Gateway
from mailgate.gateway.fetch import ending
from mailgate.gateway.fetch.one import fetch_one
from mailgate.gateway.fetch.opening import BUDGET, Connect, connect
from mailgate.gateway.fetch.run import Options
from mailgate.gateway.unpacking import MESSAGE, REPORT
from mailgate.status import OUTCOMES
from mailgate.store import quarantine, servers
from mailgate.store.sqlite import open_database

AT_ONCE = 8
"""Servers that are read at the same time."""
_GRACE = 30.0
_RETRY = " quarantine"
"""The job that tries again what could not be handled; no server has such a name."""
RETRY_SECONDS = 300.0


@dataclass(slots=True)
class Fetched:
    """What a run did with one server.

    ``counts`` has "read" and outcomes; ``total`` is how many there were to be read; ``error`` says
    what went wrong, ``skipped`` why nothing was done, both None where nothing is to be said.
    """

    server: str
    counts: Counter[str] = field(default_factory=Counter)
    total: int | None = None
    error: str | None = None
    skipped: str | None = None
    ended: bool = False

    def document(self) -> dict[str, object]:
        """Return its JSON object."""
        counted = {key: self.counts[key] for key in ("read", *OUTCOMES)}
        return {"server": self.server, "error": self.error, "skipped": self.skipped, **counted}


def chosen(path: str, names: Sequence[str]) -> list[tuple[Server, str | None]]:
    """Return the servers to be fetched, each with why it is skipped, or None.

    Without names all that are enabled are meant, and those that failed wait. Raises MailgateError.
    """
    database = open_database(path)
    try:
        with database.reading() as connection:
            if names:
                found = {(s := servers.get(connection, name)).id: s for name in names}
                for server in found.values():
                    if not server.enabled:
                        raise MailgateError(
                            f"server {server.name} is disabled:"
                            f" mailgate server enable {server.name}"
                        )
                return [(server, None) for server in found.values()]
            at = clock.now()
            enabled = [server for server in servers.every(connection) if server.enabled]
            waits = [ending.waits(connection, server, at) for server in enabled]
    finally:
        database.close()
    return [
        (server, until and f"waits until {until} after errors: {server.last_error}")
        for server, until in zip(enabled, waits, strict=True)
    ]


def fetch(
    path: str,
    names: Sequence[str],
    options: Options,
    hear: Callable[[Fetched], None] = lambda fetched: None,
    connect: Connect = connect,
) -> list[Fetched]:
    """Fetch servers; ``hear`` is called as a server's run goes on. Raises MailgateError."""
    found = {
        server.name: (server, Fetched(server.name, skipped=why))
        for server, why in chosen(path, names)
    }

    def told(name: str, what: dict[str, Any]) -> None:
        if name in found:
            _note(found[name][1], what)
            hear(found[name][1])

    jobs = [
        _job(path, name, options, connect)
        for name, (_, fetched) in found.items()
        if fetched.skipped is None
    ]
    if not options.dry_run and _is_due(path):
        jobs.insert(0, Job(_RETRY, lambda tell: _retry(path, tell), RETRY_SECONDS))
    with nullcontext(()) if options.dry_run else backlog(path) as packed:
        endings = Crew(path, jobs, told, AT_ONCE, packed).run()
    if jobs and not options.dry_run:
        _tidy(path)
    for name, (server, fetched) in found.items():
        reason = endings.get(name)
        if reason is not None and not fetched.ended:
            fetched.error = f"{reason}; what was committed until then stays"
            if not options.dry_run:
                _note_broken(path, server, fetched.error)
    return [fetched for _, fetched in found.values()]


def _job(path: str, name: str, options: Options, connect: Connect) -> Job:
    def run(tell: Tell) -> None:
        fetch_one(path, name, options, tell, connect)

    return Job(name, run, BUDGET + _GRACE)


def _note(fetched: Fetched, what: dict[str, Any]) -> None:
    if "counts" in what:
        fetched.counts = Counter(what["counts"])
    if "total" in what:
        fetched.total = what["total"]
    if "error" in what:
        fetched.error, fetched.ended = what["error"], True
    if "skipped" in what:
        fetched.skipped, fetched.ended = what["skipped"], True


def _is_due(path: str) -> bool:
    database = open_database(path)
    try:
        with database.reading() as connection:
            return bool(quarantine.due(connection, clock.now(), 1))
    finally:
        database.close()


def _retry(path: str, tell: Tell) -> None:
    database = open_database(path)
    done = [judged.result.applied for judged in poison.retry_due(database, clock.now(), "fetch")]
    work = [(MESSAGE, number) for applied in done if applied for number in applied.messages]
    work += [(REPORT, number) for applied in done if applied for number in applied.reports]
    tell({WORK: work})


def _tidy(path: str) -> None:
    """Write back the log of what was taken and unpacked; where that fails, others will."""
    with suppress(MailgateError):
        gateway = Gateway(path)
        gateway.tidy()
        gateway.database.close()


def _note_broken(path: str, server: Server, error: str) -> None:
    """Remember of a run whose process was ended what it could not write itself."""
    database = open_database(path)
    try:
        with database.writing() as connection:
            ending.end(connection, server, clock.now(), error)
    finally:
        database.close()
