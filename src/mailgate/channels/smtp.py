"""Letters by SMTP (RFC 5321), many over one connection.

Where the server takes several commands at once (RFC 2920), a letter costs one round trip: its
envelope is sent behind the final dot of the letter before, and its replies arrive with that
letter's. The bytes follow when the result of the letter before has been noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
                yield letter.parcel, letter.problem or self._send(letter, queue.peek)
        finally:
            self._drop(goodbye=True)

    def _send(self, letter: _Letter, peek: Callable[[], _Letter | None]) -> Result:
        until = monotonic() + self.settings.times.letter
        while True:
            reused = self._transactions is not None
            try:
                transactions = self._transactions or self._connect()
            except TemporaryError as error:
                return Result(UNUSABLE, _NO_ANSWER, str(error))
            try:
                result = transactions.deliver(letter, peek, until)
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
    """Parcels, of which the next one can be seen before it is taken."""

    def __init__(self, parcels: Iterable[Parcel]) -> None:
        self._parcels = iter(parcels)
        self._next: _Letter | None = None
        self._error: Exception | None = None

    def peek(self) -> _Letter | None:
        """Return what is taken next, None where nothing is left.

        An error waits until it is taken, for the result of the letter before comes first.
        """
        if self._next is None and self._error is None:
            try:
                self._next = self._read()
            except Exception as error:  # noqa: BLE001  raised by take
                self._error = error
        return self._next

    def take(self) -> _Letter | None:
        """Return the next letter, None at the end."""
        if self._error is not None:
            raise self._error
        taken, self._next = self._next or self._read(), None
        return taken

    def _read(self) -> _Letter | None:
        parcel = next(self._parcels, None)
        return None if parcel is None else _Letter(parcel)


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
        self._reset = False

    def deliver(self, letter: _Letter, peek: Callable[[], _Letter | None], until: float) -> Result:
        """Send one letter by then (monotonic seconds), and the envelope of the next one."""
        if self._opened is not letter:
            unsuitable = self._unsuitable(letter)
            if unsuitable is not None:
                return unsuitable
            if self.pipelining:
                self._open(letter, until)
        self._opened = None
        refused = (self._replies if self.pipelining else self._one_by_one)(letter, until)
        if refused is not None:
            return refused
        self._data(letter, until)
        self.uncertain = True
        following = peek() if self.pipelining else None
        if following and following.problem is None and self._unsuitable(following) is None:
            # Where that fails the reply to this letter may be here all the same.
            with suppress(BrokenError):
                self._open(following, until)
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

    def _open(self, letter: _Letter, until: float) -> None:
        self.session.send(b"".join(line for _, line in self._commands(letter)), until)
        self._opened = letter

    def _replies(self, letter: _Letter, until: float) -> Result | None:
        """Read the replies to an envelope; return what to say where it is not taken."""
        refused = None
        for name, _ in self._commands(letter):
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

    def _data(self, letter: _Letter, until: float) -> None:
        try:
            for piece in letter.content.wire():
                self.session.send(piece, until)
        except BrokenError as error:
            raise BrokenError(str(error), self._last_word()) from None
        except MailgateError as error:
            raise BrokenError(str(error)) from error

    def _last_word(self) -> Reply | None:
        """Return the refusal that a server sent before it closed the connection in the data."""
        try:
            reply = self.session.reply(monotonic() + 1)
        except BrokenError:
            return None
        return None if reply.code < 400 else reply

    def close(self, *, goodbye: bool) -> None:
        """End the connection, in order where nothing is under way."""
        if goodbye and self._opened is None and not self.uncertain:
            with suppress(BrokenError):
                self.session.command("QUIT", monotonic() + self.times.quit)
        self.session.close()
