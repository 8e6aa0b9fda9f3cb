"""What is to be read of a POP3 maildrop: everything whose unique id is not known as handled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mailgate.channels.mailbox import Maildrop
from mailgate.entities.count import counted
from mailgate.errors import ConfigurationError
from mailgate.gateway.fetch.reading import HANDLED, MADE, is_open
from mailgate.store import servers
from mailgate.store.driver import Connection


class MaildropReading:
    """The reading of one maildrop in one run.

    An id that two messages have, or none, identifies nothing: such messages are read each time,
    and known by what they are. So they can only be read from a maildrop that is emptied.
    """

    def __init__(
        self,
        box: Maildrop,
        server: int,
        remembered: dict[str, str],
        *,
        limit: int,
        now: int,
        leave: bool,
    ) -> None:
        self._server = server
        listing = box.listing()
        counts = Counter(uid for _, uid, _ in listing if uid is not None)
        self._uids = {key: uid for key, uid, _ in listing if uid and counts[uid] == 1}
        self.total = 0
        self._ordinary: list[int] = []
        self._doubtful: list[int] = []
        self._unmarked: list[int] = []
        for key, _, _ in listing:
            state = remembered.get(self._uids.get(key, ""))
            self._sort(key, state, due=state is not None and is_open(state, limit, now))
        self.total = len(self._ordinary)
        known = {uid for uid in remembered if not uid.startswith(MADE)}
        self._gone = known - set(self._uids.values()) if len(listing) else set()
        if leave and len(self._uids) < len(listing):
            without = counted(len(listing) - len(self._uids), "message")
            raise ConfigurationError(
                f"{without} of the maildrop have no unique id, or one that others have too: they"
                " would be read each time, and can only be fetched with --after delete"
            )

    def _sort(self, key: int, state: str | None, *, due: bool) -> None:
        if state is None:
            self._ordinary.append(key)
        elif state == HANDLED:
            self._unmarked.append(key)
        elif due:
            self._doubtful.append(key)

    def begin(self, connection: Connection) -> None:
        """Forget what is no longer there."""
        servers.forget(connection, self._server, sorted(self._gone))

    def ordinary(self) -> Iterator[int]:
        """Yield what was never handled."""
        return iter(self._ordinary)

    def doubtful(self) -> list[int]:
        """Return what went wrong before."""
        return self._doubtful

    def unmarked(self) -> list[int]:
        """Return what was handled and is still there."""
        return self._unmarked

    def hidden(self) -> list[int]:
        """Return nothing: a maildrop lists all that is there."""
        return []

    def expunge(self) -> None:
        """Do nothing: a maildrop deletes when the connection ends in order."""

    def uid(self, key: int) -> str | None:
        """Return the unique id."""
        return self._uids.get(key)

    def committed(self, connection: Connection, keys: Sequence[int]) -> None:
        """Remember nothing more: each message is remembered by itself."""

    def complete(self, connection: Connection) -> None:
        """Remember nothing more."""
