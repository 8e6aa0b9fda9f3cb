"""A process that has messages decided by a real gateway and reports what each cost.

It reads messages from stdin and answers each on stdout with one line of JSON: outcomes by
recipient, seconds of CPU, the peak of memory so far in MB, and what went wrong, if anything did.
"""

from __future__ import annotations

import json
import struct
import sys
import time
import traceback
from pathlib import Path
from typing import BinaryIO
from zlib import decompress

from gateway.house import NOW, House
from mail.letters import check

from mailgate.gateway.deliver import Gateway
from mailgate.gateway.document import as_json
from mailgate.mail.address import normalise
from mailgate.mail.envelope import Envelope
from mailgate.mail.original import Original, Reader

RECIPIENTS = (
    *("thanks@example.com", "staff@example.com", "catchall@example.com", "was@example.com"),
    *("bounce@example.net", "nobody@example.com"),
)
"""One of each kind: an alias that answers, one that refuses, and so on."""
CHUNK = 65536


def furnish(folder: Path, authserv: str = "") -> str:
    """Make a database in which every rule has something to do, and return its path."""
    house = House(folder)
    house.alias("thanks", acknowledge="Thank you.")
    house.alias("staff", policy="internal")
    house.run("INSERT INTO retired VALUES ('was@example.com', 'alias', 1, NULL, 0)")
    for key, value in {
        "mail.trusted.authserv": authserv,
        "mail.spam.header": "X-Spam-Flag: YES",
        "mail.notice.interval.minutes": "0",
        "mail.notice.max.per.hour": "1000000000",
        "mail.gateway.loop.threshold": "0",
    }.items():
        house.parameter(key, value)
    house.close()
    return house.path


def read(raw: bytes, limit: int) -> Original:
    """Read a message in pieces, as a pipe gives it."""
    reader = Reader(limit)
    for at in range(0, len(raw), CHUNK):
        if not reader.feed(raw[at : at + CHUNK]):
            break
    return reader.finish()


def decide(gateway: Gateway, raw: bytes, envelope: Envelope) -> dict[str, object]:
    """Deliver a message and return what the parent is told."""
    start = time.process_time()
    try:
        original = read(raw, gateway.limits.max_bytes)
        said = json.loads(as_json(gateway.deliver(original, envelope, NOW, lambda: 0, 30.0)))
        wrong = ""
    except Exception:  # noqa: BLE001 (the parent is told of every one)
        said, wrong = {"recipients": []}, traceback.format_exc()
    seconds = time.process_time() - start
    outcomes = [recipient["outcome"] for recipient in said["recipients"]]
    return {"outcomes": outcomes, "seconds": seconds, "wrong": wrong}


def letters(gateway: Gateway, after: int) -> tuple[int, str]:
    """Check every letter that went out since, and return the number of the newest."""
    rows = gateway.database.connection.execute(
        "SELECT b.id, b.recipient, o.data FROM outbox b JOIN original o USING (digest)"
        " WHERE b.id > ? ORDER BY b.id",
        (after,),
    ).fetchall()
    for number, to, data in rows:
        after = number
        try:
            check(decompress(data), to)
        except Exception:  # noqa: BLE001 (the parent is told of every one)
            return after, traceback.format_exc()
    return after, ""


def peak() -> float:
    """Return the most memory this program had, in MB; getrusage would count its parent's."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmHWM")


def serve(path: str, source: BinaryIO) -> None:
    """Answer until the input ends; each message comes as its length, its sender and its bytes."""
    gateway = Gateway(path)
    newest = 0
    while size := source.read(8):
        length, sender_length = struct.unpack(">II", size)
        sender = source.read(sender_length).decode("utf-8", "surrogateescape")
        raw = source.read(length)
        envelope = Envelope("pipe", normalise(sender) if sender else sender, RECIPIENTS)
        said = decide(gateway, raw, envelope)
        said["memory"] = peak()
        newest, wrong = letters(gateway, newest)
        said["wrong"] = said["wrong"] or wrong
        said["letters"] = newest
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], sys.stdin.buffer)
