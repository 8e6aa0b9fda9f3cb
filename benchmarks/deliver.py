"""What a delivery costs: ``python -m benchmarks.deliver [--quick]``, with tests/ on the path.

Everything is compared side by side in one interleaved run, in an order shuffled in every round,
on databases with the full schema and 1,000 aliases. A cost is the whole cost of all deliveries
divided by their number: front, worker, the child that unpacks, and checkpoints. Each promise is
a row; the exit status is 1 where one is not kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from faults.mails import Mail

from benchmarks.disk import flush_seconds
from benchmarks.fill import fill
from benchmarks.flush import flushing
from benchmarks.launch import Cost, Peak, peak, run
from benchmarks.rules import explaining, rules
from benchmarks.stand import FULL, QUICK, Bench, Deliveries, Program, interleave

MIB = 1 << 20
BIG = 25 * MIB
AT_ONCE = 16


def startup(bench: Bench) -> None:
    """The cost of a delivery against the start of the same interpreter."""
    base = Program(bench, str(bench.full.python), "-c", "pass")
    rows: dict[str, Deliveries | Program] = {"python3 -c pass": base}
    kinds: dict[str, Callable[..., Mail]] = {
        "5 KB text": bench.post.text,
        "50 KB HTML": bench.post.rich,
    }
    for number, (kind, write) in enumerate(kinds.items()):
        for name, installation in (
            ("accepted", bench.accepting),
            ("accepted and unpacked", bench.full),
        ):
            database = bench.database(f"{name.replace(' ', '-')}-{number}")
            rows[f"{name}, {kind}"] = Deliveries(bench, installation, database, write)
    rows["cat to a file, synced"] = Program(
        bench, "sh", "-c", 'cat > "$FOLDER/cat.$$" && sync "$FOLDER/cat.$$" && rm "$FOLDER/cat.$$"'
    )
    if shutil.which("procmail"):
        (bench.folder / "Maildir").mkdir()
        rows["procmail to a Maildir"] = Program(
            bench, "procmail", f"DEFAULT={bench.folder}/Maildir/", "/dev/null"
        )
    interleave(bench, list(rows.values()), bench.sizes.deliveries)
    print(f"\n{bench.sizes.deliveries} runs each     CPU ms  wall ms   CPU x python3 -c pass")
    for name, variant in rows.items():
        cost = variant.cost
        ratio = cost.cpu / base.cost.cpu
        print(f"{name:38} {cost.cpu_ms:6.1f} {cost.wall_ms:8.1f}   {ratio:.2f}")
    print('("accepted" alone is measured with a copy whose unpack.py does nothing)')
    failed = sum(variant.cost.failed for variant in rows.values())
    bench.promise("commands that failed", 0, failed)
    for name, most in (("accepted, 5 KB text", 2.5), ("accepted and unpacked, 5 KB text", 5.0)):
        ratio = rows[name].cost.cpu / base.cost.cpu
        bench.promise(f"CPU, {name}, x python3 -c pass", most, ratio)


def memory(bench: Bench) -> None:
    """Peak memory with a message of 25 MB."""
    print("\npeak memory, 25 MiB message   largest process MiB   all at one time MiB")
    for name, installation, most in (
        ("accepted", bench.accepting, 2.5),
        ("accepted and unpacked", bench.full, 5.0),
    ):
        database = bench.database(f"memory-{name.replace(' ', '-')}")
        mail = bench.post.big(BIG)
        path = bench.file(mail)
        variant = Deliveries(bench, installation, database, bench.post.text)
        found: Peak = peak(variant.command(mail), path, variant.env)
        print(f"{name:30} {found.largest / MIB:12.1f} {found.together / MIB:20.1f}")
        bench.promise(f"peak memory, {name}, x the message", most, found.worst / len(mail.data))
        with closing(sqlite3.connect(database)) as connection:
            states = connection.execute("SELECT unpacked FROM message").fetchall()
        bench.promise(f"messages that were {name}", 1, len(states), least=True)
        if installation is bench.full:
            done = states == [("done",)]
            bench.promise("of them unpacked", 1, done, least=True)


def growth(bench: Bench) -> None:
    """The same delivery with few and with many messages in the database."""
    few, many = bench.database("few"), bench.database("many")
    fill(few, 100)
    started = time.monotonic()
    fill(many, bench.sizes.messages)
    size = many.stat().st_size / MIB
    print(f"\nfilled {bench.sizes.messages} messages, {size:.0f} MiB, in", end=" ")
    print(f"{time.monotonic() - started:.0f} s")
    variants = [
        Deliveries(bench, bench.full, database, bench.post.text) for database in (few, many)
    ]
    interleave(bench, variants, bench.sizes.filled)
    small, large = (variant.cost for variant in variants)
    for name, cost in (("100 messages", small), (f"{bench.sizes.messages} messages", large)):
        print(f"{name:38} {cost.cpu_ms:6.1f} {cost.wall_ms:8.1f}")
    what = f"{bench.sizes.messages} messages in the database, x 100 messages"
    bench.promise("commands that failed", 0, small.failed + large.failed)
    bench.promise(f"CPU, {what}", 1.2, large.cpu / small.cpu)
    bench.promise(f"wall, {what}", 1.2, large.wall / small.wall)


def concurrency(bench: Bench) -> None:
    """Sixteen deliveries at once against one at a time, in turns."""
    variant = Deliveries(bench, bench.full, bench.database("at-once"), bench.post.text)
    block = AT_ONCE * 2
    seconds = {1: 0.0, AT_ONCE: 0.0}
    for _ in range(bench.sizes.at_once // block):
        for workers in bench.chance.sample(sorted(seconds), len(seconds)):
            mails = [bench.post.text() for _ in range(block)]
            work = [(variant.command(mail), bench.file(mail)) for mail in mails]
            started = time.perf_counter()
            with ThreadPoolExecutor(workers) as pool:
                for waiting in [pool.submit(_one, variant, *job) for job in work]:
                    variant.cost.failed += waiting.result().failed
            seconds[workers] += time.perf_counter() - started
    delivered = bench.sizes.at_once // block * block
    print()
    for workers, spent in seconds.items():
        print(f"{workers:2} at a time: {delivered / spent:.1f} deliveries a second")
    bench.promise(f"failures, {AT_ONCE} at once", 0, variant.cost.failed)
    ratio = seconds[1] / seconds[AT_ONCE]
    bench.promise(f"throughput of {AT_ONCE} at once, x one at a time", 1, ratio, least=True)


def _one(variant: Deliveries, command: list[str], path: Path) -> Cost:
    cost = Cost()
    run(command, path, variant.env, cost)
    return cost


def machine(bench: Bench) -> Iterator[str]:
    """Say on what this was measured."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    yield f"{os.cpu_count()} x {processor}, {platform.system()} {platform.release()}"
    yield f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield f"flush of the disk: {flush_seconds(bench.folder) * 1000:.2f} ms"
    yield f"load: {' '.join(f'{load:.2f}' for load in os.getloadavg())}"


def main() -> int:
    """Measure everything and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a first impression in a minute")
    parser.add_argument("--folder", help="where to write, on the disk to be measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailgate-bench-", dir=given.folder) as name:
        bench = Bench(Path(name), QUICK if given.quick else FULL, seed=1)
        print("\n".join(machine(bench)))
        for part in (startup, memory, growth, rules, explaining, concurrency, flushing):
            part(bench)
        print(f"\nload: {' '.join(f'{load:.2f}' for load in os.getloadavg())}")
        print(f"{bench.broken} promises broken")
    return 1 if bench.broken else 0


if __name__ == "__main__":
    sys.exit(main())
