"""What is to be read of an IMAP folder, by UID.

The first run reads what is unread; later ones every UID from where the last one ended, read by a
person meanwhile or not, and what is unread before it. Where UIDVALIDITY changed, all UIDs are
new: then what is unread, and what arrived since the last success minus a day; repeats are known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from itertools import chain

from mailgate.channels.keys import Keys
from mailgate.channels.mailbox import Folder
from mailgate.gateway.fetch.reading import HANDLED, KEPT, is_open
from mailgate.store import servers
from mailgate.store.driver import Connection

DAY = 86400


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run came: all UIDs below ``next`` are settled but the open ones from ``open_from``.

    They are UIDs of one ``uidvalidity``, and mean nothing under another.
    """

    uidvalidity: int
    next: int
    open_from: int = 0

    @classmethod
    def read(cls, text: str | None) -> Position | None:
        """Return what was written, None where nothing was."""
        return None if text is None else cls(**json.loads(text))

    def write(self) -> str:
        """Return a text for ``read``."""
        return json.dumps(asdict(self))


def read_set(text: str | None) -> Keys:
    """Return the numbers of a set as ``Keys.text`` writes it."""
    pairs = [pair.split(":") for pair in (text or "").split(",") if pair]
    return Keys.of_ranges((int(pair[0]), int(pair[-1])) for pair in pairs)


class FolderReading:
    """The reading of one folder in one run; ``since`` asks for older mail too.

    ``removes`` says that handled mail is to leave the folder.
    """

    def __init__(
        self,
        box: Folder,
        server: int,
        state: servers.State,
        remembered: dict[str, str],
        *,
        limit: int,
        now: int,
        since: date | None = None,
        removes: bool = False,
    ) -> None:
        self._box = box
        self._server = server
        self._removes = removes
        last = Position.read(state.position)
        self._anew = (
            last is None or last.uidvalidity != box.state.uidvalidity or not last.uidvalidity
        )
        if self._anew or last is None:
            last = Position(box.state.uidvalidity, box.state.uidnext)
            changed = None
            if state.last_success is not None:
                changed = datetime.fromtimestamp(max(0, state.last_success - DAY), UTC).date()
            wanted = min(filter(None, (since, changed)), default=None)
            self._keys = box.search(unseen=True, since=wanted)
            self._remembered = {}
        else:
            found = box.search(unseen=True, first=last.next, since=since)
            still = read_set(state.open).at_least(max(1, last.open_from))
            self._keys = Keys.of_ranges(chain(found.ranges(), still.ranges()))
            self._remembered = {int(uid): what for uid, what in remembered.items()}
        self.position = last
        self.total = len(self._keys)
        again = [key for key, what in self._remembered.items() if is_open(what, limit, now)]
        there = set(box.search(first=min(again))) if again else set()
        self._doubtful = sorted(there.intersection(again))
        self._gone = set(again) - there
        listed = self._listed(HANDLED)
        self._settled = sorted(
            key for key, what in self._remembered.items() if what == HANDLED and key not in listed
        )
        hidden = box.search(first=self._settled[0]) if removes and self._settled else Keys()
        self._hidden = list(hidden.among(self._settled))

    def begin(self, connection: Connection) -> None:
        """Remember what this run has before it; forget what is no longer as it was remembered."""
        if self._anew:
            servers.forget_position(connection, self._server, success=False)
            before = Keys.of_ranges(
                (first, min(last, self.position.next - 1))
                for first, last in self._keys.ranges()
                if first < self.position.next
            )
            servers.set_open(connection, self._server, before.text() or None)
            servers.set_position(connection, self._server, self.position.write())
            return
        kept = [key for key, what in self._remembered.items() if what == KEPT]
        old = set(kept).difference(self._keys.among(kept))
        forgotten = [str(key) for key in (*self._settled, *self._gone, *old)]
        servers.forget(connection, self._server, set(forgotten) - set(map(str, self._hidden)))

    def ordinary(self) -> Iterator[int]:
        """Yield what is to be read and is not remembered otherwise."""
        return (key for key in self._keys if key not in self._remembered)

    def doubtful(self) -> list[int]:
        """Return what went wrong before."""
        return self._doubtful

    def unmarked(self) -> list[int]:
        """Return what was handled and is still unread."""
        return sorted(self._listed(HANDLED))

    def hidden(self) -> list[int]:
        """Return what was handled, is to leave the folder, and is there though nobody lists it."""
        return self._hidden

    def expunge(self) -> None:
        """Have the server forget what an earlier run marked as deleted, and was cut off then."""
        if self._removes and self._settled:
            self._box.expunge(self._settled)

    def _listed(self, wanted: str) -> set[int]:
        listed = self._keys.among(self._remembered)
        return {key for key in listed if self._remembered[key] == wanted}

    def uid(self, key: int) -> str | None:
        """Return the UID."""
        return str(key)

    def committed(self, connection: Connection, keys: Sequence[int]) -> None:
        """Go on behind the greatest key."""
        last = max(keys)
        if last < self.position.open_from:
            return
        self.position = replace(
            self.position, next=max(self.position.next, last + 1), open_from=last + 1
        )
        servers.set_position(connection, self._server, self.position.write())

    def complete(self, connection: Connection) -> None:
        """Nothing is open any more."""
        servers.set_open(connection, self._server, None)
