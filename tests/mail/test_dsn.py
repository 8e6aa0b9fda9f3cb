"""Reports by their type (RFC 3464, 5965, 8098): every recipient, what was done, and why."""

from __future__ import annotations

import pytest
from mail.reported import DAEMON, MTA, RETURNED, TYPED, WORDS, read, status

from mailgate.mail.dsn import Said


def test_a_notification_tells_of_each_recipient() -> None:
    """RFC 3464 section 2.3: one group of fields a recipient, each with its own action."""
    report = status(
        f"{MTA}"
        "Original-Recipient: rfc822; Ann@X.example\n"
        "Final-Recipient: rfc822; mbox17@x.example\n"
        "Action: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1\n no such user\n\n"
        "Final-Recipient: rfc822; bob@x.example\nAction: delayed\nStatus: 4.4.1\n\n"
        "Final-Recipient: rfc822; eve@x.example\nAction: relayed\nStatus: 2.0.0\n\n"
        "Final-Recipient: rfc822; all@x.example\nAction: expanded\nStatus: 2.1.5"
    )
    assert report.kind == "failure"
    assert report.message_ids == ("<1@our.example>",)
    assert [(said.recipient, said.action, said.status) for said in report.said] == [
        ("ann@x.example", "failed", "5.1.1"),
        ("bob@x.example", "delayed", "4.4.1"),
        ("eve@x.example", "relayed", "2.0.0"),
        ("all@x.example", "expanded", "2.1.5"),
    ]
    assert report.said[0].reason == "550 5.1.1 no such user"


@pytest.mark.parametrize(
    ("actions", "kind"),
    [
        (["failed", "delayed", "delivered"], "failure"),
        (["delayed", "delivered"], "delay"),
        (["delivered"], "success"),
        (["relayed"], "success"),
        (["expanded"], "success"),
    ],
)
def test_the_worst_that_happened_to_a_recipient_is_the_kind(actions: list[str], kind: str) -> None:
    groups = "\n\n".join(
        f"Final-Recipient: rfc822; u{number}@x.example\nAction: {action}"
        for number, action in enumerate(actions)
    )
    assert status(MTA + groups).kind == kind


@pytest.mark.parametrize(
    ("fields", "action", "code"),
    [
        ("Action: failed\nStatus: 4.4.7", "failed", "4.4.7"),
        ("Action: delayed\nStatus: 5.0.0", "delayed", "5.0.0"),
        ("Status: 5.2.2", "failed", "5.2.2"),
        ("Status: 4.2.2 (mailbox full)", "delayed", "4.2.2"),
        ("Status: 2.1.5", "delivered", "2.1.5"),
        ("Action: FAILED (no way)\nStatus: 5.1.1", "failed", "5.1.1"),
        ("Action: failure\nStatus: 5.1.1", "failed", "5.1.1"),
        ("Action: failed\nDiagnostic-Code: smtp; 550 5.7.1 no", "failed", "5.7.1"),
        ("Action: failed\nDiagnostic-Code: smtp; 552 too much", "failed", "5.0.0"),
        ("Action: failed\nDiagnostic-Code: x-unix; no home", "failed", ""),
        ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 no", "failed", "5.1.1"),
        ("Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.7.1 no", "failed", "5.1.1"),
        ("Action: failed\nStatus: 4.5.0\nDiagnostic-Code: smtp; 550 5.5.0 no", "failed", "5.5.0"),
    ],
)
def test_the_action_wins_and_the_status_is_looked_for(fields: str, action: str, code: str) -> None:
    """The code is that of the field; x.0.0 says nothing more than the class (RFC 3463, 3.1)."""
    (said,) = status(f"{MTA}Final-Recipient: rfc822; u@x.example\n{fields}").said
    assert (said.action, said.status) == (action, code)


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("Final-Recipient: rfc822;u@x.example", "u@x.example"),
        ("Final-Recipient: RFC822; <U@X.EXAMPLE>", "u@x.example"),
        ("Final-Recipient: u@x.example", "u@x.example"),
        ("Final-Recipient: <u@x.example>", "u@x.example"),
        ("Final-Recipient: rfc822;\n u@x.example", "u@x.example"),
        ("Final-Recipient: rfc822; u@x.example (somebody)", "u@x.example"),
        ("Final-Recipient: LOCAL; u@x.example", "u@x.example"),
        ("Final-Recipient: rfc822; mailto:u@x.example", "u@x.example"),
        ("Final-Recipient: utf-8; b\\x{FC}ro@x.example", "b\u00fcro@x.example"),
        ("Final-Recipient: utf-8; büro@x.example", "b\u00fcro@x.example"),
        ("Final-Recipient: rfc822; |/bin/filter", ""),
        ("Final-Recipient: X400; /C=XX/O=x", ""),
        ("Original-Recipient: rfc822;\nFinal-Recipient: rfc822; u@x.example", "u@x.example"),
        ("X-Actual-Recipient: rfc822; u@x.example", "u@x.example"),
    ],
)
def test_a_recipient_is_read_however_it_is_written(field: str, address: str) -> None:
    """The type may be missing or another one; utf-8 has escapes (RFC 6533 section 3)."""
    (said,) = status(f"{MTA}{field}\nAction: failed\nStatus: 5.1.1").said
    assert said.recipient == address


def test_blank_lines_among_the_fields_are_not_trusted() -> None:
    report = status(
        "Reporting-MTA: dns; mx.example\nFinal-Recipient: rfc822; a@x.example\n\n"
        "Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; b@x.example\nAction: delayed\n\n"
        "Status: 4.0.0"
    )
    assert [(said.recipient, said.action) for said in report.said] == [
        ("a@x.example", "failed"),
        ("b@x.example", "delayed"),
    ]


