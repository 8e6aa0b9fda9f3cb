"""What is read in reports: forms of RFCs and of families of mail systems, with made-up mail."""

from __future__ import annotations

import pytest

from mailgate.mail.dsn import Report, Said, read_report

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


FORMS = {
    "qmail": (
        "Hi. This is the qmail-send program at mx.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<u@x.example>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 550 5.1.1 unknown here\nGiving up on 192.0.2.1.\n\n"
        "--- Below this line is a copy of the message.\n\n"
        "Message-ID: <1@our.example>\nTo: someone@else.example\n",
        "5.1.1",
        "550 5.1.1 unknown here Giving up on 192.0.2.1.",
    ),
    "exim": (
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        "  u@x.example\n    host mx.x.example [192.0.2.1]\n"
        "    SMTP error from remote mail server after RCPT TO:<u@x.example>:\n"
        "    550 5.2.2 over quota\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n"
        "Message-ID: <1@our.example>\nTo: someone@else.example\n",
        "5.2.2",
        "550 5.2.2 over quota",
    ),
    "postfix": (
        "I'm sorry to have to inform you that your message could not\n"
        "be delivered to one or more recipients.\n\n"
        "For further assistance, please send mail to <help@mx.example>\n\n"
        "<u@x.example>: host mx.x.example[192.0.2.1] said: 554 5.7.1 spam (in reply\n"
        "    to end of DATA command)\n\n"
        "Message-ID: <1@our.example>\nFrom: a@our.example\nTo: b@x.example\n",
        "5.7.1",
        "554 5.7.1 spam (in reply to end of DATA command)",
    ),
    "sendmail": (
        "   ----- The following addresses had permanent fatal errors -----\n"
        "<u@x.example>\n    (reason: 550 5.1.1 <u@x.example>... User unknown)\n\n"
        "   ----- Transcript of session follows -----\n"
        "... while talking to mx.x.example.:\n>>> RCPT To:<u@x.example>\n"
        "<<< 550 5.1.1 <u@x.example>... User unknown\n\n"
        "   ----- Original message follows -----\nMessage-ID: <1@our.example>\nTo: x@y.example\n",
        "5.1.1",
        "550 5.1.1 <u@x.example>... User unknown",
    ),
    "courier": (
        "This is a delivery status notification from mx.example.\n\n"
        "UNDELIVERABLE MAIL\n\n"
        "Your message to the following recipients cannot be delivered:\n\n"
        "<u@x.example>:\n   mx.x.example [192.0.2.1]:\n"
        ">>> RCPT TO:<u@x.example>\n<<< 550 5.1.1 unknown\n\n"
        "Message-ID: <1@our.example>\nFrom: a@our.example\nTo: b@x.example\n",
        "5.1.1",
        "550 5.1.1 unknown",
    ),
    "domino": (
        "Your message\n\n  Subject: Offer\n\nwas not delivered to:\n\n  u@x.example\n\n"
        "because:\n\n  User u (u@x.example) not listed in directory\n\n"
        "Original message follows.\n\nMessage-ID: <1@our.example>\nTo: x@y.example\n",
        "",
        "User u (u@x.example) not listed in directory",
    ),
    "exchange": (
        "Your message\n\n  To:      Uwe\n  Subject: Offer\n\n"
        "did not reach the following recipient(s):\n\n"
        "u@x.example on Thu, 29 Apr 2021 16:51:51 -0500\n    The recipient name is not known\n\n"
        "Original message headers:\n\nMessage-ID: <1@our.example>\nTo: x@y.example\n",
        "",
        "The recipient name is not known",
    ),
    "names": (
        "Delivery has failed to these recipients or groups:\n\nUwe Example (u@x.example)\n"
        "The address was not found.\n\n"
        "Original message headers:\n\nMessage-ID: <1@our.example>\nTo: x@y.example\n",
        "",
        "The address was not found.",
    ),
    "sentence": (
        "Failed to deliver to 'u@x.example'\nSMTP module reports:\n host x.example says:\n"
        " 550 5.1.1 no mailbox\n\n"
        "Original message follows.\n\nMessage-ID: <1@our.example>\nTo: x@y.example\n",
        "5.1.1",
        "550 5.1.1 no mailbox",
    ),
    "transcript": (
        "Your message did not reach some of the intended recipients.\n\n"
        "   Sent: Thu, 29 Apr 2021\n\nThe following recipient(s) could not be reached:\n\n"
        "u@x.example\n   Error Type: SMTP\n   Sent: RCPT TO:<u@x.example>\n"
        "   Remote server replied: 550 5.1.1 no such user\n\n"
        "Original message follows.\n\nMessage-ID: <1@our.example>\nTo: x@y.example\n",
        "5.1.1",
        "550 5.1.1 no such user",
    ),
    "fields": (
        "An error occurred while trying to deliver the mail.\n\nTechnical report:\n\n"
        "Final-Recipient: rfc822; u@x.example\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 unknown\n\n"
        "Original message follows.\n\nMessage-ID: <1@our.example>\nTo: x@y.example\n",
        "5.1.1",
        "550 unknown",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_words_of_a_family_of_mail_systems_are_read(form: str) -> None:
    """Nobody who is only mentioned, or is in the returned message, is named as failed."""
    text, code, reason = FORMS[form]
    report = plain(text)
    assert report.kind == "failure"
    assert report.said == (Said("u@x.example", "failed", code, reason),)
    assert report.message_ids == ("<1@our.example>",)


@pytest.mark.parametrize(
    "text",
    [
        "A message that you sent has not yet been delivered to one or more of its\n"
        "recipients after more than 24 hours on the queue.\n\n"
        "The address to which the message has not yet been delivered is:\n\n  u@x.example\n\n"
        "No action is required on your part. Delivery attempts will continue for some time.\n"
        "Eventually the mail delivery software will give up, and when that happens, the\n"
        "message will be returned to you.\n",
        "THIS IS A WARNING MESSAGE ONLY.\n\n"
        "Delivery to the following recipient has been delayed:\n\n     u@x.example\n",
        "Your message could not be delivered for 4 hours. It will be retried until it is 5\n"
        "days old.\n\n<u@x.example>: connect to x.example: Connection timed out\n",
    ],
)
def test_a_message_that_waits_has_not_failed(text: str) -> None:
    report = plain(text)
    assert report.kind == "delay"
    assert [(said.recipient, said.action) for said in report.said] == [("u@x.example", "delayed")]


def test_a_delay_in_the_end_is_a_failure() -> None:
    report = plain(
        "Your message was delayed for too long and is returned.\n"
        "The following address failed:\n\n  u@x.example\n"
    )
    assert report.kind == "failure"


def test_an_address_that_is_not_there_is_not_invented() -> None:
    report = plain("A message that you sent could not be delivered. It said: 550 5.7.1 denied\n")
    assert report.kind == "failure"
    assert report.said == (Said("", "failed", "5.7.1", "550 5.7.1 denied"),)


def test_the_sender_is_not_named_beside_others() -> None:
    report = plain("The following addresses failed:\n\n  bounce@our.example\n  u@x.example\n")
    assert [said.recipient for said in report.said] == ["u@x.example"]


def test_a_text_that_is_attached_is_read_where_there_is_no_other() -> None:
    head = f"{DAEMON}Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    attached = "Content-Type: text/plain\nContent-Disposition: attachment; filename=why.txt\n\n"
    words = "The following addresses had delivery problems:\n\n<u@x.example> (user unknown)\n"
    report = read(f"{head}{attached}{words}--b--\n")
    assert [said.recipient for said in report.said] == ["u@x.example"]


def test_nobody_is_named_who_only_writes_like_a_mail_system() -> None:
    """Without a daemon, a type or a returned message it takes an address to make a report."""
    header = "Return-Path: <>\nFrom: shop@x.example\nSubject: Undeliverable parcel\n"
    assert plain("We could not deliver your parcel to this address.\n", header).kind == "none"


PERSON = "From: Ann <ann@x.example>\nTo: bounce@our.example\n"
NOT_REPORTS = {
    "a letter": (PERSON, "Dear all,\n\nten chairs please.\n"),
    "an out-of-office": (
        f"Return-Path: <>\nAuto-Submitted: auto-replied\nSubject: Automatic reply: Offer\n{PERSON}",
        "I cannot read mail before Monday. If you cannot wait, the following people can help:\n\n"
        "bob@x.example\n",
    ),
    "an out-of-office without a word of it in its subject": (
        f"Return-Path: <>\nAuto-Submitted: auto-replied\nSubject: Away\n{PERSON}",
        "I am unable to read your message before Monday. Ask:\n\nbob@x.example\n",
    ),
    "a person who speaks of a bounce": (
        f"Subject: Problem with your mail\n{PERSON}",
        "My message to you could not be delivered:\n\n<u@our.example>: user unknown\n",
    ),
    "an answer to a report": (
        f"Subject: Re: Undelivered Mail\nIn-Reply-To: <1@our.example>\n{PERSON}",
        "The address is right now, please try again:\n\nann@x.example\n",
    ),
    "fields of a form": (
        f"Return-Path: <>\nSubject: New ticket\n{PERSON}",
        "Action: failed\nStatus: open\nPriority: 4.5.6\n",
    ),
    "uuencoded text": (
        f"Subject: file\n{PERSON}",
        "begin 644 a\nM<@>:@<u@x.example>:@<v@x.example>:\nend\n",
    ),
}


@pytest.mark.parametrize("name", NOT_REPORTS)
def test_what_people_and_their_machines_write_is_no_report(name: str) -> None:
    header, text = NOT_REPORTS[name]
    assert plain(text, header) == Report("none")


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


def test_pages_are_read_where_there_is_no_plain_text() -> None:
    page = "<p>Your message could not be delivered to:</p><p>u@x.example</p><p>550 5.1.1 no</p>"
    report = read(f"{DAEMON}Content-Type: text/html\n\n{page}\n")
    assert [(said.recipient, said.status) for said in report.said] == [("u@x.example", "5.1.1")]
