"""Letters for tests of SMTP, and how they are sent to a server of the test."""

from __future__ import annotations

from collections.abc import Iterable

from channels.smtp_server import SmtpServer

from mailgate.channels.outgoing import Parcel, Result
from mailgate.channels.smtp import Smtp
from mailgate.channels.smtp_session import Settings


def parcels(*recipients: str, data: bytes = b"Subject: x\n\ny\n") -> list[Parcel]:
    return [
        Parcel(number, "bounce@example.com", recipient, lambda: [data])
        for number, recipient in enumerate(recipients)
    ]


def send(server: SmtpServer, letters: Iterable[Parcel]) -> list[Result]:
    channel = Smtp(Settings("127.0.0.1", server.port))
    return [result for _, result in channel.send(letters)]


def outcomes(results: Iterable[Result]) -> list[str]:
    return [result.outcome for result in results]


NAMES = ("a@x.org", "b@x.org", "c@x.org")
