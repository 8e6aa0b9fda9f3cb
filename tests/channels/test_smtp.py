"""SMTP as it is spoken: connections, envelopes, extensions, and what replies mean."""

from __future__ import annotations

import socket
import threading

import pytest
from channels.sending import NAMES, outcomes, parcels, send
from channels.smtp_server import EXTENSIONS, SmtpServer, refusing

from mailgate.channels.outgoing import DEFERRED, FAILED, SENT, Parcel
from mailgate.channels.reply import Reply
from mailgate.channels.smtp import Smtp
from mailgate.channels.smtp_session import Settings, Times


def test_many_letters_go_over_one_connection_that_ends_in_order() -> None:
    with SmtpServer() as server:
        assert outcomes(send(server, parcels(*NAMES))) == [SENT] * 3
        assert server.connections == 1
        assert server.recipients() == list(NAMES)
    assert server.lines[-1] == "QUIT"


def test_a_letter_costs_one_round_trip_where_commands_may_come_together() -> None:
    """RFC 2920: the next envelope rides behind the final dot; this server waits for it there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        got: list[bytes] = []

        def serve() -> None:
            connected, _ = listener.accept()
            with connected, connected.makefile("rwb") as file:
                file.write(b"220 ready\r\n")
                file.flush()
                file.readline()
                file.write(b"250-test\r\n250 PIPELINING\r\n")
                for letter in range(len(NAMES)):
                    file.flush()
                    got.extend(file.readline() for _ in range(0 if letter else 3))
                    file.write(b"" if letter else b"250 ok\r\n250 ok\r\n354 go\r\n")
                    file.flush()
                    while file.readline() != b".\r\n":
                        pass
                    more = letter < len(NAMES) - 1
                    got.extend(file.readline() for _ in range(3 if more else 0))
                    file.write(b"250 ok\r\n" + (b"250 ok\r\n250 ok\r\n354 go\r\n" * more))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        settings = Settings("127.0.0.1", listener.getsockname()[1], times=Times(reply=10, taken=10))
        results = [result for _, result in Smtp(settings).send(parcels(*NAMES))]
        thread.join(10)
    assert outcomes(results) == [SENT] * 3
    assert [line[:4] for line in got] == 3 * [b"MAIL", b"RCPT", b"DATA"]


def test_commands_come_one_by_one_where_they_may_not_come_together() -> None:
    with SmtpServer(extensions=()) as server:
        assert outcomes(send(server, parcels(*NAMES))) == [SENT] * 3
    assert "RSET" not in server.lines


def test_a_server_that_does_not_know_ehlo_is_greeted_with_helo() -> None:
    """RFC 5321 section 3.2."""
    with SmtpServer(answer=refusing(EHLO="502 5.5.1 what?")) as server:
        assert outcomes(send(server, parcels("a@x.org"))) == [SENT]
    assert [line[:4] for line in server.lines[:2]] == ["EHLO", "HELO"]
    assert server.lines[2] == "MAIL FROM:<bounce@example.com>"


def test_what_this_machine_is_called_is_a_name_or_an_address() -> None:
    """RFC 5321 section 4.1.3."""
    with SmtpServer() as server:
        send(server, parcels("a@x.org"))
    name = server.lines[0].removeprefix("EHLO ")
    assert "." in name
    assert name == "[127.0.0.1]" or all(c.isalnum() or c in "-." for c in name)


@pytest.mark.parametrize("extensions", [EXTENSIONS, EXTENSIONS[1:]])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "end"])
@pytest.mark.parametrize(
    ("reply", "outcome", "status"),
    [
        ("550 5.7.1 not for you", FAILED, "5.7.1"),
        ("451 4.7.1 greylisted", DEFERRED, "4.7.1"),
        ("550-5.7.1 not\r\n550 5.7.1 for you", FAILED, "5.7.1"),
    ],
)
def test_a_refusal_at_any_step_is_about_its_letter_alone(
    extensions: tuple[str, ...], command: str, reply: str, outcome: str, status: str
) -> None:
    seen = 0

    def answer(line: str, connection: int) -> str | None:
        nonlocal seen
        if not (line == "." if command == "end" else line.startswith(command)):
            return None
        seen += 1
        return reply if seen == 2 else None

    with SmtpServer(answer=answer, extensions=extensions) as server:
        results = send(server, parcels(*NAMES))
        assert server.connections == 1
    assert outcomes(results) == [SENT, outcome, SENT]
    assert results[1].status == status
    assert server.recipients() == ["a@x.org", "c@x.org"]
    assert ("RSET" in server.lines) == (command != "end")


def test_data_that_is_wanted_although_no_recipient_was_taken_is_ended_at_once() -> None:
    """RFC 2920 section 3.1."""

    def answer(line: str, connection: int) -> str | None:
        if line.startswith("RCPT TO:<a@"):
            return "550 5.1.1 nobody"
        return "354 go ahead" if line == "DATA" else None

    with SmtpServer(answer=answer) as server:
        assert outcomes(send(server, parcels("a@x.org", "b@x.org"))) == [FAILED, SENT]
    assert server.recipients() == ["b@x.org"]


@pytest.mark.parametrize(
    ("code", "command", "text", "status"),
    [
        (550, "RCPT", "5.1.1 nobody", "5.1.1"),
        (550, "RCPT", "5.1.1", "5.1.1"),
        (550, "RCPT", "nobody", "5.1.1"),
        (550, "MAIL", "no", "5.0.0"),
        (550, ".", "spam", "5.0.0"),
        (550, "RCPT", "4.1.1 its class does not fit", "5.1.1"),
        (550, "RCPT", "5.1.1234 too long", "5.1.1"),
        (550, "RCPT", "5.1 too short", "5.1.1"),
        (450, "RCPT", "busy", "4.2.0"),
        (452, "MAIL", "full", "4.3.1"),
        (552, "RCPT", "full", "5.2.2"),
        (552, ".", "too large", "5.3.4"),
        (554, ".", "no", "5.0.0"),
        (556, "RCPT", "null MX", "5.1.10"),
        (499, "RCPT", "?", "4.0.0"),
    ],
)
def test_a_reply_without_a_fitting_status_code_has_a_derived_one(
    code: int, command: str, text: str, status: str
) -> None:
    """RFC 2034: the class is that of the reply; RFC 5321 section 4.2.3 says what a code means."""
    assert Reply(code, (text,)).status(command) == status


def test_extensions_are_used_where_they_are_offered_and_needed() -> None:
    data = "Subject: größe\n\n.ä\n".encode()
    with SmtpServer() as server:
        assert outcomes(send(server, parcels("größe@x.org", data=data))) == [SENT]
    size = len(data) + 3
    (mail,) = server.mails
    assert mail.mail == f"MAIL FROM:<bounce@example.com> SIZE={size} BODY=8BITMIME SMTPUTF8"
    assert mail.recipient == "größe@x.org"
    assert mail.data == data.replace(b"\n", b"\r\n")


def test_extensions_that_are_not_needed_are_not_asked_for() -> None:
    with SmtpServer(extensions=("8BITMIME", "SMTPUTF8")) as server:
        send(server, parcels("a@x.org"))
    assert server.mails[0].mail == "MAIL FROM:<bounce@example.com>"


def test_an_address_that_is_not_ascii_fails_where_the_server_cannot_take_it() -> None:
    with SmtpServer(extensions=("PIPELINING", "8BITMIME")) as server:
        results = send(server, parcels("a@x.org", "größe@x.org", "b@x.org"))
    assert outcomes(results) == [SENT, FAILED, SENT]
    assert results[1].status == "5.6.7"
    assert not any("größe" in line for line in server.lines)


def test_a_letter_that_is_too_large_for_the_server_is_not_offered() -> None:
    """RFC 1870 section 6.1; a SIZE of 0 is no limit."""
    with SmtpServer(extensions=("SIZE 100",)) as server:
        (result,) = send(server, parcels("a@x.org", data=b"x" * 99))
    assert (result.outcome, result.status) == (FAILED, "5.3.4")
    assert [line[:4] for line in server.lines] == ["EHLO", "QUIT"]
    for offered in ("SIZE 0", "SIZE", "SIZE x", "SIZE " + "9" * 3000):
        with SmtpServer(extensions=(offered,)) as server:
            assert outcomes(send(server, parcels("a@x.org"))) == [SENT]


def test_a_large_letter_arrives_whole() -> None:
    pieces = [b"Subject: x\n\n", *([b".line\n" * 10_000] * 100), b"end"]
    letter = Parcel(1, "", "a@x.org", lambda: pieces)
    with SmtpServer() as server:
        assert outcomes(send(server, [letter, *parcels("b@x.org")])) == [SENT, SENT]
    assert server.mails[0].data == b"".join(pieces).replace(b"\n", b"\r\n") + b"\r\n"
