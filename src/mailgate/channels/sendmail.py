"""Letters by a program that takes them as sendmail does: one run a letter, the text on stdin.

Its exit status says what became of the letter (sysexits.h).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from select import select
from tempfile import TemporaryFile
from time import monotonic
from typing import IO

from mailgate.channels.outgoing import (
    DEFERRED,
    FAILED,
    SENT,
    UNUSABLE,
    Parcel,
    Patience,
    Result,
    misaddressed,
    one_line,
    unreadable,
)
from mailgate.channels.wire import lf
from mailgate.errors import MailgateError, TemporaryError

SECONDS = 300.0
"""How long one run may take."""
MAX_OUTPUT = 4096
"""Bytes of what it prints that are kept."""
NULL_SENDER = "<>"
"""What Postfix, Exim, Sendmail and OpenSMTPD take for the null sender."""
_PERMANENT = {65: "5.6.0", 67: "5.1.1", 68: "5.1.2", 76: "5.5.0", 77: "5.7.1"}
"""Exit statuses that are about the letter: data, user, host, protocol, permission."""
_UNUSABLE = {64: "4.3.5", 78: "4.3.5", 126: "4.3.5", 127: "4.3.5"}
"""Exit statuses that are about the command: usage, configuration, not executable, not found."""
_POLL = 0.05
"""Seconds after which a program that prints nothing is looked at."""


class Sendmail:
    """A channel through a program; ``command`` is its beginning, as configured."""

    def __init__(self, command: Sequence[str], seconds: float = SECONDS) -> None:
        self.command = tuple(command)
        self.seconds = seconds
        self._patience = Patience()

    def send(self, parcels: Iterable[Parcel]) -> Iterator[tuple[Parcel, Result]]:
        """Run the program for each parcel."""
        for parcel in parcels:
            yield parcel, misaddressed(parcel) or self._send(parcel)

    def _send(self, parcel: Parcel) -> Result:
        sender = parcel.sender or NULL_SENDER
        with TemporaryFile() as text:
            try:
                text.writelines(lf(parcel.chunks()))
            except MailgateError as error:
                return unreadable(error)
            text.seek(0)
            command = [*self.command, "-f", sender, "--", parcel.recipient]
            try:
                return self._patience.judge(self._run(command, text))
            except TemporaryError as error:
                return Result(UNUSABLE, "4.3.5", str(error))

    def _run(self, command: list[str], letter: IO[bytes]) -> Result:
        name = command[0]
        try:
            process = subprocess.Popen(
                command,
                stdin=letter,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or error
            raise TemporaryError(one_line(f"cannot start {name}: {problem}")) from None
        with process:
            said = self._output(process)
            if said is None:
                os.killpg(process.pid, 9)
                return Result(UNUSABLE, "4.4.7", f"{name} took longer than {self.seconds:.0f} s")
        text = one_line(said.decode("utf-8", "replace"))
        return _result(name, process.returncode, text)

    def _output(self, process: subprocess.Popen[bytes]) -> bytes | None:
        """Return the beginning of what a program prints until it ends; None where it does not.

        A child that it leaves behind may hold the pipe open: nobody waits for that.
        """
        pipe = process.stdout
        if pipe is None:
            raise ValueError("the program's output is a pipe")
        until = monotonic() + self.seconds
        kept = bytearray()
        ended = False
        while monotonic() < until:
            ready = select([pipe], [], [], 0 if ended else _POLL)[0]
            data = os.read(pipe.fileno(), 65536) if ready else None
            if data:
                kept += data[: MAX_OUTPUT - len(kept)]
            if ended and (not data or len(kept) == MAX_OUTPUT):
                return bytes(kept)
            if data:
                continue
            if data is None:
                ended = process.poll() is not None
            else:
                ended = _wait(process, until)
        return None


def _wait(process: subprocess.Popen[bytes], until: float) -> bool:
    """Tell whether a program ends by then (monotonic seconds)."""
    try:
        process.wait(max(0, until - monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _result(name: str, status: int, said: str) -> Result:
    if status == os.EX_OK:
        return Result(SENT, "2.0.0", said)
    ending = f"status {status}" if status > 0 else f"signal {-status}"
    text = one_line(f"{name} ended with {ending}{': ' if said else ''}{said}")
    if status in _PERMANENT:
        return Result(FAILED, _PERMANENT[status], text)
    if status in _UNUSABLE:
        return Result(UNUSABLE, _UNUSABLE[status], text)
    return Result(DEFERRED, "4.3.0", text)
