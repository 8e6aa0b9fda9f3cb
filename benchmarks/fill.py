"""Fills a database with many messages, each in every table that taking and unpacking one fills.

Ids and digests are scattered over their indexes as real ones are.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_EACH = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
_SCATTERED = "((i * 2654435761) & 4294967295)"
_ID = f"printf('<%08x.%d@old.test>', {_SCATTERED}, i)"
_DIGEST = f"CAST(printf('%08x%024d', {_SCATTERED}, i) AS BLOB)"
_SENDER = f"printf('bea.%08x.%d@old.test', {_SCATTERED}, i)"
_AT = "1700000000 + i"
_STATEMENTS = (
    "INSERT INTO record (id, model, name, sender, alias, alias_address, domain, created_at,"
    f" updated_at) SELECT i, 1, 'An older order ' || i, {_SENDER}, 1, 'info@example.com', 1,"
    f" {_AT}, {_AT} FROM n",
    "INSERT INTO journal (id, at, channel, sender, author, message_id, subject, size, digest,"
    f" outcome, rule, reason, duration_ms) SELECT i, {_AT}, 'pipe', {_SENDER}, {_SENDER}, {_ID},"
    f" 'An older order ' || i, 5000, {_DIGEST}, 'created', 'alias',"
    " 'info@example.com is an alias of model lead', 5 FROM n",
    "INSERT INTO journal_recipient SELECT i, 0, 'info@example.com', 'created', 'alias', '2.0.0',"
    " 'info@example.com is an alias of model lead' FROM n",
    "INSERT INTO journal_record SELECT i, 0, i, 'lead', 'created', 'info@example.com' FROM n",
    "INSERT INTO message (id, message_id, record, journal, digest, sender, subject, at, class,"
    f" unpacked) SELECT i, {_ID}, i, i, {_DIGEST}, {_SENDER}, 'An older order ' || i, {_AT},"
    " 'person', 'done' FROM n",
    f"INSERT INTO known_id SELECT {_ID}, 'info@example.com', i, 1, 1, 1, i, 'in', NULL, NULL, i"
    f" FROM n ORDER BY {_SCATTERED}",
    f"INSERT INTO original SELECT {_DIGEST}, 0, randomblob(60) FROM n",
    f"INSERT INTO contact (address, name) SELECT {_SENDER}, 'Bea' FROM n",
    f"INSERT INTO follower SELECT i, {_SENDER} FROM n",
    "INSERT INTO addressed SELECT i, 'info@example.com' FROM n",
    "INSERT INTO content SELECT i, 'Bea', '[]', '[]', 'An older order ' || i, NULL,"
    " 'chair table ' || i, '', 'chair table', '[]' FROM n",
    "INSERT INTO search (rowid, subject, body, attachments) SELECT i, 'An older order ' || i,"
    " 'chair table ' || i, '' FROM n",
)


def fill(database: Path, count: int) -> None:
    """Add that many messages to a database that has none."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -1000000")
        for statement in _STATEMENTS:
            connection.execute(f"{_EACH} {statement}", (count,))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    descriptor = database.open("rb")
    with descriptor:
        descriptor.seek(0)
        while descriptor.read(1 << 20):
            pass
