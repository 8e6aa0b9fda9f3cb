"""Letters by SMTP (RFC 5321), many over one connection.

Where the server takes several commands at once (RFC 2920), a letter costs one round trip: its
envelope is sent behind the final dot of the letter before, and its replies arrive with that
letter's. The bytes follow when the result of the letter before has been noted. While the server
works, the letter after the next one is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from time import monotonic

from mailgate.channels.outgoing import (
    FAILED,
    UNUSABLE,
    Parcel,
    Patience,
    Result,
    misaddressed,
    unreadable,
)
from mailgate.channels.reply import Reply
from mailgate.channels.smtp_session import BrokenError, Session, Settings, open_session
from mailgate.channels.wire import END, Content
from mailgate.errors import MailgateError, TemporaryError

_NO_ANSWER = "4.4.1"
_BROKE = "4.4.2"
_AUTHENTICATE_FIRST = 530


class Smtp:
    """A channel to one server; it connects when there is something to send."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._transactions: _Transactions | None = None
        self._patience = Patience()

    def send(self, parcels: Iterable[Parcel]) -> Iterator[tuple[Parcel, Result]]:
        """Send parcels over one connection, which is opened again where it breaks."""
        queue = _Queue(parcels)
        try:
            while (letter := queue.take()) is not None:
                yield letter.parcel, letter.problem or self._send(letter, queue)
        finally:
            self._drop(goodbye=True)

    def _send(self, letter: _Letter, queue: _Queue) -> Result:
        until = monotonic() + self.settings.times.letter
        while True:
            reused = self._transactions is not None
            try:
                transactions = self._transactions or self._connect()
            except TemporaryError as error:
                return Result(UNUSABLE, _NO_ANSWER, str(error))
            try:
                result = transactions.deliver(letter, queue, until)
            except BrokenError as error:
                self._drop()
                if reused and not transactions.uncertain and error.reply is None:
                    continue
                return self._broke(error)
            return self._patience.judge(result)

    def _connect(self) -> _Transactions:
        self._transactions = _Transactions(open_session(self.settings), self.settings)
        return self._transactions

    def _broke(self, error: BrokenError) -> Result:
        """Say what a break on a fresh connection, or after the end of the data, means."""
        if error.reply is not None:
            return error.reply.result(".")
        return self._patience.judge(Result(UNUSABLE, _BROKE, str(error)))

    def _drop(self, *, goodbye: bool = False) -> None:
        if self._transactions is not None:
            self._transactions.close(goodbye=goodbye)
            self._transactions = None


class _Letter:
    """A parcel that was looked at; one with a ``problem`` is not sent."""

    __slots__ = ("content", "parcel", "problem", "utf8")

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.problem = misaddressed(parcel)
        self.utf8 = not (parcel.sender + parcel.recipient).isascii()
        if self.problem is None:
            try:
                self.content = Content(parcel.chunks)
            except MailgateError as error:
                self.problem = unreadable(error)


class _Queue:
    """Parcels, of which the next ones can be seen before they are taken."""

    def __init__(self, parcels: Iterable[Parcel]) -> None:
        self._parcels = iter(parcels)
        self._ready: deque[_Letter] = deque()
        self._error: Exception | None = None
        self._ended = False

    def read(self, count: int) -> None:
        """Read ahead so many.

        An error waits until it is met, for the results of the letters before come first.
        """
        while len(self._ready) < count and not self._ended:
            try:
                parcel = next(self._parcels, None)
                self._ended = parcel is None
                if parcel is not None:
                    self._ready.append(_Letter(parcel))
            except Exception as error:  # noqa: BLE001  raised by take
                self._error, self._ended = error, True

    def peek(self) -> _Letter | None:
        """Return what is taken next, None where nothing is left."""
        self.read(1)
        return self._ready[0] if self._ready else None

    def take(self) -> _Letter | None:
        """Return the next letter, None at the end."""
        self.read(1)
        if self._ready:
            return self._ready.popleft()
        if self._error is not None:
            raise self._error
        return None


