"""Writes of a message: what is written once stays once."""

from __future__ import annotations

import pytest

from mailgate.errors import DatabaseError
from mailgate.store import intake, originals
from mailgate.store.sqlite import Database

DIGEST = b"d" * 32


def test_an_original_is_kept_once_and_read_back_in_bounded_chunks(database: Database) -> None:
    from zlib import compress

    content = b"a" * 3_000_000 + bytes(range(256)) * 4000
    stream = compress(content, 1)
    pieces = [stream[:1000], stream[1000:]]
    with database.writing() as connection:
        intake.add_original(connection, DIGEST, pieces)
        intake.add_original(connection, DIGEST, pieces)
    chunks = list(originals.chunks(database.connection, DIGEST))
    assert b"".join(chunks) == content
    assert max(map(len, chunks)) <= 256 * 1024
    assert originals.exists(database.connection, DIGEST)
    assert not originals.exists(database.connection, b"x" * 32)
    assert b"".join(originals.chunks(database.connection, b"x" * 32)) == b""


def test_a_damaged_original_is_an_error_of_ours(database: Database) -> None:
    with database.writing() as connection:
        intake.add_original(connection, DIGEST, [b"not compressed"])
    with pytest.raises(DatabaseError, match="damaged"):
        list(originals.chunks(database.connection, DIGEST))


def test_a_contact_keeps_the_message_that_made_it_known(database: Database) -> None:
    with database.writing() as connection:
        intake.add_contact(connection, "ann@x.org", "<1@x>")
        intake.add_contact(connection, "ann@x.org", "<2@x>")
    rows = database.connection.execute("SELECT address, origin FROM contact").fetchall()
    assert rows == [("ann@x.org", "<1@x>")]


def test_followers_are_there_once(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO model (name, label) VALUES ('lead', 'Lead')")
        record = intake.add_record(connection, 1, "x", "a@x", (None, None, None), 0)
        intake.add_followers(connection, record, ["a@x", "b@x", "a@x"])
        intake.add_followers(connection, record, ["b@x"])
    rows = database.connection.execute("SELECT address FROM follower ORDER BY 1").fetchall()
    assert rows == [("a@x",), ("b@x",)]
