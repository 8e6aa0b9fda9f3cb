"""Trust and patience: TLS, passwords, and servers that do not mean well."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from channels.sending import parcels
from channels.smtp_server import CLOSE, SILENCE, SmtpServer
from system.certificates import Certificates

from mailgate.channels import smtp_session
from mailgate.channels.outgoing import DEFERRED, SENT, UNUSABLE, Result
from mailgate.channels.smtp import Smtp
from mailgate.channels.smtp_session import Settings, Times

PASSWORD = "correct horse ü"
LOGIN = ("ann", PASSWORD)
SHORT = Times(connect=5, opening=1, reply=1, taken=1, letter=2, quit=0.2)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """The system trusts the authority of the tests, as it does when SSL_CERT_FILE names it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    return certificates


def one(
    server: SmtpServer,
    security: str = "none",
    *,
    host: str = "localhost",
    user: str | None = None,
    secret: Callable[[], str] = lambda: PASSWORD,
    times: Times = SHORT,
) -> Result:
    """Send one letter."""
    settings = Settings(host, server.port, security, user, secret, times=times)
    ((_, result),) = Smtp(settings).send(parcels("a@x.org"))
    return result


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_server_with_a_certificate_for_its_name_is_trusted(
    trusted: Certificates, security: str, host: str
) -> None:
    tls = trusted.server(trusted.good)
    with SmtpServer(tls=tls, implicit=security == "tls", login=LOGIN) as server:
        assert one(server, security, host=host, user="ann").outcome == SENT
    assert [line[:4] for line in server.secured] == ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("certificate", "reason"),
    [("expired", "has expired"), ("wrong_name", "another name"), ("own", "signed by itself")],
)
def test_a_server_that_cannot_prove_its_name_gets_neither_password_nor_mail(
    trusted: Certificates, security: str, certificate: str, reason: str
) -> None:
    tls = trusted.server(getattr(trusted, certificate))
    with SmtpServer(tls=tls, implicit=security == "tls", login=LOGIN) as server:
        result = one(server, security, user="ann")
        assert server.mails == []
    assert result.outcome == UNUSABLE
    assert reason in result.text
    assert server.secured == []
    assert not any(line.startswith(("AUTH", "MAIL")) for line in server.lines)


def test_an_authority_that_the_system_does_not_know_is_not_trusted(
    certificates: Certificates,
) -> None:
    with SmtpServer(tls=certificates.server(certificates.good)) as server:
        result = one(server, "starttls")
    assert (result.outcome, server.secured) == (UNUSABLE, [])


def test_where_starttls_is_hidden_nothing_is_sent() -> None:
    """Somebody in between may have taken the line out."""
    with SmtpServer(login=LOGIN) as server:
        result = one(server, "starttls", user="ann")
    assert result.outcome == UNUSABLE
    assert "STARTTLS" in result.text
    assert [line[:4] for line in server.lines] == ["EHLO"]


@pytest.mark.parametrize("reply", ["454 4.7.0 not now", "250 fine", CLOSE])
def test_where_tls_does_not_begin_nothing_is_sent(trusted: Certificates, reply: str) -> None:
    def answer(line: str, connection: int) -> str | None:
        return reply if line == "STARTTLS" else None

    with SmtpServer(tls=trusted.server(trusted.good), answer=answer) as server:
        assert one(server, "starttls").outcome == UNUSABLE
    assert [line[:4] for line in server.lines] == ["EHLO", "STAR"]


def test_what_was_said_before_tls_is_not_taken_for_what_comes_after(
    trusted: Certificates,
) -> None:
    """Replies that somebody in between sends ahead (CVE-2011-0411, on the client's side)."""

    def answer(line: str, connection: int) -> bytes | None:
        return b"220 go ahead\r\n250 injected\r\n" if line == "STARTTLS" else None

    with SmtpServer(tls=trusted.server(trusted.good), answer=answer) as server:
        result = one(server, "starttls")
    assert result.outcome == UNUSABLE
    assert "before TLS" in result.text
    assert server.secured == []


def test_extensions_that_were_offered_before_tls_do_not_count(trusted: Certificates) -> None:
    def answer(line: str, connection: int) -> bytes | None:
        first = line.startswith("EHLO") and len(server.lines) == 1
        return b"250-test\r\n250-STARTTLS\r\n250 SIZE 1\r\n" if first else None

    with SmtpServer(tls=trusted.server(trusted.good), answer=answer) as server:
        assert one(server, "starttls").outcome == SENT


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "GSSAPI login plain"])
def test_a_user_logs_in_with_what_the_server_offers(mechanisms: str) -> None:
    """RFC 4954; a password may have any characters."""
    extensions = ("PIPELINING", f"AUTH {mechanisms}")

    def answer(line: str, connection: int) -> bytes | None:
        if not line.startswith("EHLO"):
            return None
        return "".join(f"250-{text}\r\n" for text in ("test", *extensions)).encode() + b"250 X\r\n"

    with SmtpServer(answer=answer, login=LOGIN) as server:
        assert one(server, user="ann").outcome == SENT


