"""Import: mail in files, taken as if it came now; what was taken before is a duplicate.

An import that is interrupted goes on where it was: what has not changed since and was taken is
passed over. Nobody is written to because of mail that is imported.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import time_ns
from typing import Any

from mailgate import clock
from mailgate.channels import files
from mailgate.channels.files import MBOXRD, Place, Source
from mailgate.errors import MailgateError
from mailgate.gateway import poison
from mailgate.gateway.backlog import backlog
from mailgate.gateway.crew import WORK, Crew, Job, Tell
from mailgate.gateway.deliver import Gateway
from mailgate.gateway.group import take_group
from mailgate.gateway.ready import Ready, read
from mailgate.gateway.unpacking import MESSAGE, REPORT
from mailgate.mail.envelope import Envelope
from mailgate.status import OUTCOMES
from mailgate.store import imports, models
from mailgate.store.driver import Connection
from mailgate.store.sqlite import open_database

MOST = 200
"""Messages of one transaction."""
MOST_BYTES = 4_000_000
"""Bytes of one transaction, unless a single message has more."""
_SECONDS = 7 * 86400.0
_SECOND = 1_000_000_000
_TICK = 20_000_000
_NAME = "import"


@dataclass(slots=True)
class Imported:
    """What an import did: ``counts`` has "read" and outcomes; ``done`` of ``total`` are bytes."""

    counts: Counter[str] = field(default_factory=Counter)
    done: int = 0
    total: int | None = None
    error: str | None = None

    def document(self) -> dict[str, object]:
        """Return its JSON object."""
        return {key: self.counts[key] for key in ("read", *OUTCOMES)}


def import_mail(
    path: str,
    sources: Sequence[Source],
    model: str | None,
    hear: Callable[[Imported], None] = lambda imported: None,
    quoting: str = MBOXRD,
) -> Imported:
    """Import files in a process of its own, and unpack what was taken meanwhile."""
    imported = Imported()
    open_database(path).close()

    def told(name: str, what: dict[str, Any]) -> None:
        _note(imported, what)
        hear(imported)

    job = Job(_NAME, lambda tell: run(path, sources, model, tell, quoting), _SECONDS)
    with backlog(path) as packed:
        reason = Crew(path, [job], told, 1, packed).run()[_NAME]
    if reason is not None and imported.error is None:
        imported.error = f"{reason}; repeat the command to go on"
    return imported


def run(
    path: str, sources: Sequence[Source], model: str | None, tell: Tell, quoting: str = MBOXRD
) -> None:
    """Import files in this process; counts and errors are told."""
    try:
        gateway = Gateway(path)
        if model is not None:
            with gateway.database.reading() as connection:
                model = models.get(connection, model).name
        tell({"total": sum(_size(source) for source in sources)})
        importing = _Importing(gateway, model, tell, quoting)
        for source in sources:
            importing.source(source)
        gateway.tidy()
    except MailgateError as error:
        tell({"error": str(error)})
    except OSError as error:
        tell({"error": f"{error.filename or 'a file'}: {error.strerror}"})
    except Exception as error:  # noqa: BLE001  said in one line; what was committed stays
        tell({"error": f"internal error: {poison.describe(error)}"})


class _Importing:
    """The import of one source after the other."""

    def __init__(self, gateway: Gateway, model: str | None, tell: Tell, quoting: str) -> None:
        self._gateway = gateway
        self._model = model
        self._tell = tell
        self._quoting = quoting
        self._envelope = Envelope("import", model=model, refusable=False)
        self._counts: Counter[str] = Counter()
        self._done = 0
        self._group: list[Ready] = []
        self._bytes = 0

    def source(self, source: Source) -> None:
        """Import a file, or a directory with all its files, from where the last run ended."""
        database, path, model = self._gateway.database, source.path, self._model or ""
        with database.reading() as connection:
            mark = imports.get(connection, path, model)
        started = time_ns() if mark is None else mark[0]
        last = None if mark is None else Place(**json.loads(mark[1]))

        def remember(connection: Connection, place: Place) -> None:
            text = json.dumps({"name": place.name, "offset": place.offset})
            imports.put(connection, path, model, started, text)

        for name, full, offset in _ahead(source, last, started):
            self._file(name, full, offset, remember)
        self._commit(lambda connection: imports.end(connection, path, model))

    def _file(
        self, name: str, path: str, offset: int, remember: Callable[[Connection, Place], None]
    ) -> None:
        before = self._done
        limit = self._gateway.limits.max_bytes
        for stored in files.messages(name, path, offset, self._quoting):
            ready = read(None, stored.chunks, self._envelope, limit)
            for _ in stored.chunks:
                pass
            self._group.append(ready)
            self._bytes += ready.data.size
            place = stored.place
            self._done = before + place.offset
            if len(self._group) >= MOST or self._bytes >= MOST_BYTES:
                self._commit(lambda connection, place=place: remember(connection, place))  # type: ignore[misc]
        self._done = before + os.path.getsize(path)

    def _commit(self, also: Callable[[Connection], None]) -> None:
        self._gateway.require_space()
        done = take_group(self._gateway.database, self._group, clock.now(), also)
        self._group, self._bytes = [], 0
        for each in done:
            self._counts.update(("read", each.outcome))
        work = [(MESSAGE, number) for each in done for number in each.messages]
        work += [(REPORT, number) for each in done for number in each.reports]
        self._tell({"counts": dict(self._counts), "done": self._done, WORK: work})


def _ahead(source: Source, last: Place | None, started: int) -> Iterator[tuple[str, str, int]]:
    """Yield name, path and offset of the files that are not behind where the last run ended.

    A file that changed or was moved since the first run began is read from its beginning.
    """
    for name, path in source.files:
        changed = _changed_since(os.stat(path).st_ctime_ns, started)
        if last is None or name > last.name or changed:
            yield name, path, 0
        elif name == last.name and last.offset:
            yield name, path, last.offset


def _changed_since(changed: int, started: int) -> bool:
    """Compare nanoseconds; the clock of a file system ticks more slowly, some by whole seconds."""
    if changed % _SECOND == 0:
        return changed // _SECOND >= started // _SECOND
    return changed >= started - _TICK


def _size(source: Source) -> int:
    return sum(os.path.getsize(path) for _, path in source.files)


def _note(imported: Imported, what: dict[str, Any]) -> None:
    if "counts" in what:
        imported.counts = Counter(what["counts"])
    imported.done = what.get("done", imported.done)
    imported.total = what.get("total", imported.total)
    imported.error = what.get("error", imported.error)
