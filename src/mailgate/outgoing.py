"""How mail leaves this machine: the table ``[outgoing]`` of the configuration file."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = (
    "transport",
    "host",
    "port",
    "security",
    "user",
    "password_file",
    "password_command",
    "helo",
    "sendmail",
)
"""Every key the table may have."""
PORTS = {"none": 25, "starttls": 587, "tls": 465}
"""The port by security, where none is given (RFC 6409, RFC 8314)."""
_CHOICES = {"transport": ("none", "smtp", "sendmail"), "security": tuple(PORTS)}
CREDENTIAL = "credential:"
"""What comes before the name of a systemd credential in place of a path."""


class WrongKeyError(Exception):
    """A key whose value cannot be: ``problem`` goes on where the key was named."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(key, problem)
        self.key = key
        self.problem = problem


class Outgoing:
    """How mail leaves: the table ``[outgoing]``.

    ``transport`` is none, smtp or sendmail; ``security`` none, starttls or tls; ``password_file``
    an absolute path or ``credential:`` and a name, ``password_command`` a command line that is
    run without a shell: with a ``user`` one of them is there, the other None. ``helo`` is what
    the server is told this machine is called, None where the machine is asked. ``sendmail`` is
    the beginning of a command.
    """

    __slots__ = KEYS

    def __init__(self) -> None:
        self.transport = "none"
        self.host = "localhost"
        self.port = PORTS["none"]
        self.security = "none"
        self.user: str | None = None
        self.password_file: str | None = None
        self.password_command: str | None = None
        self.helo: str | None = None
        self.sendmail: tuple[str, ...] = ("/usr/sbin/sendmail", "-i")

    @classmethod
    def read(cls, table: dict[str, object], beside: Callable[[str], str]) -> Outgoing:
        """Return what a table says, whose keys are known; ``beside`` makes a path absolute.

        Raises WrongKeyError.
        """
        outgoing = cls()
        for key, value in table.items():
            problem = _problem(key, value)
            if problem:
                raise WrongKeyError(key, problem)
            setattr(outgoing, key, tuple(value) if isinstance(value, list) else value)
        if "port" not in table:
            outgoing.port = PORTS[outgoing.security]
        name = outgoing.password_file
        if name is not None and not name.startswith(CREDENTIAL):
            outgoing.password_file = beside(name)
        _check_login(outgoing)
        return outgoing


def _problem(key: str, value: object) -> str | None:
    """Say what is wrong with the value of a key of ``[outgoing]``."""
    if key in _CHOICES:
        choices = _CHOICES[key]
        return None if value in choices else f"must be one of {', '.join(choices)}, in quotes"
    if key == "port":
        fits = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535
        return None if fits else "must be a number from 1 to 65535"
    if key == "sendmail":
        fits = isinstance(value, list) and bool(value) and all(map(_is_line, value))
        return None if fits else 'must be a command as an array: ["/usr/sbin/sendmail", "-i"]'
    if not _is_line(value):
        return "must be text in quotes, on one line"
    if key in ("host", "helo"):
        allowed = all(c.isascii() and (c.isalnum() or c in "-._:[]") for c in str(value))
        return None if allowed else "must be the name of a host, or its address"
    if key == "password_command":
        return _command_problem(str(value))
    return None


def _command_problem(command: str) -> str | None:
    import shlex

    try:
        return None if shlex.split(command) else "must be a command"
    except ValueError:
        return "must be a command: a quote in it is not closed"


def _is_line(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and bool(value.strip())


def _check_login(outgoing: Outgoing) -> None:
    """Refuse a login that lacks a part, or that would send the password for all to read."""
    sources = [
        key for key in ("password_file", "password_command") if getattr(outgoing, key) is not None
    ]
    if len(sources) == 2:
        raise WrongKeyError(sources[1], "and password_file exclude each other")
    if outgoing.user is None:
        if sources:
            raise WrongKeyError(sources[0], "needs a user")
        return
    if not sources:
        raise WrongKeyError("user", "needs password_file or password_command")
    if outgoing.security == "none" and not is_loopback(outgoing.host):
        raise WrongKeyError(
            "user",
            'needs security = "tls" or "starttls": without it anybody could read the password',
        )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name alone."""
    name = host.lower().strip("[]")
    return name in ("localhost", "::1") or (
        name.startswith("127.") and name.replace(".", "").isdigit()
    )
