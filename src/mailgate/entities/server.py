"""A server: a mailbox that is fetched, where its password comes from, and what its state is."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.errors import MailgateError

PROTOCOLS = ("imap", "pop3")
SECURITIES = ("tls", "starttls", "plain")
PORTS = {("imap", "tls"): 993, ("pop3", "tls"): 995, ("imap", ""): 143, ("pop3", ""): 110}
"""The port by protocol and security; ``""`` stands for every security but tls."""
AFTER = {"imap": "seen", "pop3": "delete"}
"""What is done with a handled message where nothing else is said."""
INBOX = "INBOX"
MOVE = "move:"
CREDENTIAL = "credential:"
"""What comes before the name of a systemd credential in place of a password file."""
MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Server:
    """One mailbox; its times are ISO 8601 or None.

    ``security`` is tls, starttls or plain; ``model`` the fallback model or None; ``after`` is
    seen, delete, nothing or ``move:`` and a folder; ``last_error`` is None after a success.
    """

    id: int
    name: str
    protocol: str
    host: str
    port: int
    security: str
    user: str
    folder: str
    model: str | None
    after: str
    enabled: bool
    last_run: str | None
    last_success: str | None
    last_error: str | None
    consecutive_errors: int


@dataclass(frozen=True, slots=True)
class Access:
    """Where a server's secret comes from: at most one is not None.

    ``password_file`` is an absolute path or ``credential:`` and a name; ``password_command`` a
    command line, run without a shell; ``oauth`` the name of a provider.
    """

    password_file: str | None = None
    password_command: str | None = None
    oauth: str | None = None

    @property
    def source(self) -> str | None:
        """Say where the secret comes from, and nothing that could itself be one."""
        if self.password_command is not None:
            return f"command {self.password_command.split()[0]}"
        if self.password_file is not None:
            return f"file {self.password_file}"
        return None if self.oauth is None else f"oauth {self.oauth}"


def default_port(protocol: str, security: str) -> int:
    """Return the port that IANA assigned."""
    return PORTS[protocol, "tls" if security == "tls" else ""]


def after(text: str, protocol: str) -> str:
    """Return what is to be done with handled messages; raises MailgateError."""
    word, colon, folder = text.strip().partition(":")
    word = word.lower()
    if word == "move" and folder.strip():
        action = MOVE + line(folder, "folder")
    elif word in ("seen", "delete", "nothing") and not colon:
        action = word
    else:
        raise MailgateError(
            f"{text[:80]!a} cannot be done after fetching: say seen, delete, nothing or move:FOLDER"
        )
    if protocol == "pop3" and action not in ("delete", "nothing"):
        raise MailgateError(
            f"POP3 has no way to {'move' if word == 'move' else 'mark'} messages:"
            " say --after delete or --after nothing"
        )
    return action


def line(text: str, what: str) -> str:
    """Return a text that goes into a line of a protocol; control characters are refused."""
    text = text.strip()
    if not text or len(text) > MAX_TEXT or not text.isprintable():
        raise MailgateError(
            f"{text[:80]!a} cannot be a {what}: write at most {MAX_TEXT} printable characters"
        )
    return text


def server_name(text: str) -> str:
    """Return the name of a server: letters, digits, dot, hyphen and underscore, in lower case."""
    name = text.strip().lower()
    plain = name.replace("-", "").replace("_", "").replace(".", "")
    if not plain.isalnum() or not name[0].isalnum() or len(name) > 64 or name.isdigit():
        raise MailgateError(
            f"{text[:80]!a} cannot be the name of a server:"
            " use letters, digits, hyphens and underscores, at most 64"
        )
    return name


def host(text: str) -> str:
    """Return a host name or IP address, in lower case and without a port."""
    name = text.strip().lower()
    inner = name[1:-1] if name[:1] == "[" and name[-1:] == "]" else name
    if not inner or len(inner) > 253 or not all(c.isalnum() or c in "-._:" for c in inner):
        raise MailgateError(
            f"{text[:80]!a} is no host: write a name as imap.example.com, the port by --port"
        )
    if inner.count(":") == 1:
        raise MailgateError(f"{inner} has a port in it: give the port by --port")
    return inner


def missing(server: Server, secret: Access) -> str | None:
    """Say what a server cannot be fetched without, and how to give it; None if nothing."""
    if not server.user:
        return f"server {server.name} has no user: mailgate server set {server.name} --user U"
    if secret.source is None:
        return (
            f"server {server.name} has no password:"
            f" mailgate server set {server.name} --password-file F"
        )
    return None
