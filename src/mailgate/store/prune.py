"""Clearing up: original bytes that are old and needed no more, and mail held for too long."""

from __future__ import annotations

from mailgate.store.driver import Connection

_UNREAD = ("too-many-parts", "too-much-structure", "too-deep", "text-truncated", "-failed:")
"""Defects which say that parts of a message were not looked into."""
_NEEDED = """
    EXISTS (SELECT 1 FROM message m WHERE m.digest = :digest
        AND (m.at > :before OR m.unpacked <> 'done'))
    OR EXISTS (SELECT 1 FROM quarantine q WHERE q.digest = :digest)
    OR EXISTS (SELECT 1 FROM outbox o WHERE o.digest = :digest
        AND (o.at > :before OR o.status IN ('queued', 'failed')))
    OR EXISTS (SELECT 1 FROM message m JOIN content c ON c.message = m.id
        WHERE m.digest = :digest AND ({unread}))
""".format(unread=" OR ".join(f"c.defects LIKE '%{name}%'" for name in _UNREAD))


def newest_entry(connection: Connection) -> int:
    """Return the number of the newest journal entry, 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM journal").fetchone()[0])


def candidates(connection: Connection, before: int, after: bytes, most: int) -> list[bytes]:
    """Return digests that no journal entry after ``before`` (seconds) and no report needs.

    At most so many, in their order, beginning behind the digest ``after``.
    """
    rows = connection.execute(
        "SELECT digest FROM original WHERE piece = 0 AND digest > ?"
        " EXCEPT SELECT digest FROM journal WHERE digest IS NOT NULL AND at > ?"
        " EXCEPT SELECT j.digest FROM report r JOIN journal j ON j.id = r.journal"
        " WHERE r.state <> 'done' ORDER BY 1 LIMIT ?",
        (after, before, most),
    )
    return [bytes(digest) for (digest,) in rows]


def drop(connection: Connection, digest: bytes, before: int, since: int) -> int | None:
    """Remove an original that nothing needs and return its size as kept, else None.

    What came after journal entry ``since`` may need it again.
    """
    (needed,) = connection.execute(
        f"SELECT {_NEEDED} OR EXISTS"
        " (SELECT 1 FROM journal WHERE id > :since AND digest = :digest)",
        {"digest": digest, "before": before, "since": since},
    ).fetchone()
    if needed:
        return None
    (size,) = connection.execute(
        "SELECT coalesce(sum(length(data)), 0) FROM original WHERE digest = ?", (digest,)
    ).fetchone()
    connection.execute("DELETE FROM original WHERE digest = ?", (digest,))
    return int(size)


def held_before(connection: Connection, before: int) -> list[int]:
    """Return the messages in quarantine that came until then (seconds), the oldest first."""
    rows = connection.execute("SELECT id FROM quarantine WHERE at <= ? ORDER BY id", (before,))
    return [number for (number,) in rows]
