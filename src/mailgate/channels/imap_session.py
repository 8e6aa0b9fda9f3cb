"""Commands to an IMAP server and their answers; several commands may be under way at once.

The server does them in the order in which they were sent. Whatever comes while one is waited for
is given to those under way, each of which takes what it has asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

from mailgate.channels import imap_reply as reply
from mailgate.channels.imap_reply import Part, Unkept
from mailgate.channels.mailbox import Settings
from mailgate.channels.sasl import quoted
from mailgate.channels.stream import MAX_LINE, Stream

MAX_SEARCH_LINE = 1 << 23
"""Bytes of a line of search results: some 900,000 messages."""
MAX_TEXT = 1 << 25
MAX_RESPONSES = 500_000
"""What a server may say while one command is under way, literals not counted."""
MAX_LITERALS = 20
"""Literals of one response."""

Taker = Callable[[list[Part]], None]


class Command:
    """One command under way: ``status`` is empty until it is done, then OK, NO or BAD."""

    __slots__ = ("code", "status", "tag", "take", "text")

    def __init__(self, tag: bytes, take: Taker | None) -> None:
        self.tag = tag
        self.take = take
        self.status = b""
        self.code = b""
        self.text = b""


class Session:
    """An IMAP connection: commands, responses, capabilities. It logs in nobody.

    ``hidden`` is what no message to people repeats, even if the server does.
    """

    def __init__(self, settings: Settings) -> None:
        """Connect and read the greeting; ``preauth`` says that the server asks for no log-in."""
        self.stream = Stream(settings)
        self.capabilities: frozenset[bytes] = frozenset()
        self.hidden: tuple[str, ...] = ()
        self._limit = settings.limit
        self._prefix = os.urandom(3).hex().encode()
        self._count = 0
        self._held = b""
        self._under_way: dict[bytes, Command] = {}
        self._leaving = False
        self._longest = MAX_LINE
        self._responses = self._text = 0
        line = self.stream.line()
        word, code, _ = reply.status(line.removeprefix(b"* "))
        if not line.startswith(b"* ") or word not in (b"OK", b"PREAUTH"):
            self.fail(
                "it refuses the connection" if word == b"BYE" else "it is no IMAP server", line
            )
        self.preauth = word == b"PREAUTH"
        self._learn(code)

    def fail(self, problem: str, said: bytes = b"") -> NoReturn:
        """Drop the connection because of what the server ``said``."""
        text = quoted(said, self.hidden)
        self.stream.fail(f"{problem}: {text}" if text else problem)

    def send(self, command: bytes, take: Taker | None = None, *, more: bool = False) -> Command:
        """Send a command without waiting; ``take`` gets the untagged data until it is done.

        ``more`` keeps it back until the next one is sent, so that both go as one.
        """
        self._count += 1
        sent = Command(b"%s%d" % (self._prefix, self._count), take)
        self._under_way[sent.tag] = sent
        if b" SEARCH " in command[:12]:
            self._longest = MAX_SEARCH_LINE
        self._held += b"%s %s\r\n" % (sent.tag, command)
        if not more:
            held, self._held = self._held, b""
            self.stream.send(held)
        return sent

    def wait(self, command: Command) -> Command:
        """Read until the command is done, and return it."""
        while not command.status:
            self.read()
        return command

    def do(self, command: bytes, take: Taker | None = None) -> Command:
        """Send a command and wait until it is done."""
        return self.wait(self.send(command, take))

    def capable(self, capability: bytes) -> bool:
        """Return whether the server has announced a capability, named in capitals."""
        return capability in self.capabilities

    def ask_capabilities(self) -> None:
        """Ask for the capabilities, unless the server has told them since they were forgotten."""
        if not self.capabilities:
            self.do(b"CAPABILITY")

    def forget_capabilities(self) -> None:
        """Believe nothing that was said until now: TLS has begun, or the user is known."""
        self.capabilities = frozenset()

    def challenge(self, command: Command) -> bytes | None:
        """Read until the server waits for a line; return its text, or None if it is done."""
        while not command.status:
            line = self.read(continuing=True)
            if line is not None:
                return line
        return None

    def leave(self) -> None:
        """Say goodbye, and wait for the answer."""
        self._leaving = True
        self.do(b"LOGOUT")

    def read(self, *, continuing: bool = False) -> bytes | None:
        """Read one response. Return the text of a request to continue, where one is expected."""
        line = self.stream.line(self._longest)
        self._bear(len(line))
        if line.startswith(b"* "):
            self._untagged(line)
            return None
        if line.startswith(b"+"):
            if not continuing:
                self.fail("it asks to continue what has ended", line)
            return line[1:].strip()
        self._tagged(line)
        return None

    def _bear(self, size: int) -> None:
        self._responses += 1
        self._text += size
        if self._responses > MAX_RESPONSES or self._text > MAX_TEXT:
            self.fail("it does not stop talking")

    def _tagged(self, line: bytes) -> None:
        tag, _, rest = line.partition(b" ")
        command = self._under_way.pop(tag, None)
        word, code, _ = reply.status(rest)
        if command is None or word not in (b"OK", b"NO", b"BAD"):
            self.fail("it answers what was not asked", line)
        self._learn(code)
        command.code, command.text, command.status = code, rest, word
        command.take = None  # nothing more comes for it, and it would keep what it was given
        self._responses = self._text = 0
        self._longest = MAX_LINE

    def _untagged(self, line: bytes) -> None:
        parts: list[Part] = [line]
        room = self._limit
        status = reply.is_status(line)
        while (size := None if status else reply.announced(line)) is not None:
            kept = self._literal(size, room)
            room -= len(kept) if isinstance(kept, bytes) else 0
            line = self.stream.line()
            self._bear(len(line))
            parts += (kept, line)
            if len(parts) > 2 * MAX_LITERALS:
                self.fail("it sends too many literals in one response")
        if len(parts) == 1:
            self._status(line)
        for command in list(self._under_way.values()):
            if command.take is not None:
                self._give(command.take, parts)

    def _give(self, take: Taker, parts: list[Part]) -> None:
        try:
            take(parts)
        except ValueError:
            first = parts[0]
            self.fail("it sends nonsense", first if isinstance(first, bytes) else b"")

    def _literal(self, size: int, room: int) -> Part:
        """Return a literal; one that is too large is read past, if that is not endless."""
        if size <= room:
            return self.stream.block(size)
        if size > 2 * self._limit + MAX_LINE:
            self.stream.fail(f"it announces {size} bytes, more than twice the limit of a message")
        self.stream.skip(size)
        return Unkept(size)

    def _status(self, line: bytes) -> None:
        word, code, text = reply.status(line[2:])
        if word == b"BYE" and not self._leaving:
            self.fail("it ends the connection", text)
        self._learn(line[2:] if word == b"CAPABILITY" else code)

    def _learn(self, text: bytes) -> None:
        told = reply.code_value(text, b"CAPABILITY")
        if told:
            self.capabilities = frozenset(told.upper().split())
