"""Reports in plain words, as families of mail systems write them, and what is none."""

from __future__ import annotations

import pytest
from mail.reported import DAEMON, plain, read

from mailgate.mail.dsn import Report, Said

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


def test_pages_are_read_where_there_is_no_plain_text() -> None:
    page = "<p>Your message could not be delivered to:</p><p>u@x.example</p><p>550 5.1.1 no</p>"
    report = read(f"{DAEMON}Content-Type: text/html\n\n{page}\n")
    assert [(said.recipient, said.status) for said in report.said] == [("u@x.example", "5.1.1")]