class _Transactions:
    """Mail transactions on one connection.

    ``uncertain`` says that all of a letter was sent and the reply to it has not come.
    """

    def __init__(self, session: Session, settings: Settings) -> None:
        self.session = session
        self.times = settings.times
        self.pipelining = "PIPELINING" in session.features
        self.uncertain = False
        self._opened: _Letter | None = None
        self._awaited: list[str] = []
        self._reset = False

    def deliver(self, letter: _Letter, queue: _Queue, until: float) -> Result:
        """Send one letter by then (monotonic seconds), and the envelope of the next one."""
        if self._opened is not letter:
            unsuitable = self._unsuitable(letter)
            if unsuitable is not None:
                return unsuitable
            if self.pipelining:
                self.session.send(self._envelope(letter), until)
        self._opened = None
        refused = (self._replies if self.pipelining else self._one_by_one)(letter, until)
        if refused is not None:
            return refused
        self._data(letter, queue.peek() if self.pipelining else None, until)
        queue.read(2)
        reply = self.session.reply(min(until, monotonic() + self.times.taken))
        self.uncertain = False
        return reply.result(".")

    def _unsuitable(self, letter: _Letter) -> Result | None:
        """Return what to say of a letter that this server cannot take."""
        features = self.session.features
        if letter.utf8 and "SMTPUTF8" not in features:
            text = "the address is not ASCII, which the server does not take (SMTPUTF8)"
            return Result(FAILED, "5.6.7", text)
        largest = features.get("SIZE", "")
        if largest.isascii() and largest.isdigit() and 0 < int(largest[:18]) < letter.content.size:
            text = f"the letter has {letter.content.size} bytes, the server takes {largest[:18]}"
            return Result(FAILED, "5.3.4", text)
        return None

    def _commands(self, letter: _Letter) -> list[tuple[str, bytes]]:
        """Return name and line of each command that comes before the data."""
        features, content = self.session.features, letter.content
        mail = f"MAIL FROM:<{letter.parcel.sender}>"
        if "SIZE" in features:
            mail += f" SIZE={content.size}"
        if content.eight_bit and "8BITMIME" in features:
            mail += " BODY=8BITMIME"
        if (letter.utf8 or content.utf8) and "SMTPUTF8" in features:
            mail += " SMTPUTF8"
        lines = [("MAIL", mail), ("RCPT", f"RCPT TO:<{letter.parcel.recipient}>"), ("DATA", "DATA")]
        if self._reset:
            lines.insert(0, ("RSET", "RSET"))
        return [(name, line.encode() + b"\r\n") for name, line in lines]

    def _envelope(self, letter: _Letter) -> bytes:
        commands = self._commands(letter)
        self._opened, self._awaited = letter, [name for name, _ in commands]
        return b"".join([line for _, line in commands])

    def _replies(self, letter: _Letter, until: float) -> Result | None:
        """Read the replies to an envelope; return what to say where it is not taken."""
        refused = None
        for name in self._awaited:
            reply = self._reply(until)
            refused = refused or self._refusal(name, reply)
        self._reset = refused is not None
        if refused is not None and reply.code == 354:
            # Nothing was taken, so nothing is delivered (RFC 2920 section 3.1).
            self.session.send(END, until)
            self._reply(until)
        return refused

    def _one_by_one(self, letter: _Letter, until: float) -> Result | None:
        for name, line in self._commands(letter):
            self.session.send(line, until)
            refused = self._refusal(name, self._reply(until))
            self._reset = refused is not None
            if refused is not None:
                return refused
        return None

    def _refusal(self, name: str, reply: Reply) -> Result | None:
        if reply.code == 354 if name == "DATA" else reply.positive:
            return None
        if name == "RSET" or 200 <= reply.code < 400:
            raise BrokenError(f"{self.session.host} answers {name} with {reply.text}")
        result = reply.result(name)
        if reply.code == _AUTHENTICATE_FIRST or (name == "MAIL" and result.status[:4] == "4.3."):
            return Result(UNUSABLE, result.status, result.text)
        return result

    def _reply(self, until: float) -> Reply:
        return self.session.reply(min(until, monotonic() + self.times.reply))

    def _data(self, letter: _Letter, following: _Letter | None, until: float) -> None:
        """Send the bytes, and behind them the envelope of the letter that follows."""
        envelope = b""
        if following and following.problem is None and self._unsuitable(following) is None:
            envelope = self._envelope(following)
        try:
            last = b""
            for piece in letter.content.pieces():
                if last:
                    self.session.send(last, until)
                last = piece
            self.uncertain = True
            self.session.send(last + envelope, until)
        except BrokenError as error:
            raise BrokenError(str(error), self._last_word()) from None
        except MailgateError as error:
            raise BrokenError(str(error)) from error

    def _last_word(self) -> Reply | None:
        """Return what a server said of the letter before it closed the connection."""
        try:
            return self.session.reply(monotonic() + 1)
        except BrokenError:
            return None

    def close(self, *, goodbye: bool) -> None:
        """End the connection, in order where nothing is under way."""
        if goodbye and self._opened is None and not self.uncertain:
            with suppress(BrokenError):
                self.session.command("QUIT", monotonic() + self.times.quit)
        self.session.close()
