"""Every channel for outgoing mail behaves alike: the twin in memory, SMTP, and sendmail."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from channels.smtp_server import SmtpServer, refusing
from gateway.outgoing import TAKEN, Twin

from mailgate.channels.outgoing import (
    DEFERRED,
    FAILED,
    SENT,
    TROUBLES,
    UNUSABLE,
    Channel,
    Parcel,
    Patience,
    Result,
    misaddressed,
    one_line,
)
from mailgate.channels.sendmail import Sendmail
from mailgate.channels.smtp import Smtp
from mailgate.channels.smtp_session import Settings
from mailgate.errors import MailgateError

DATA = b"Subject: x\n\n.dot\nFrom here\nend"
PROGRAM = """
import json, sys
arguments, data = sys.argv[2:], sys.stdin.buffer.read()
with open(sys.argv[1], "a") as file:
    file.write(json.dumps([arguments[1], arguments[3], data.decode("latin-1")]) + "\\n")
sys.exit(67 if arguments[3].startswith("nobody") else 75 if "later" in arguments[3] else 0)
"""
Arrived = Callable[[], list[tuple[str, str, list[str]]]]
"""Returns (sender, recipient, lines) of what arrived."""


def twin(folder: Path) -> Iterator[tuple[Channel, Arrived]]:
    def answer(parcel: Parcel) -> Result:
        wrong = misaddressed(parcel)
        if wrong:
            return wrong
        if "later" in parcel.recipient:
            return Result(DEFERRED, "4.2.1", "later")
        known = not parcel.recipient.startswith("nobody")
        return TAKEN if known else Result(FAILED, "5.1.1", "nobody")

    made = Twin(answer)
    yield (
        made,
        lambda: [
            (parcel.sender, parcel.recipient, data.decode("latin-1").splitlines())
            for parcel, data in zip(made.sent, made.data, strict=True)
        ],
    )


def smtp(folder: Path, extensions: tuple[str, ...]) -> Iterator[tuple[Channel, Arrived]]:
    answer = refusing(nobody_at_x="550 5.1.1 nobody", later_at_x="450 4.2.1 later")
    with SmtpServer(answer=answer, extensions=extensions) as server:
        yield (
            Smtp(Settings("127.0.0.1", server.port)),
            lambda: [
                (
                    mail.mail.partition("<")[2].partition(">")[0],
                    mail.recipient,
                    mail.data.decode("latin-1").splitlines(),
                )
                for mail in server.mails
            ],
        )


def sendmail(folder: Path) -> Iterator[tuple[Channel, Arrived]]:
    log, program = folder / "log", folder / "program.py"
    program.write_text(PROGRAM)
    log.touch()

    def arrived() -> list[tuple[str, str, list[str]]]:
        found = [json.loads(line) for line in log.read_text().splitlines()]
        return [
            ("" if sender == "<>" else sender, recipient, data.splitlines())
            for sender, recipient, data in found
            if not recipient.startswith(("nobody", "later"))
        ]

    yield Sendmail([sys.executable, str(program), str(log)]), arrived


@pytest.fixture(params=["twin", "smtp", "smtp, a command at a time", "sendmail"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Channel, Arrived]]:
    """A channel, and what arrived through it."""
    if request.param == "twin":
        yield from twin(tmp_path)
    elif request.param == "sendmail":
        yield from sendmail(tmp_path)
    else:
        pipelining = ("PIPELINING", "8BITMIME") if request.param == "smtp" else ()
        yield from smtp(tmp_path, pipelining)


def parcel(
    recipient: str, *, key: int = 1, sender: str = "bounce@example.com", data: bytes = DATA
) -> Parcel:
    return Parcel(key, sender, recipient, lambda: [data])


def test_results_come_in_the_order_of_the_parcels(way: tuple[Channel, Arrived]) -> None:
    channel, arrived = way
    names = ["a@x.org", "nobody@x.org", "later@x.org", "b@x.org"]
    parcels = [parcel(name, key=number) for number, name in enumerate(names)]
    results = [(sent.key, result.outcome) for sent, result in channel.send(parcels)]
    assert results == [(0, SENT), (1, FAILED), (2, DEFERRED), (3, SENT)]
    assert [recipient for _, recipient, _ in arrived()] == ["a@x.org", "b@x.org"]


def test_envelope_and_lines_arrive_as_they_were(way: tuple[Channel, Arrived]) -> None:
    channel, arrived = way
    ((_, result),) = channel.send([parcel("a@x.org")])
    assert result.outcome == SENT
    assert arrived() == [("bounce@example.com", "a@x.org", DATA.decode().splitlines())]


def test_the_null_sender_arrives_as_such(way: tuple[Channel, Arrived]) -> None:
    channel, arrived = way
    list(channel.send([parcel("a@x.org", sender="")]))
    assert arrived()[0][0] == ""


@pytest.mark.parametrize(
    "address",
    [
        "a@x.org\r\nRCPT TO:<b@x.org>",
        "a@x.org\n",
        "a@x.org> SIZE=1",
        "a\0@x.org",
        "<a@x.org>",
        " a@x.org",
        "a b@x.org",
        "a",
        "",
        "a@",
        "@x.org",
        "\ud800@x.org",
        "a\u2028b@x.org",
    ],
)
def test_what_is_no_address_never_reaches_the_other_side(
    way: tuple[Channel, Arrived], address: str
) -> None:
    channel, arrived = way
    wrong = [parcel(address), *([parcel("a@x.org", sender=address)] if address else [])]
    results = [result for _, result in channel.send([*wrong, parcel("b@x.org")])]
    assert [result.outcome for result in results] == [FAILED] * len(wrong) + [SENT]
    assert [result.status for result in results[:-1]] == ["5.1.3", "5.1.7"][: len(wrong)]
    assert [recipient for _, recipient, _ in arrived()] == ["b@x.org"]


@pytest.mark.parametrize("address", ["-oQ/tmp@x.org", '"a b"@x.org', '"a>b"@x.org', "a..b@x.org"])
def test_strange_addresses_that_are_some_arrive(way: tuple[Channel, Arrived], address: str) -> None:
    channel, arrived = way
    ((_, result),) = channel.send([parcel(address)])
    assert result.outcome == SENT
    assert arrived()[0][1] == address


def test_no_parcel_is_read_on_after_the_caller_stops(way: tuple[Channel, Arrived]) -> None:
    """Not more bytes than those of the letter whose result came last are sent."""
    channel, arrived = way
    results = iter(channel.send([parcel(f"{number}@x.org") for number in range(9)]))
    next(results)
    results.close()  # type: ignore[attr-defined]  # a generator, as each of them makes one
    assert [recipient for _, recipient, _ in arrived()] == ["0@x.org"]


def test_an_error_of_the_caller_comes_after_the_results_of_what_was_sent(
    way: tuple[Channel, Arrived],
) -> None:
    channel, arrived = way

    def parcels() -> Iterator[Parcel]:
        yield parcel("a@x.org")
        yield parcel("b@x.org")
        raise MailgateError("no database")

    results = iter(channel.send(parcels()))
    assert [next(results)[1].outcome, next(results)[1].outcome] == [SENT, SENT]
    with pytest.raises(MailgateError, match="no database"):
        next(results)
    assert len(arrived()) == 2


def test_trouble_is_the_letters_until_it_is_that_of_several_in_a_row() -> None:
    patience, trouble = Patience(), Result(UNUSABLE, "4.3.2", "closing")
    outcomes = [patience.judge(trouble).outcome for _ in range(TROUBLES)]
    assert outcomes == [DEFERRED] * (TROUBLES - 1) + [UNUSABLE]
    assert patience.judge(TAKEN) == TAKEN
    assert patience.judge(trouble).outcome == DEFERRED


def test_the_text_of_others_is_one_visible_line_of_bounded_length() -> None:
    assert one_line("550 no\r\nsuch \x1b[31m user\u202e") == "550 no such [31m user"
    assert len(one_line("x" * 10_000_000)) == 500
