"""Bad ways to a real server: what comes through is right, or an error says that it is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count

import pytest
from system.dovecot import Dovecot
from system.mailboxes import AtDovecot
from system.proxy import Fault, Proxy

from mailgate.channels import imap, pop3
from mailgate.channels.mailbox import Security, Settings
from mailgate.errors import TemporaryError

pytestmark = [pytest.mark.root, pytest.mark.usefixtures("trusted")]
SERIAL = count(1)
MANY = 6
PLACES = 24
"""So many bytes of a session, spread evenly, are the bad one in turn."""


def message(number: int) -> bytes:
    """Return a message."""
    return f"Message-ID: <{number}@src.test>\r\n\r\n".encode() + b"A line of text.\r\n" * 200


WHOLE = [message(number) for number in range(MANY)]


def read_imap(settings: Settings, read: list[bytes]) -> None:
    """Read and mark everything."""
    with imap.connect(settings) as box:
        for batch in box.messages(box.search(unseen=True), 2):
            read += [letter.data for letter in batch if letter.data is not None]
            box.mark([letter.key for letter in batch])
        box.finish()


def read_pop3(settings: Settings, read: list[bytes]) -> None:
    """Read and mark everything."""
    with pop3.connect(settings) as drop:
        for batch in drop.messages([number for number, _, _ in drop.listing()], 2):
            read += [letter.data for letter in batch if letter.data is not None]
            drop.mark([letter.key for letter in batch])
        drop.finish()


@pytest.fixture(params=["imap", "pop3"])
def protocol(request: pytest.FixtureRequest) -> str:
    """Both protocols in turn."""
    name: str = request.param
    return name


class Way:
    """A mailbox with messages behind a proxy."""

    def __init__(self, dovecot: Dovecot, protocol: str, security: Security) -> None:
        self.place = AtDovecot(dovecot, f"far{next(SERIAL)}", security)
        for each in WHOLE:
            self.place.put(each)
        self._read: Callable[[Settings, list[bytes]], None]
        if protocol == "imap":
            self._read, self._port = read_imap, self.place.imap_port
        else:
            self._read, self._port = read_pop3, self.place.pop3_port
        self.total = 0

    def read(self, fault: Fault, at: int, after: str) -> list[bytes]:
        """Read through a proxy; what came before an error counts."""
        read: list[bytes] = []
        with Proxy(self._port, fault, at) as proxy:
            settings = replace(
                self.place.settings(proxy.port, after), timeout=0.6, budget=20.0, limit=20_000
            )
            with suppress(TemporaryError):
                self._read(settings, read)
            self.total = proxy.passed
        return read

    def places(self) -> Iterator[int]:
        """Yield the bytes that are bad in turn."""
        assert self.read("none", 0, "nothing") == WHOLE
        yield from range(1, self.total, max(1, self.total // PLACES))


@pytest.mark.parametrize("security", ["plain", "tls"])
def test_a_connection_that_is_cut_hands_over_whole_messages_only(
    dovecot: Dovecot, protocol: str, security: Security
) -> None:
    """Wherever it is cut; the messages are still on the server."""
    way = Way(dovecot, protocol, security)
    for at in way.places():
        read = way.read("cut", at, "nothing")
        assert read == WHOLE[: len(read)]
    assert way.place.left() == MANY


def test_what_is_changed_on_the_way_is_noticed_under_tls(dovecot: Dovecot, protocol: str) -> None:
    """No message is other than it was sent."""
    way = Way(dovecot, protocol, "tls")
    for at in way.places():
        read = way.read("corrupt", at, "nothing")
        assert read == WHOLE[: len(read)]


def test_what_is_changed_on_the_way_breaks_nothing_without_tls(
    dovecot: Dovecot, protocol: str
) -> None:
    """It may be believed, or not understood; it is never waited for without end."""
    way = Way(dovecot, protocol, "plain")
    for at in way.places():
        begun = time.monotonic()
        assert len(way.read("corrupt", at, "nothing")) <= MANY
        assert time.monotonic() - begun < 10


def test_a_server_that_stalls_is_not_waited_for(dovecot: Dovecot, protocol: str) -> None:
    """The time-out ends it."""
    way = Way(dovecot, protocol, "tls")
    for at in list(way.places())[::4]:
        begun = time.monotonic()
        read = way.read("stall", at, "nothing")
        assert read == WHOLE[: len(read)]
        assert time.monotonic() - begun < 10


def test_nothing_is_deleted_that_was_not_read(dovecot: Dovecot, protocol: str) -> None:
    """What a cut leaves on the server, and what was read, together are everything."""
    first = Way(dovecot, protocol, "plain")
    for at in list(first.places())[::2]:
        way = Way(dovecot, protocol, "plain")
        read = way.read("cut", at, "delete")
        assert len(read) + way.place.left() >= MANY
        again = way.read("none", 0, "delete")
        assert set(read) | set(again) == set(WHOLE)
        if protocol == "imap":  # marked, and cut before it was expunged: marking again ends it
            with way.place.imap("delete") as box:
                box.mark(range(1, MANY + 1))
        assert way.place.left() == 0
