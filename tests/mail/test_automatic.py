"""Was it written by a person? RFC 3834, and the fields of systems that do not know it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailgate.mail.automatic import classify, is_daemon
from mailgate.mail.envelope import Envelope
from mailgate.mail.header import scan
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import Reader


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


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Auto-Submitted: (vacation) auto-replied", "auto-reply"),
        ("Auto-Submitted: (a) (b) no", "person"),
        ("Auto-Submitted: (unclosed", "person"),
        ("Auto-Submitted: no\nSubject: Out of office rules", "person"),
        ("Auto-Submitted: no; x=y", "person"),
        ("Auto-Submitted: auto-whatever", "auto-generated"),
        ("Auto-Submitted: auto-generated\nSubject: Ann is out of the office", "auto-reply"),
        ("Auto-Submitted: auto-generated\nSubject: Disk full", "auto-generated"),
        ("Subject: Ann is out of the office", "person"),
        ("Subject: Out of Office AutoReply: chairs", "auto-reply"),
        ("Subject: =?utf-8?q?Out_of_Office_AutoReply:_chairs?=", "auto-reply"),
        ("Subject: Re: Out of Office AutoReply: chairs", "person"),
        ("X-Precedence: bulk", "bulk"),
        ("X-Precedence: auto_reply", "auto-reply"),
        ("Precedence: first-class\nX-Precedence: bulk", "person"),
        ("X-Apple-Action: VACATION", "auto-reply"),
        ("X-Apple-Action: other", "person"),
        ("X-POST-MessageClass: 9; Autoresponder", "auto-reply"),
        ("List-Id:", "list"),
    ],
)
def test_vacations_and_comments_take_many_forms(header: str, kind: str) -> None:
    assert classify(scan(header.encode() + b"\n\n")) == kind


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Out of Office: chairs", "auto-reply"),
        ("Automatic reply: chairs", "auto-reply"),
        ("chairs", "person"),
        ("Re: Out of Office: chairs", "person"),
    ],
)
def test_a_null_sender_is_a_sign_only_with_the_subject_of_a_vacation(
    subject: str, kind: str
) -> None:
    header = scan(f"Subject: {subject}\n\n".encode())
    assert classify(header, null_sender=True) == kind
    assert classify(header) == "person"


EXCEPTIONS = {
    "track-response-outlook-oof.eml": "typed by a person in Outlook, by all that it says",
    "publisher-06.eml": "a subject alone, which a person may write",
    "publisher-12.eml": "an empty X-Auto-Response-Suppress suppresses nothing",
    "roundup-26.eml": "an answer that quotes an automatic reply's subject",
    "roundup-27.eml": "the loop mark of another program",
    "redmine-22.eml": "auto-forwarded is a registered word of no standard: automatic",
}
CLASSES = {
    "autoreply": ("auto-reply", "auto-generated"),
    "bulk": ("bulk", "list"),
    "message": ("person",),
    "bounce": ("report",),
}
AUTOREPLY = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "autoreply"


def test_real_automatic_mail_is_known_as_such() -> None:
    wrong = set()
    for listing in sorted(AUTOREPLY.glob("*/expected.jsonl")):
        for line in listing.read_text("utf-8").splitlines():
            row = json.loads(line)
            reader = Reader(10**8)
            reader.feed((listing.parent / row["file"]).read_bytes())
            kind = Incoming(reader.finish(), Envelope("import")).kind
            if kind not in CLASSES.get(row["kind"], ()):
                wrong.add(Path(row["file"]).name)
    assert wrong == set(EXCEPTIONS)
