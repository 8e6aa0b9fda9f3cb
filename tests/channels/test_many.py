"""A mailbox with a hundred thousand messages takes little room."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from channels.scripted import Script, imap, pop3

from mailgate.channels import imap as imap_channel
from mailgate.channels import pop3 as pop3_channel

MANY = 100_000
UIDS = range(1, 2 * MANY, 2)
"""No two of them follow each other, so no range holds more than one."""


@contextmanager
def room(kept: int, peak: int) -> Iterator[None]:
    """Demand that what is done here takes so many bytes, at its height and after it."""
    tracemalloc.start()
    try:
        yield
        now, highest = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now < kept
    assert highest < peak


def test_a_hundred_thousand_uids_take_a_megabyte() -> None:
    """The line that names them is 600 KB; nothing near a list of objects stays."""
    line = b"* SEARCH " + b" ".join(b"%d" % uid for uid in UIDS) + b"\r\n%T OK done\r\n"
    with imap({b"UID SEARCH": line}) as server:
        with imap_channel.connect(server.settings()) as box, room(2_500_000, 25_000_000):
            keys = box.search(unseen=True)
        assert len(keys) == MANY


def test_the_sizes_of_a_window_are_all_that_is_held_of_them() -> None:
    """A server that has none of the messages: every window is asked for, none is kept."""
    script: Script = {b"SIZES": b"%T OK done\r\n", b"UID SEARCH": b"%T OK done\r\n"}
    with imap(script) as server, imap_channel.connect(server.settings(budget=60)) as box:
        server.seen.clear()
        with room(200_000, 1_000_000):
            assert list(box.messages(range(1, MANY + 1))) == []
    assert len(server.seen) >= MANY // 500


def test_a_listing_of_a_hundred_thousand_takes_a_few_megabytes() -> None:
    """Ids of 20 bytes, each of them remembered, in arrays."""
    sizes = b"".join(b"%d 5000\r\n" % number for number in range(1, MANY + 1))
    names = b"".join(b"%d %020d\r\n" % (number, number) for number in range(1, MANY + 1))
    script = {b"LIST": b"+OK\r\n" + sizes + b".\r\n", b"UIDL": b"+OK\r\n" + names + b".\r\n"}
    with pop3(script) as server:
        settings = server.settings(after="nothing", budget=60)
        with pop3_channel.connect(settings) as drop, room(6_000_000, 25_000_000):
            listing = drop.listing()
            assert len(listing) == MANY
            assert next(iter(listing)) == (1, "0" * 19 + "1", 5000)
