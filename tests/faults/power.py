"""Simulated loss of power: what a disk may hold if it lost what was never synced.

The system calls of some deliveries are recorded with strace(1). From them the files are built
again as they may be at any moment: what was synced is there; of what was written since, nothing,
all, a random part, or a part torn into sectors. Trusts that fsync means what it says, and that a
file which was created stays; the shared-memory file is gone, as it is after a restart.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from faults import oracle
from faults.installation import Installation, environment
from faults.mails import Post
from faults.mta import CHECKPOINT_ALWAYS, RECIPIENTS, Task

SECTOR = 512
MODES = ("none", "half", "torn", "all")
_CALLS = "write,pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat"
_LINE = re.compile(r"^\d+ +(\w+)\((?:\d+<([^>]*)>)?(.*)\) += (\d+)")
_SCRIPT = """
for mail in "$1"/*.eml; do
    "$2" -f ann@src.test -- "$3" < "$mail" && echo "${mail##*/}" >> "$4"
done
"""

Operation = tuple[str, str, int, bytes]
"""(call, file name, offset or length, data)."""


class Recording:
    """The system calls of deliveries one after the other: ``operations``, ``start``, ``tasks``.

    ``start`` holds the files before the first; an operation ``ack`` has the name of a mail as
    data, which stands in ``tasks``.
    """

    def __init__(self, folder: Path, installation: Installation, database: Path) -> None:
        self.folder = folder
        self.installation = installation
        self.database = database
        self.start = {database.name: database.read_bytes()}
        self.tasks: dict[bytes, Task] = {}
        self.operations: list[Operation] = []

    def record(self, count: int, seed: int) -> None:
        """Deliver that many mails under strace; a checkpoint comes after every few."""
        post = Post(seed)
        mails, acks, log = (self.folder / name for name in ("mails", "acks", "calls"))
        mails.mkdir(parents=True)
        acks.touch()
        for number in range(count):
            mail, name = post.text(), f"{number:05d}.eml"
            (mails / name).write_bytes(mail.data)
            self.tasks[name.encode()] = Task(mail, RECIPIENTS[:1], None)
        files = [f"{self.database}{end}" for end in ("", "-wal", "-journal")]
        traced = [part for path in (*files, str(acks)) for part in ("-P", path)]
        subprocess.run(
            [
                *("strace", "-f", "-y", "-xx", "-s", "10000000", "-o", str(log)),
                *("-e", f"trace={_CALLS}", *traced),
                *("sh", "-c", _SCRIPT, "sh", str(mails), str(self.installation.front)),
                *(RECIPIENTS[0], str(acks)),
            ],
            env=environment(self.database, SETTINGS=CHECKPOINT_ALWAYS),
            check=True,
            stderr=subprocess.DEVNULL,
        )
        self.operations = [*_operations(log, acks.name)]

    @property
    def acknowledged(self) -> int:
        """How many deliveries were acknowledged."""
        return sum(call == "ack" for call, *_ in self.operations)

    def images(self, count: int, seed: int) -> Iterator[tuple[str, dict[str, bytes], list[Task]]]:
        """Yield at least ``count`` images: what it is, files, tasks that were acknowledged."""
        chance = random.Random(seed)
        points = {number + 1 for number, op in enumerate(self.operations) if op[0] == "ack"}
        while len(points) * len(MODES) < count and len(points) < len(self.operations):
            points.add(chance.randrange(1, len(self.operations) + 1))
        disk, accepted = _Disk(self.start), list[Task]()
        for number, operation in enumerate(self.operations, 1):
            if operation[0] == "ack":
                accepted.append(self.tasks[operation[3]])
            else:
                disk.take(operation)
            if number in points:
                for mode in MODES:
                    yield f"{mode} after call {number}", disk.image(mode, chance), [*accepted]

    def violations(self, count: int, seed: int) -> tuple[int, list[str]]:
        """Look into that many images; return how many there were and what is wrong in which."""
        looked, found = 0, list[str]()
        for name, files, accepted in self.images(count, seed):
            looked += 1
            place = self.folder / "image"
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            for file, data in files.items():
                (place / file).write_bytes(data)
            wrong = oracle.violations(place / self.database.name, accepted, complete=False)
            found += [f"{name}: {line}" for line in wrong]
        return looked, found


class _Disk:
    """Files as they were synced, and what was done to each since."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.synced = {name: bytearray(data) for name, data in files.items()}
        self.waiting: dict[str, list[Operation]] = {}

    def take(self, operation: Operation) -> None:
        call, name, _, _ = operation
        if call in ("fsync", "fdatasync"):
            for done in self.waiting.pop(name, []):
                _apply(self.synced, done)
        elif call in ("unlink", "unlinkat"):
            self.synced.pop(name, None)
            self.waiting.pop(name, None)
        else:
            self.waiting.setdefault(name, []).append(operation)

    def image(self, mode: str, chance: random.Random) -> dict[str, bytes]:
        files = {name: bytearray(data) for name, data in self.synced.items()}
        for operations in self.waiting.values():
            for operation in operations:
                if mode == "all" or (mode == "half" and chance.random() < 0.5):
                    _apply(files, operation)
                elif mode == "torn":
                    for piece in _torn(operation, chance):
                        _apply(files, piece)
        return {name: bytes(data) for name, data in files.items()}


def _apply(files: dict[str, bytearray], operation: Operation) -> None:
    call, name, number, data = operation
    file = files.setdefault(name, bytearray())
    if call == "ftruncate":
        del file[number:]
        file.extend(bytes(number - len(file)))
        return
    file.extend(bytes(max(0, number - len(file))))
    file[number : number + len(data)] = data


def _torn(operation: Operation, chance: random.Random) -> Iterator[Operation]:
    call, name, number, data = operation
    if call == "ftruncate":
        if chance.random() < 0.5:
            yield operation
        return
    for at in range(0, len(data), SECTOR):
        if chance.random() < 0.5:
            yield call, name, number + at, data[at : at + SECTOR]


def _operations(log: Path, acks: str) -> Iterator[Operation]:
    """Read strace's log; a call that another interrupted counts where it began."""
    begun: dict[str, tuple[int, str]] = {}
    lines: list[str] = []
    for line in log.read_text().splitlines():
        pid = line.partition(" ")[0]
        if line.endswith("<unfinished ...>"):
            begun[pid] = len(lines), line.removesuffix("<unfinished ...>").rstrip()
            lines.append("")
        elif " resumed>" in line:
            place, start = begun.pop(pid)
            lines[place] = start + line.partition(" resumed>")[2]
        else:
            lines.append(line)
    for line in lines:
        operation = _operation(line, acks)
        if operation:
            yield operation


def _operation(line: str, acks: str) -> Operation | None:
    match = _LINE.match(line)
    if not match:
        return None
    call, path, rest, _ = match.groups()
    strings = [bytes.fromhex(text.replace("\\x", "")) for text in re.findall(r'"([^"]*)"', rest)]
    if call in ("unlink", "unlinkat"):
        return call, Path(strings[0].decode()).name, 0, b""
    name = Path(bytes.fromhex(path.replace("\\x", "")).decode() if "\\x" in path else path).name
    if name == acks:
        return "ack", name, 0, strings[0].strip()
    if call == "pwrite64":
        return call, name, int(rest.rpartition(",")[2]), strings[0]
    if call == "ftruncate":
        return call, name, int(rest.rpartition(",")[2]), b""
    return (call, name, 0, b"") if call != "write" else None
