"""Was it written by a person? RFC 3834, and the fields of systems that do not know it."""

from __future__ import annotations

import pytest

from mailgate.mail.automatic import classify, is_daemon
from mailgate.mail.header import scan


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Subject: hello", "person"),
        ("Auto-Submitted: no", "person"),
        ("Auto-Submitted: No (really)", "person"),
        ("Precedence: first-class", "person"),
        ("X-Auto-Response-Suppress: All\nSubject: hello", "person"),
        ("X-Autoreply: no", "person"),
        ("Subject: Automatic reply: hello", "person"),
        ("Auto-Submitted: auto-replied", "auto-reply"),
        ("Auto-Submitted: AUTO-REPLIED (vacation)", "auto-reply"),
        ("Auto-Submitted: auto-replied; owner-email=a@b", "auto-reply"),
        ("X-Autoreply: yes", "auto-reply"),
        ("X-Autorespond: hello", "auto-reply"),
        ("Precedence: auto_reply", "auto-reply"),
        ("X-Auto-Response-Suppress: All\nSubject: Automatic reply: hello", "auto-reply"),
        (
            "X-Auto-Response-Suppress: All\nSubject: =?utf-8?q?R=C3=A9ponse_automatique_:_non?=",
            "auto-reply",
        ),
        ("Auto-Submitted: auto-replied\nList-Id: <l>", "auto-reply"),
        ("Auto-Submitted: auto-generated", "auto-generated"),
        ("Auto-Submitted: auto-notified", "auto-generated"),
        ("List-Id: Chairs <chairs.example.com>", "list"),
        ("Precedence: list", "list"),
        ("Precedence: bulk", "bulk"),
        ("Precedence: junk", "bulk"),
    ],
)
def test_the_class_follows_from_the_header(header: str, kind: str) -> None:
    assert classify(scan(header.encode() + b"\n\n")) == kind


@pytest.mark.parametrize(
    ("address", "daemon"),
    [
        ("mailer-daemon@x.org", True),
        ("postmaster@x.org", True),
        ("ann@mailer-daemon.org", False),
        ("mailer-daemon-fan@x.org", False),
    ],
)
def test_mail_systems_write_from_known_local_parts(address: str, daemon: bool) -> None:
    assert is_daemon(address) is daemon
