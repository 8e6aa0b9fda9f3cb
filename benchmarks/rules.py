"""What the rules cost: many aliases with every rule at work against one alias, and explaining."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from faults.installation import DOMAIN

from benchmarks.stand import Bench, Deliveries, Program, interleave

DOMAINS = 100
IN_EACH = 100
"""Aliases of one domain."""
_PARAMETERS = {
    "mail.spam.header": "X-Spam-Flag: YES",
    "mail.trusted.authserv": "mx.example.com",
    "mail.gateway.alias.threshold": "1000000",
    "mail.gateway.loop.threshold": "1000000",
    "mail.catchall.domain.allowed": "elsewhere.example",
}


def rules(bench: Bench) -> None:
    """10,000 aliases in 100 domains, with lists, proof, limits and detection, against one."""
    one = bench.full.database(bench.folder / "one" / "mail.db", 1)
    many = bench.full.database(bench.folder / "all" / "mail.db", 1)
    _fill(many)
    variants = [
        _ToInfo(bench, bench.accepting, database, bench.post.text) for database in (one, many)
    ]
    interleave(bench, variants, bench.sizes.filled)
    small, large = (variant.cost for variant in variants)
    print()
    for name, cost in (("1 alias", small), (f"{DOMAINS * IN_EACH} aliases, all rules", large)):
        print(f"{name:38} {cost.cpu_ms:6.1f} {cost.wall_ms:8.1f}")
    bench.promise("commands that failed", 0, small.failed + large.failed)
    bench.promise(
        f"CPU, {DOMAINS * IN_EACH} aliases and all rules, x one alias", 1.1, large.cpu / small.cpu
    )


def explaining(bench: Bench) -> None:
    """The whole of ``mailgate explain`` against the start of the interpreter."""
    database = bench.full.database(bench.folder / "explain" / "mail.db", 10)
    base = Program(bench, str(bench.full.python), "-c", "pass")
    program = str(bench.full.python.parent / "mailgate")
    words = ["--db", str(database), "explain", "-f", "ann@src.test", "-r", f"info@{DOMAIN}"]
    explain = Program(bench, program, *words)
    interleave(bench, [base, explain], bench.sizes.filled // 4)
    print(f"\n{'explain':38} {explain.cost.cpu_ms:6.1f} {explain.cost.wall_ms:8.1f}")
    bench.promise("commands that failed", 0, explain.cost.failed)
    bench.promise("CPU, explain, x python3 -c pass", 8, explain.cost.cpu / base.cost.cpu)


class _ToInfo(Deliveries):
    """Deliveries to the one alias that both databases have."""

    def command(self, mail: object) -> list[str]:
        sender = getattr(mail, "sender", "")
        return [self.front, "-f", sender, "--", f"info@{DOMAIN}"]


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        (model,) = connection.execute("SELECT id FROM model WHERE name = 'lead'").fetchone()
        connection.executemany("INSERT INTO parameter VALUES (?, ?)", _PARAMETERS.items())
        connection.executemany(
            "INSERT INTO domain (id, name, catchall, bounce) VALUES (?, ?, 'catchall', 'bounce')",
            [(number, f"company{number}.example") for number in range(2, DOMAINS + 1)],
        )
        # In each domain info@ as well: the local part alone must not make look-ups dear.
        connection.executemany(
            "INSERT INTO alias (local_part, domain, model, local_part_detection)"
            " VALUES (?, ?, ?, ?)",
            [
                ("info" if number == 0 else f"alias{number}", domain, model, number == 1)
                for domain in range(1, DOMAINS + 1)
                for number in range(IN_EACH)
                if (domain, number) != (1, 0)
            ],
        )
        for table in ("allow", "block"):
            connection.executemany(
                f"INSERT INTO {table} (pattern) VALUES (?)",
                [(f"*@{table}{number}.example",) for number in range(1000)],
            )
