"""Mail about mail, by its MIME type or its form."""

from __future__ import annotations

from base64 import b64encode

import pytest

from mailgate.mail.envelope import Envelope
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import Reader
from mailgate.mail.report import returned_ids


def report(header: str, body: str = "", sender: str | None = "a@x.org") -> str | None:
    """Return what kind of report a message is."""
    reader = Reader(10**9)
    reader.feed(f"{header}\n\n{body}".encode())
    return Incoming(reader.finish(), Envelope("pipe", sender)).report


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("multipart/report; report-type=delivery-status; boundary=x", "delivery-status"),
        ('Multipart/Report; boundary=x; Report-Type="delivery-status"', "delivery-status"),
        ("multipart/report; report-type=global-delivery-status", "delivery-status"),
        ("multipart/report; boundary=x", "delivery-status"),
        ("multipart/report:", "delivery-status"),
        ("multipart/report: report-type=delivery-status", "delivery-status"),
        ("message/delivery-status", "delivery-status"),
        ("multipart/report; report-type=feedback-report", "feedback-report"),
        ("multipart/report; report-type=disposition-notification", "disposition-notification"),
        ("multipart/report; report-type=tlsrpt", None),
        ("multipart/mixed; report-type=delivery-status", None),
        ("text/plain", None),
        ("message/rfc822", None),
    ],
)
def test_the_type_says_what_a_report_is(content_type: str, kind: str | None) -> None:
    """RFC 3464, 5965, 6533, 8098; RFC 8460 reports are ordinary mail."""
    assert report(f"From: a@x.org\nContent-Type: {content_type}") == kind


BOUNCE = "Your message could not be delivered to one or more recipients.\n"
LETTER = "Dear all,\n\nten chairs please.\n"


@pytest.mark.parametrize(
    ("author", "sender", "body", "kind"),
    [
        ("mailer-daemon@x.org", "a@x.org", BOUNCE, "bounce"),
        ("ann@x.org", "", BOUNCE, "bounce"),
        ("ann@x.org", "", "Your message could not\nbe delivered.\n", "bounce"),
        ("ann@x.org", "a@x.org", BOUNCE, None),
        ("ann@x.org", None, BOUNCE, None),
        ("ann@x.org", "", LETTER, None),
        ("mailer-daemon@x.org", "", LETTER, None),
    ],
)
def test_the_form_makes_a_bounce_only_from_a_daemon_or_the_null_sender(
    author: str, sender: str | None, body: str, kind: str | None
) -> None:
    """A null sender alone proves nothing: redirections and web forms have it too."""
    assert report(f"From: {author}", body, sender) == kind


def test_only_the_beginning_of_the_body_is_looked_at() -> None:
    assert report("From: a@x.org", "x\n" * 40_000 + BOUNCE, "") is None


def test_a_person_with_a_null_sender_may_speak_of_a_full_mailbox() -> None:
    """Redirections and web forms have the null sender too; a weak sign is not enough then."""
    text = "Hello, my mailbox is full of your offers. Can you help?\n"
    assert report("From: ann@x.org", text, "") is None
    assert report("From: postmaster@x.org", text, "") == "bounce"
    assert report("From: ann@x.org", text + "The server said: user unknown\n", "") == "bounce"


@pytest.mark.parametrize(
    "text",
    [
        "Hello, my parcel was not delivered yesterday. Where is it?\n",
        "Your courier was unable to deliver my order; he failed to deliver it twice.\n",
        "The delivery failed, please help.\n",
    ],
)
def test_a_customer_with_a_null_sender_may_speak_of_his_parcel(text: str) -> None:
    """What mail systems say of mail is said of parcels, too, and web forms send it from nobody."""
    assert report("From: ann@x.org\nSubject: Delivery failed", text, "") is None
    assert report("From: ann@x.org", "Your mail came back. " + text, "") == "bounce"
    assert report("From: postmaster@x.org", text, "") == "bounce"


@pytest.mark.parametrize(
    ("header", "body", "sender", "kind"),
    [
        ("From: MAILER-DAEMON@x.org\nSubject: Returned mail", LETTER, "a@x.org", "bounce"),
        ("From: MAILER-DAEMON <>\nSubject: Undelivered Mail", LETTER, None, "bounce"),
        ("From: ann@x.org\nSubject: Returned mail", LETTER, "", None),
        ("From: ann@x.org\nSubject: Returned mail", "No such user.\n", "", "bounce"),
        ("From: ann@x.org\nSubject: Re: Returned mail", "No such user.\n", "", None),
        ("From: ann@x.org\nSubject: Returned mail", BOUNCE, "a@x.org", None),
        ("From: postmaster@x.org\nSubject: Re: undelivered", LETTER, "a@x.org", None),
        ("From: x@x.org\nX-Failed-Recipients: b@x.org", LETTER, "", "bounce"),
        ("From: x@x.org\nX-Failed-Recipients: b@x.org", LETTER, "a@x.org", None),
    ],
)
def test_the_subject_is_a_sign_that_weighs_little(
    header: str, body: str, sender: str | None, kind: str | None
) -> None:
    """People write of returned mail, too, and answer reports; from a mail system it is enough."""
    assert report(header, body, sender) == kind


def test_what_a_transfer_encoding_hides_is_read() -> None:
    """Soft line breaks (RFC 2045 section 6.7) stand between words, base64 hides them all."""
    header = "From: ann@x.org\nContent-Transfer-Encoding: "
    broken = "Your message could not=\n be delivered.\n"
    assert report(header + "quoted-printable", broken, "") == "bounce"
    assert report(header + "base64", b64encode(BOUNCE.encode()).decode(), "") == "bounce"
    assert report(header + "base64", "=", "") is None
    assert report(header + "base64", "!!!!", "") is None


def test_what_a_complaint_returns_is_known_by_its_ids() -> None:
    """Fields may be folded (RFC 5322 section 2.2.3); what is no field is no id."""
    body = (
        b"--b\r\nFeedback-Type: abuse\r\n--b\r\nReceived: from x\r\nMessage-ID:\r\n <a@x>\r\n"
        b"x-mailgate-message-id: <b@x>\r\nMESSAGE-ID: <a@x>\r\nNot a field <c@x>\r\nMessage-ID:\r\n"
    )
    assert returned_ids(body) == ("<a@x>", "<b@x>")
    assert returned_ids(b"Message-ID: <%d@x>\n" * 3 % (1, 2, 3)) == ("<1@x>", "<2@x>", "<3@x>")
    assert len(returned_ids(b"".join(b"Message-ID: <%d@x>\n" % n for n in range(5000)))) == 8
