"""POP3 commands and their answers (RFC 1939, RFC 2449), greeting, STLS and log-in.

Answers come in the order of the commands, so after anything that is no answer the connection is
out of step, and dropped. Until TLS has begun nothing is believed and no password is sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from mailgate.channels.mailbox import LoginError, MailboxError, Settings
from mailgate.channels.sasl import Login, quoted
from mailgate.channels.stream import MAX_LINE, Stream
from mailgate.errors import ConfigurationError

MAX_LINES = 10_000_000
"""Lines of a listing."""
_TEMPORARY = (b"[IN-USE]", b"[LOGIN-DELAY]", b"[SYS/TEMP]")
"""Response codes of RFC 2449 and 3206 by which a log-in fails though the password may be right."""

Reader = Callable[["Answer"], None]


class Answer:
    """What a command got: ``done`` once it was read; ``good`` for +OK; ``text`` behind that."""

    __slots__ = ("body", "done", "good", "size", "text")

    def __init__(self) -> None:
        self.done = self.good = False
        self.text = b""
        self.size = 0
        self.body: bytes | None = None


class Pop3Session:
    """A POP3 connection whose user is known. ``pipelining``: commands may be sent ahead."""

    def __init__(self, settings: Settings) -> None:
        """Connect and log in. Raises LoginError, MailboxError, ConfigurationError."""
        self.stream = Stream(settings)
        self.pipelining = False
        self._limit = settings.limit
        self._hidden: tuple[str, ...] = ()
        self._under_way: deque[tuple[Answer, Reader | None]] = deque()
        self._capabilities: dict[bytes, list[bytes]] | None = None
        try:
            self._greet(settings)
            self._log_in(Login(settings))
            self._learn()
        except BaseException:
            self.stream.close()
            raise
        self.pipelining = b"PIPELINING" in (self._capabilities or {})

    def fail(self, problem: str, said: bytes = b"") -> NoReturn:
        """Drop the connection because of what the server ``said``."""
        text = quoted(said, self._hidden)
        self.stream.fail(f"{problem}: {text}" if text else problem)

    def send(self, command: bytes, read: Reader | None = None) -> Answer:
        """Send a command without waiting; ``read`` reads what follows a good answer."""
        return self.send_all([command], read)[0]

    def send_all(self, commands: Sequence[bytes], read: Reader | None = None) -> list[Answer]:
        """Send commands in one piece; what they ask for has to be read before many more go out."""
        answers = [Answer() for _ in commands]
        self._under_way += [(answer, read) for answer in answers]
        self.stream.send(b"".join([command + b"\r\n" for command in commands]))
        return answers

    def wait(self, answer: Answer) -> Answer:
        """Read all answers up to this one, and return it."""
        while not answer.done:
            next_answer, read = self._under_way.popleft()
            self._status(next_answer)
            if read is not None and next_answer.good:
                read(next_answer)
            next_answer.done = True
        return answer

    def do(self, command: bytes, read: Reader | None = None) -> Answer:
        """Send a command and wait for its answer."""
        return self.wait(self.send(command, read))

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of an answer that has many (RFC 1939, 3)."""
        for _ in range(MAX_LINES):
            line = self.stream.line()
            if line == b".":
                return
            yield line[1:] if line.startswith(b".") else line
        self.fail("its list does not end")

    def read_body(self, answer: Answer, most: int | None = None) -> None:
        """Read a message; ``size`` counts it whole, ``body`` has at most ``most`` of its bytes.

        Without ``most`` the limit of the settings; no more than twice of that is listened to.
        """
        most = self._limit if most is None else most
        if self.stream.peek(3) == b".\r\n":
            self.stream.skip(3)
            answer.body = b""
            return
        bear = 2 * self._limit + MAX_LINE
        size, body = self.stream.until(b"\r\n.\r\n", most, bear)
        if body.startswith(b"."):
            body = body[1:]
        answer.body = body.replace(b"\r\n.", b"\r\n") + b"\r\n"
        answer.size = len(answer.body) if size <= most else size + 2

    def _status(self, answer: Answer) -> None:
        line = self.stream.line()
        word, _, answer.text = line.partition(b" ")
        answer.good = word.upper() == b"+OK"
        if not answer.good and word.upper() != b"-ERR":
            self.fail("its answers are out of step", line)

    def _greet(self, settings: Settings) -> None:
        answer = Answer()
        self._status(answer)
        if not answer.good:
            self.fail("it refuses the connection", answer.text)
        if settings.security == "starttls":
            self._start_tls()
        self._learn()

    def _start_tls(self) -> None:
        name = self.stream.name
        if self.stream.waiting():
            self.fail("it speaks unasked in plain text: not trusted, no password was sent")
        if not self.do(b"STLS").good:
            raise ConfigurationError(
                f"{name}: it offers no STARTTLS; refused, no password was sent"
            )
        self.stream.start_tls()

    def _learn(self) -> None:
        """Ask for the capabilities; old servers know none, and not the question."""
        found: dict[bytes, list[bytes]] = {}

        def read(_: Answer) -> None:
            for line in self.lines():
                name, *values = line.upper().split() or [b""]
                if len(found) < 1000:
                    found[name] = values

        good = self.do(b"CAPA", read).good
        self._capabilities = found if good else None

    def _log_in(self, login: Login) -> None:
        known = self._capabilities
        offered = (known or {}).get(b"SASL", [])
        login.choose(offered)
        self._hidden = (login.secret, login.first().decode())
        if login.mechanism.encode() in offered and (
            login.mechanism != "PLAIN" or b"USER" not in (known or {})
        ):
            self._sasl(login)
        elif login.mechanism != "PLAIN":
            raise ConfigurationError(f"{self.stream.name}: it does not offer {login.mechanism}")
        elif known is not None and b"USER" not in known:
            tls = "" if self.stream.secure else " without TLS"
            raise ConfigurationError(f"{self.stream.name}: it takes no password{tls}")
        else:
            answer = self.do(b"USER " + login.user.encode())
            if answer.good:
                answer = self.do(b"PASS " + login.secret.encode())
            if not answer.good:
                raise self._refusal(login, answer.text)

    def _sasl(self, login: Login) -> None:
        """Authenticate (RFC 5034), with the first message on its own line: it may be long."""
        self.stream.send(b"AUTH " + login.mechanism.encode() + b"\r\n")
        line = self.stream.line()
        said = ""
        if line.startswith(b"+ ") or line == b"+":
            self.stream.send(login.first() + b"\r\n")
            line = self.stream.line()
            if line.startswith(b"+ "):
                said = login.complaint(line[2:].strip())
                self.stream.send(login.second() + b"\r\n")
                line = self.stream.line()
        if line[:3].upper() != b"+OK":
            raise self._refusal(login, line[5:] + b" " + said.encode())

    def _refusal(self, login: Login, text: bytes) -> MailboxError | LoginError:
        said = login.quoted(text)
        if text.upper().startswith(_TEMPORARY):
            return MailboxError(f"{self.stream.name}: no log-in now: {said}")
        return LoginError(f"{self.stream.name}: the log-in of {login.user} is refused: {said}")