def test_a_damaged_type_is_read() -> None:
    """A colon where the semicolon belongs."""
    text = (
        f"{DAEMON}Content-Type: multipart/report: report-type=delivery-status; boundary=b\n\n"
        f"{WORDS}--b\nContent-Type: message/delivery-status\n\n{MTA}"
        "Final-Recipient: rfc822; u@x.example\nAction: failed\nStatus: 5.1.1\n--b--\n"
    )
    assert read(text).said == (Said("u@x.example", "failed", "5.1.1", ""),)


def test_line_ends_make_no_difference() -> None:
    text = f"{DAEMON}{TYPED.format('delivery-status')}{WORDS}" + (
        "--b\nContent-Type: message/delivery-status\n\n"
        f"{MTA}Final-Recipient: rfc822; u@x.example\nAction: failed\nStatus: 5.1.1\n--b--\n"
    )
    expected = read(text)
    assert expected.said[0].recipient == "u@x.example"
    assert read(text.replace("\n", "\r\n")) == expected
    assert read(text.replace("\n", "\r")) == expected


def test_the_one_recipient_without_address_is_the_one_the_header_names() -> None:
    """Exim's field holds the pipe; X-Failed-Recipients the address."""
    fields = f"{MTA}Final-Recipient: rfc822;|/bin/filter\nAction: failed\nStatus: 5.0.0"
    report = status(fields, header="X-Failed-Recipients: u@x.example\n")
    assert [said.recipient for said in report.said] == ["u@x.example"]
    assert [said.recipient for said in status(fields).said] == [""]


def test_the_ids_that_survive_exchangers_come_first() -> None:
    report = status(
        f"{MTA}Final-Recipient: rfc822; u@x.example\nAction: failed",
        "Message-ID: <new@x.example>\nX-Microsoft-Original-Message-ID: <ms@our.example>\n"
        "X-Mailgate-Message-ID: <ours@our.example>",
        header="In-Reply-To: <r1@our.example>\nReferences: <r0@our.example> <r1@our.example>\n",
    )
    assert report.message_ids == ("<ours@our.example>", "<ms@our.example>", "<new@x.example>")
    assert report.references == ("<r1@our.example>", "<r0@our.example>")


def test_a_complaint_names_whom_the_message_went_to() -> None:
    """RFC 5965 section 3: Original-Rcpt-To may come several times."""
    text = (
        f"From: fbl@x.example\n{TYPED.format('feedback-report')}{WORDS}"
        "--b\nContent-Type: message/feedback-report\n\n"
        "Feedback-Type: Abuse\nUser-Agent: x/1\nVersion: 1\n"
        "Original-Rcpt-To: <a@x.example>\nOriginal-Rcpt-To: b@x.example\n\n"
    ) + RETURNED.format("Message-ID: <1@our.example>\nTo: c@x.example")
    report = read(text)
    assert (report.kind, report.feedback_type) == ("feedback", "abuse")
    assert [said.recipient for said in report.said] == ["a@x.example", "b@x.example"]
    assert report.message_ids == ("<1@our.example>",)


def test_a_complaint_without_recipient_has_that_of_the_returned_message() -> None:
    text = (
        f"From: fbl@x.example\n{TYPED.format('feedback-report')}{WORDS}"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n"
    )
    one = read(text + RETURNED.format("To: c@x.example"))
    assert [said.recipient for said in one.said] == ["c@x.example"]
    two = read(text + RETURNED.format("To: c@x.example, d@x.example"))
    assert (two.kind, two.said) == ("feedback", ())


RECEIPT = (
    f"From: u@x.example\n{TYPED.format('disposition-notification')}" + "--b\n\n{}\n"
    "--b\nContent-Type: message/disposition-notification\n\n"
    "Final-Recipient: rfc822; u@x.example\nOriginal-Message-ID: <1@our.example>\n"
    "Disposition: {}\n--b--\n"
)


def test_a_receipt_says_what_was_done() -> None:
    """RFC 8098 section 3.2.6: the part behind the semicolon."""
    report = read(RECEIPT.format("Seen.", "manual-action/MDN-sent-manually; displayed"))
    assert report.kind == "disposition"
    assert report.said == (Said("u@x.example", "", "", "displayed"),)
    assert report.message_ids == ("<1@our.example>",)


def test_a_receipt_may_be_a_rejection() -> None:
    """RFC 5429 section 2.1.2: what a filter rejects may be answered by a receipt."""
    report = read(
        RECEIPT.format(
            "Your message to <u@x.example> was automatically rejected:\nQuota exceeded",
            "automatic-action/MDN-sent-automatically; deleted",
        )
    )
    assert report.kind == "failure"
    assert [(said.recipient, said.action) for said in report.said] == [("u@x.example", "failed")]
    assert "Quota exceeded" in report.said[0].reason


def test_a_returned_header_without_a_blank_line_before_it_still_gives_its_id() -> None:
    text = (
        f"{DAEMON}{TYPED.format('delivery-status')}{WORDS}"
        f"--b\nContent-Type: message/delivery-status\n\n{MTA}"
        "Final-Recipient: rfc822; u@x.example\nAction: failed\n\n"
        "--b\nContent-Type: message/rfc822\nReceived: from a\nMessage-ID:\n <1@our.example>\n\nHi\n"
        "--b--\n"
    )
    assert read(text).message_ids == ("<1@our.example>",)
