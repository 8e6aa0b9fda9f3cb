"""SMTP where something goes wrong: connections that break, servers that take nothing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from channels.sending import NAMES, outcomes, parcels, send
from channels.smtp_server import CLOSE, SmtpServer, refusing

from mailgate.channels.outgoing import DEFERRED, FAILED, SENT, TROUBLES, UNUSABLE, Parcel
from mailgate.channels.smtp import Smtp
from mailgate.channels.smtp_session import Settings
from mailgate.errors import DatabaseError


@pytest.mark.parametrize("answer", [CLOSE, "421 4.3.2 too many letters"])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_connection_that_breaks_between_letters_is_opened_again(
    answer: str, command: str
) -> None:
    """Nothing of the letter was sent, so it is sent at once."""

    def tired(line: str, connection: int) -> str | None:
        again = len(server.mails) == connection and line.startswith(command)
        return answer if again else None

    with SmtpServer(answer=tired) as server:
        assert outcomes(send(server, parcels(*NAMES))) == [SENT] * 3
        assert server.connections == 3
    assert server.recipients() == list(NAMES)


def test_a_connection_that_breaks_after_the_letter_leaves_it_for_later() -> None:
    """Nobody knows whether it was taken."""

    def answer(line: str, connection: int) -> str | None:
        return CLOSE if line == "." and connection == 1 else None

    with SmtpServer(answer=answer) as server:
        assert outcomes(send(server, parcels(*NAMES))) == [DEFERRED, SENT, SENT]
        assert server.connections == 2


def test_a_server_that_breaks_every_connection_is_left_alone_after_some_letters() -> None:
    with SmtpServer(answer=refusing(MAIL=CLOSE)) as server:
        results = send(server, parcels(*NAMES))
    assert outcomes(results) == [DEFERRED] * (TROUBLES - 1) + [UNUSABLE]


@pytest.mark.parametrize(
    "reply", ["421 4.3.2 shutting down", "452 4.3.1 disk full", "530 5.7.0 log in first"]
)
def test_a_server_that_takes_no_letter_is_left_alone_after_some(reply: str) -> None:
    """None of them fails: it is not their fault."""
    with SmtpServer(answer=refusing(MAIL=reply)) as server:
        results = send(server, parcels(*NAMES))
    assert outcomes(results) == [DEFERRED] * (TROUBLES - 1) + [UNUSABLE]
    assert reply in results[-1].text


@pytest.mark.parametrize(
    "greeting", ["421 4.3.2 closing", "450 later", "554 5.3.2 no SMTP here", CLOSE]
)
def test_a_server_that_does_not_welcome_us_makes_the_channel_unusable(greeting: str) -> None:
    with SmtpServer(greeting=lambda connection: greeting) as server:
        (result,) = send(server, parcels("a@x.org"))
        assert server.connections == 1
    assert result.outcome == UNUSABLE
    assert server.lines == []


def test_a_server_that_cannot_be_reached_makes_the_channel_unusable() -> None:
    with SmtpServer() as server:
        pass
    (result,) = send(server, parcels("a@x.org"))
    assert result.outcome == UNUSABLE
    assert result.text == f"cannot connect to 127.0.0.1 port {server.port}: Connection refused"


def test_a_host_without_an_address_makes_the_channel_unusable() -> None:
    ((_, result),) = Smtp(Settings("no-such-host.invalid", 25)).send(parcels("a@x.org"))
    assert result.outcome == UNUSABLE
    assert result.text.startswith("no-such-host.invalid: ")


def test_a_refusal_in_the_middle_of_the_data_is_heard() -> None:
    """A server may say no and close before the letter is over."""

    def answer(line: str, connection: int) -> bytes | None:
        return b"354 go ahead\r\n552 5.3.4 too large\r\n" if line == "DATA" else None

    pieces = [b"x" * 65536 + b"\n"] * 200
    with SmtpServer(answer=answer) as server:
        (result,) = send(server, [Parcel(1, "", "a@x.org", lambda: pieces)])
    assert (result.outcome, result.status) in [(FAILED, "5.3.4"), (DEFERRED, "4.4.2")]
    assert server.mails == []


@pytest.mark.parametrize("small", [True, False])
def test_a_letter_that_breaks_off_while_it_is_read_never_arrives_in_part(small: bool) -> None:
    def chunks() -> Iterable[bytes]:
        yield b"Subject: x\n\n"
        yield b"x" * (10 if small else 2_000_000)
        raise DatabaseError("an original is damaged")

    with SmtpServer() as server:
        results = send(server, [Parcel(1, "", "a@x.org", chunks), *parcels("b@x.org")])
    assert outcomes(results) == [DEFERRED, SENT]
    assert server.recipients() == ["b@x.org"]


def test_a_letter_that_goes_bad_after_it_was_measured_never_arrives_in_part() -> None:
    calls = 0

    def chunks() -> Iterable[bytes]:
        nonlocal calls
        calls += 1
        yield b"x" * 2_000_000
        if calls > 1:
            raise DatabaseError("an original is damaged")

    with SmtpServer() as server:
        results = send(server, [Parcel(1, "", "a@x.org", chunks), *parcels("b@x.org")])
    assert outcomes(results) == [DEFERRED, SENT]
    assert server.recipients() == ["b@x.org"]


def test_no_bytes_are_sent_before_the_result_before_was_asked_for() -> None:
    """The envelope may be: it is nothing that a server keeps."""
    with SmtpServer() as server:
        results = iter(Smtp(Settings("127.0.0.1", server.port)).send(parcels(*NAMES)))
        for count in (1, 2, 3):
            next(results)
            assert server.recipients() == list(NAMES[:count])
