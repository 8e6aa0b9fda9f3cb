"""Made-up reports for tests, and how they are read."""

from __future__ import annotations

from mailgate.mail.dsn import Report, read_report

DAEMON = "From: MAILER-DAEMON@mx.example\nTo: bounce@our.example\nSubject: Undelivered Mail\n"
TYPED = 'Content-Type: multipart/report; report-type={}; boundary="b"\n\n'
WORDS = "--b\n\nYour message could not be delivered.\n"
RETURNED = "--b\nContent-Type: message/rfc822\n\n{}\n\nHello\n--b--\n"


def read(text: str) -> Report:
    return read_report(text.encode())


def status(fields: str, returned: str = "Message-ID: <1@our.example>", header: str = "") -> Report:
    """Read a delivery status notification with those fields."""
    head = f"{header}{DAEMON}{TYPED.format('delivery-status')}{WORDS}"
    part = f"--b\nContent-Type: message/delivery-status\n\n{fields}\n\n"
    return read(head + part + RETURNED.format(returned))


def plain(text: str, header: str = DAEMON) -> Report:
    """Read a report in plain words."""
    return read(f"{header}\n{text}")


MTA = "Reporting-MTA: dns; mx.example\n\n"
