"""Greeting, STARTTLS and log-in at an IMAP server.

Until TLS has begun nothing that the server says is believed, and no password is sent: a server
that offers no STARTTLS, or that answers before it is asked, is refused.
"""

from __future__ import annotations

from mailgate.channels import imap_names as names
from mailgate.channels.imap_session import Command, Session
from mailgate.channels.mailbox import LoginError, MailboxError, Settings
from mailgate.channels.sasl import Login
from mailgate.errors import ConfigurationError

_TEMPORARY = (b"UNAVAILABLE", b"INUSE", b"LIMIT", b"SERVERBUG", b"OVERQUOTA")
"""Response codes of RFC 5530 by which a log-in fails though user and password may be right."""


def log_in(settings: Settings) -> Session:
    """Return a session whose user is known. Raises LoginError, MailboxError, ConfigurationError."""
    session = Session(settings)
    try:
        if settings.security == "starttls":
            _start_tls(session)
        session.ask_capabilities()
        if not session.preauth:
            _authenticate(session, Login(settings))
        session.ask_capabilities()
    except BaseException:
        session.stream.close()
        raise
    return session


def _start_tls(session: Session) -> None:
    stream = session.stream
    if session.preauth or stream.waiting():
        stream.fail("it speaks unasked in plain text: not trusted, no password was sent")
    if session.do(b"STARTTLS").status != b"OK":
        stream.close()
        raise ConfigurationError(
            f"{stream.name}: it offers no STARTTLS; refused, no password was sent"
        )
    stream.start_tls()
    session.forget_capabilities()


def _authenticate(session: Session, login: Login) -> None:
    stream = session.stream
    offers = sorted(c[5:] for c in session.capabilities if c.startswith(b"AUTH="))
    login.choose(offers)
    session.hidden = (login.secret, login.first().decode())
    mechanism = b"AUTH=" + login.mechanism.encode()
    if session.capable(mechanism):
        command, said = _sasl(session, login)
    elif login.mechanism != "PLAIN":
        stream.close()
        raise ConfigurationError(
            f"{stream.name}: it does not offer {login.mechanism}"
            + (f", only {login.quoted(b', '.join(offers))}" if offers else "")
        )
    elif session.capable(b"LOGINDISABLED"):
        stream.close()
        tls = "" if stream.secure else " without TLS"
        raise ConfigurationError(f"{stream.name}: it takes no password{tls} (LOGINDISABLED)")
    else:
        command, said = _login(session, login), ""
    if command.status != b"OK":
        raise _refusal(stream.name, command, login, said)
    if not command.code.upper().startswith(b"CAPABILITY "):
        session.forget_capabilities()


def _sasl(session: Session, login: Login) -> tuple[Command, str]:
    """Authenticate (RFC 9051, 6.2.2); return with the command what an OAuth challenge said."""
    verb = b"AUTHENTICATE " + login.mechanism.encode()
    said = ""
    if session.capable(b"SASL-IR"):
        command = session.send(verb + b" " + login.first())
    else:
        command = session.send(verb)
        if session.challenge(command) is None:
            return command, said
        session.stream.send(login.first() + b"\r\n")
    challenge = session.challenge(command)
    if challenge is not None:
        said = login.complaint(challenge)
        session.stream.send(login.second() + b"\r\n")
        session.wait(command)
    return command, said


def _login(session: Session, login: Login) -> Command:
    """LOGIN; what quoted strings cannot hold goes as literals (RFC 9051, 4.3)."""
    user, secret = login.user, login.secret
    if user.isascii() and secret.isascii():
        session.hidden += (names.quote(secret).decode(),)
        return session.do(b"LOGIN " + names.quote(user) + b" " + names.quote(secret))
    first, second = user.encode(), secret.encode()
    command = session.send(b"LOGIN {%d}" % len(first))
    if session.challenge(command) is not None:
        session.stream.send(first + b" {%d}\r\n" % len(second))
        if session.challenge(command) is not None:
            session.stream.send(second + b"\r\n")
    return session.wait(command)


def _refusal(name: str, command: Command, login: Login, said: str) -> Exception:
    """Return the error of a log-in that failed: the user's, or only the server's of today."""
    text = login.quoted(command.text) or said
    if said and said not in text:
        text = f"{text} {said}"[:300]
    if command.code.upper().split(b" ")[0] in _TEMPORARY:
        return MailboxError(f"{name}: no log-in now: {text}")
    return LoginError(f"{name}: the log-in of {login.user} is refused: {text}")
