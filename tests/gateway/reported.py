"""Messages that went out, and the reports that come back about them."""

from __future__ import annotations

from typing import Any
from zlib import compress

from gateway.house import NOW, House, letter

from mailgate.gateway.report import carry_out
from mailgate.mail.token import make_bounce
from mailgate.store.reports import waiting
from mailgate.store.secrets import create_token_key, token_keys

SENT = "out.1@example.com"
BOUNCE = "bounce@example.com"
DAY = 24 * 3600


def send(house: House, *recipients: str, message_id: str = SENT, status: str = "sent") -> int:
    """Let a message of a record have gone out to recipients, and return its number."""
    if not house.records():
        house.deliver(letter(), "info@example.com")
    house.run("INSERT OR IGNORE INTO original VALUES (x'07', 0, ?)", compress(b"A: b\n\nText.\n"))
    house.run(
        "INSERT INTO message (message_id, record, journal, digest, direction, sender, subject, at,"
        " class) VALUES (?, 1, 1, x'07', 'out', 'info@example.com', 'Re: Ten', ?, 'person')",
        f"<{message_id}>",
        NOW,
    )
    message: int = house.one("SELECT max(id) FROM message")
    house.run(
        "INSERT INTO known_id (message_id, recipient, record, model, message, direction)"
        " VALUES (?, '', 1, 1, ?, 'out')",
        f"<{message_id}>",
        message,
    )
    for recipient in recipients:
        house.run(
            "INSERT INTO outbox (kind, about, message_id, message, sender, recipient, subject,"
            " digest, at, status) VALUES ('notification', '<1@x.org>', ?, ?, ?, ?, 'Re: Ten',"
            " x'07', ?, ?)",
            *(f"<{message_id}>", message, BOUNCE, recipient, NOW, status),
        )
        house.run(
            "INSERT INTO notification (message, recipient, outbox, status, at)"
            " VALUES (?, ?, (SELECT max(id) FROM outbox), ?, ?)",
            *(message, recipient, status, NOW),
        )
    return message


def group(recipient: str, action: str = "failed", status: str = "5.1.1", text: str = "") -> str:
    """Return the fields about one recipient (RFC 3464 section 2.3); empty ones are left out."""
    fields = {
        "Final-Recipient": f"rfc822; {recipient}" if recipient else "",
        "Action": action,
        "Status": status,
        "Diagnostic-Code": f"smtp; {text}" if text else "",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def dsn(
    *groups: str, about: str = SENT, message_id: str = "dsn.1@mx.org", extra: str = ""
) -> bytes:
    """Return a delivery status notification (RFC 3464) that returns the header of a message."""
    returned = f"From: info@example.com\nSubject: Re: Ten\nMessage-ID: <{about}>\n"
    status = "Reporting-MTA: dns; mx.org\n\n" + "\n".join(groups)
    return _report("delivery-status", status, returned if about else "", message_id, extra)


def complaint(recipient: str = "", *, kind: str = "abuse", about: str = SENT) -> bytes:
    """Return a feedback report (RFC 5965)."""
    to = f"Original-Rcpt-To: {recipient}\n" if recipient else ""
    fields = f"Feedback-Type: {kind}\nUser-Agent: fbl/1\nVersion: 1\n{to}"
    return _report("feedback-report", fields, f"Message-ID: <{about}>\n", "arf.1@mx.org", "")


def receipt(recipient: str, *, about: str = SENT) -> bytes:
    """Return a disposition notification (RFC 8098)."""
    fields = (
        f"Final-Recipient: rfc822; {recipient}\nOriginal-Message-ID: <{about}>\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n"
    )
    return _report("disposition-notification", fields, "", "mdn.1@mx.org", "")


def _report(kind: str, fields: str, returned: str, message_id: str, extra: str) -> bytes:
    parts = [
        "Content-Type: text/plain\n\nThis is about your message.\n",
        f"Content-Type: message/{kind}\n\n{fields}",
    ]
    if returned:
        parts.append(f"Content-Type: text/rfc822-headers\n\n{returned}\n")
    return (
        f"From: MAILER-DAEMON@mx.org\nTo: {BOUNCE}\nSubject: Report\nMIME-Version: 1.0\n"
        f"Message-ID: <{message_id}>\n{extra}"
        f'Content-Type: multipart/report; report-type={kind}; boundary="=b"\n\n'
        + "".join(f"--=b\n{part}\n" for part in parts)
        + "--=b--\n"
    ).encode()


def report(house: House, raw: bytes, *to: str, at: int = NOW) -> int:
    """Let a report come in and be carried out; return its journal entry."""
    answer = house.deliver(raw, *(to or (BOUNCE,)), sender="", at=at)
    entry: int = answer["journal"]
    with house.gateway.database.reading() as connection:
        entries = waiting(connection)
    assert set(carry_out(house.gateway.database, entries).values()) <= {"done"}
    return entry


def token(house: House, notification: int) -> str:
    """Return the bounce address with the token of a notification."""
    with house.change() as change:
        create_token_key(change.connection)
        key = token_keys(change.connection)[0]
    return f"bounce+{make_bounce(key, notification)}@example.com"


def statuses(house: House) -> dict[str, str]:
    """Return the status of each notification by its recipient."""
    return dict(house.rows("SELECT recipient, status FROM notification ORDER BY id"))


def contact(house: House, address: str) -> tuple[int, int | None, bool]:
    """Return (bounces, since when, suppressed) of a contact; none of them where it is none."""
    rows = house.rows(
        "SELECT bounces, bounced_since, suppressed FROM contact WHERE address = ?", address
    )
    return (rows[0][0], rows[0][1], bool(rows[0][2])) if rows else (0, None, False)


def flags(house: House, entry: int) -> str:
    """Return the flags of a journal entry."""
    text: str = house.one("SELECT flags FROM journal WHERE id = ?", entry)
    return text


def lines(house: House, entry: int) -> list[tuple[Any, ...]]:
    """Return (recipient, action, status code, message, notification) of what a report says."""
    return house.rows(
        "SELECT recipient, action, status_code, message, notification FROM report_line"
        " WHERE journal = ? ORDER BY number",
        entry,
    )