@pytest.mark.parametrize("offered", [(), ("AUTH",), ("AUTH GSSAPI CRAM-MD5",)])
def test_where_no_login_by_password_is_offered_nothing_is_sent(offered: tuple[str, ...]) -> None:
    with SmtpServer(extensions=offered) as server:
        result = one(server, user="ann")
    assert result.outcome == UNUSABLE
    assert "no login by password" in result.text


def test_a_password_is_asked_for_only_when_it_can_be_sent() -> None:
    asked = []

    def secret() -> str:
        asked.append(True)
        return PASSWORD

    with SmtpServer(greeting=lambda connection: "421 closing", login=LOGIN) as server:
        one(server, user="ann", secret=secret)
    assert asked == []


def test_a_password_is_not_sent_to_another_machine_without_tls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where a name that looks like this machine leads elsewhere."""
    monkeypatch.setattr(smtp_session.Session, "private", False)
    with SmtpServer(login=LOGIN) as server:
        result = one(server, user="ann")
    assert result.outcome == UNUSABLE
    assert "no password is sent" in result.text
    assert [line[:4] for line in server.lines] == ["EHLO"]


def test_a_refused_login_says_so_without_the_password() -> None:
    """Even where the server repeats what it was sent."""

    def answer(line: str, connection: int) -> str | None:
        return f"535 5.7.8 no: {line} {PASSWORD}" if line.startswith("AUTH") else None

    with SmtpServer(answer=answer, login=LOGIN) as server:
        result = one(server, user="ann")
    assert result.outcome == UNUSABLE
    assert "refuses the login of ann" in result.text
    (sent,) = [line.split()[-1] for line in server.lines if line.startswith("AUTH")]
    assert PASSWORD not in result.text
    assert sent not in result.text


def test_settings_do_not_show_where_the_password_comes_from() -> None:
    assert "secret" not in repr(Settings("h", 25, user="ann", secret=lambda: PASSWORD))


HOSTILE: dict[str, str | bytes] = {
    "a reply without end": b"250-more\r\n" * 100_000,
    "a line without end": b"250 " + b"x" * 5_000_000,
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "binary": bytes(range(256)) * 4,
    "an empty line": b"\r\n",
    "a code that is none": b"999 what\r\n",
    "digits that are none": "²²⁰ ready\r\n".encode(),
    "nothing at all": SILENCE,
    "the end": CLOSE,
}


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "."])
def test_a_hostile_server_neither_hangs_nor_fills_us(said: str | bytes, step: str) -> None:
    def answer(line: str, connection: int) -> str | bytes | None:
        return said if line == step or (step != "." and line.startswith(step)) else None

    greeting: str | bytes = said if step == "greeting" else "220 ready"
    started = time.monotonic()
    with SmtpServer(greeting=lambda connection: greeting, answer=answer) as server:
        result = one(server)
    assert time.monotonic() - started < 10
    assert result.outcome == (UNUSABLE if step in ("greeting", "EHLO") else DEFERRED)
    assert len(result.text) < 500
    assert result.text.isprintable()


@contextmanager
def scripted(script: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a script on the first connection to a port, and give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connected, _ = listener.accept()
            with connected, suppress(OSError):
                script(connected)

        threading.Thread(target=run, daemon=True).start()
        yield listener.getsockname()[1]


def test_a_server_that_drips_is_not_waited_for() -> None:
    """The limit is for the whole reply, not for each byte."""

    def drip(connected: socket.socket) -> None:
        for byte in b"220-" + b"x" * 1000:
            connected.sendall(bytes((byte,)))
            time.sleep(0.05)

    started = time.monotonic()
    with scripted(drip) as port:
        ((_, result),) = Smtp(Settings("127.0.0.1", port, times=SHORT)).send(parcels("a@x.org"))
    assert (result.outcome, result.text) == (UNUSABLE, "127.0.0.1 does not answer in time")
    assert time.monotonic() - started < 5


def test_a_server_that_stops_reading_is_not_waited_for() -> None:
    def stop(connected: socket.socket) -> None:
        connected.sendall(b"220 x\r\n250 x\r\n250 x\r\n250 x\r\n354 x\r\n")
        time.sleep(8)

    started = time.monotonic()
    letter = parcels("a@x.org", data=b"x" * 30_000_000)
    with scripted(stop) as port:
        ((_, result),) = Smtp(Settings("127.0.0.1", port, times=SHORT)).send(letter)
    assert (result.outcome, result.text) == (DEFERRED, "127.0.0.1 does not read what it is sent")
    assert time.monotonic() - started < 7
