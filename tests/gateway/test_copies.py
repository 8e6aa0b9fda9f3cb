"""The copies of what is sent on: new heads over the original body, whatever the header was."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from gateway.house import House, answer, letter, outcomes
from gateway.sent import copies, received

from mailgate.gateway.letters import letter_chunks
from mailgate.mail.header import scan

HEADERS = [
    b"From: \nSubject: x\n\nbody",
    b"From: " + b"a," * 5000 + b" ann@x.org\nTo: " + b"b@x.org, " * 5000 + b"\nX: y\n\n",
    b'From: ann@x.org\nContent-Type: multipart/mixed; boundary="' + b";" * 60000 + b'"\n\n',
    b"From: ann@x.org\n" + b"Content-X: y\n" * 2000 + b"\n",
    b"From: ann@x.org\nDate: " + b"9" * 5000 + b"\nReferences: " + b"<a@b>\n\t" * 5000 + b"\n\nx",
    b"From: \xff\xfe <ann@x.org>\nSubject: "
    + b"\xff" * 3000
    + b"\nContent-Type: \x00\x01;\n\n\x00",
    b"From: ann@x.org\nX-Loop: \x1b[2J\n\nno blank line",
    b"From: ann@x.org\nthis is no field\nSubject: nor this\n",
    b"From: ann@x.org\rTo: x@y.org\rSubject: cr\r\rbody\r",
]


def test_a_copy_is_a_new_head_over_the_body_as_it_came(team: House) -> None:
    body = "Gr\xfc\xdfe\r\n\r\n--x\n\n.\n".encode("latin-1") + b"\0\xff" * 9
    raw = (
        b"Received: from a by b\nFrom: =?utf-8?q?Ann_M=C3=BCller?= <ann@x.org>\n"
        b"To: Sales <sales@example.com>, bob@y.org\nCc: Carl <carl@z.org>\n"
        b"Subject: =?utf-8?q?St=C3=BChle?=\nDate: Sun, 22 Nov 2026 10:00:00 +0100\n"
        b"Message-ID: <1@x.org>\nBcc: dora@x.org\nX-Evil: yes\nContent-Type: text/plain;\n"
        b" charset=latin-1\nContent-Transfer-Encoding: 8bit\nMIME-Version: 1.0\n\n" + body
    )
    team.deliver(raw, "sales@example.com")
    head, found = received(team, "boss@corp.org")
    assert found == body
    identifier = head["message-id"]
    assert identifier != "<1@x.org>"
    assert identifier.endswith("@example.com>")
    assert dict(head.items()) == {
        "From": '"Ann Müller via example.com" <sales@example.com>',
        "To": "Sales <sales@example.com>, bob@y.org",
        "Cc": "Carl <carl@z.org>",
        "Reply-To": "sales@example.com",
        "Subject": "Stühle",
        "Date": "Sun, 22 Nov 2026 09:00:00 +0000",
        "Message-ID": identifier,
        "References": "<1@x.org>",
        "X-Mailgate-Message-ID": identifier,
        "X-Loop": "example.com",
        "Content-Type": 'text/plain; charset="latin-1"',
        "Content-Transfer-Encoding": "8bit",
        "MIME-Version": "1.0",
    }
    assert team.rows(
        "SELECT record, message, direction FROM known_id WHERE message_id = ?", identifier
    ) == [(1, 1, "out")]


def test_an_answer_goes_to_the_others_with_all_the_ids_they_know(team: House) -> None:
    """The customer has the first message under its own id, the team under that of the copy."""
    team.deliver(letter(), "sales@example.com")
    head, _ = received(team, "boss@corp.org")
    copy = head["message-id"]
    said = team.deliver(answer("2@corp.org", copy, "Boss <boss@corp.org>"), "sales@example.com")
    assert outcomes(said) == ["replied"]
    assert copies(team)[2:] == [(2, "ann@x.org"), (2, "dev@corp.org")]
    to_ann, _ = received(team, "ann@x.org")
    to_dev, _ = received(team, "dev@corp.org")
    for found in (to_ann, to_dev):
        assert found["subject"] == "Re: Ten chairs"
        assert found["from"] == '"Boss via example.com" <sales@example.com>'
        assert found["in-reply-to"] == "<1@x.org>"
        assert found["references"].split() == [copy, "<1@x.org>"]
    assert to_ann["message-id"] == to_dev["message-id"] != copy


def test_the_copy_of_a_first_message_has_its_subject_with_one_re_at_most(team: House) -> None:
    team.deliver(letter(), "sales@example.com")
    assert received(team, "boss@corp.org")[0]["subject"] == "Ten chairs"
    team.deliver(letter("2@x.org", subject="RE: Re: Ten chairs"), "sales@example.com")
    assert received(team, "boss@corp.org")[0]["subject"] == "Re: Ten chairs"


@pytest.mark.parametrize(
    ("author", "extra", "sender"),
    [
        ("Ann <ann@example.net>", "", "Ann <ann@example.net>"),
        ("ann@example.net", "", "ann@example.net"),
        ("ann@old.example", "", '"ann@old.example via example.com" <sales@example.com>'),
        ("größe@example.net", "", '"größe@example.net via example.com" <sales@example.com>'),
        (
            "Ann <ann@example.net>",
            "Authentication-Results: mx.example.com; dmarc=fail\n",
            '"Ann (unverified) via example.com" <sales@example.com>',
        ),
        (
            "Ann <ann@example.net>",
            "Authentication-Results: mx.example.com; dkim=pass header.d=example.net\n",
            "Ann <ann@example.net>",
        ),
    ],
)
def test_only_a_proven_author_at_a_domain_of_ours_is_from(
    team: House, author: str, extra: str, sender: str
) -> None:
    if extra:
        team.parameter("mail.trusted.authserv", "mx.example.com")
    team.deliver(extra.encode() + letter(author=author), "sales@example.com")
    head, _ = received(team, "boss@corp.org")
    assert head["from"] == sender


def test_a_forged_answer_of_our_own_domain_is_not_sent_out_as_real(team: House) -> None:
    team.deliver(letter(), "sales@example.com")
    forged = answer("2@e.org", "<1@x.org>", "Head <head@example.com>")
    team.deliver(forged, "sales@example.com")
    head, _ = received(team, "dev@corp.org")
    assert head["from"] == '"Head (unverified) via example.com" <sales@example.com>'


@pytest.mark.parametrize(
    "extra", ["Auto-Submitted: auto-generated\n", "List-Id: <l.x.org>\n", "Precedence: bulk\n"]
)
def test_other_mail_that_no_person_wrote_is_sent_on_and_says_so(team: House, extra: str) -> None:
    team.deliver(letter(extra=extra), "sales@example.com")
    assert len(copies(team)) == 2
    name, _, value = extra.strip().partition(": ")
    assert received(team, "boss@corp.org")[0][name] == value


def test_loop_fields_stay_beside_ours(team: House) -> None:
    team.deliver(letter(extra="X-Loop: one.org\nX-Loop: list@two.org\n"), "sales@example.com")
    head, _ = received(team, "boss@corp.org")
    assert head.get_all("x-loop") == ["example.com", "one.org", "list@two.org"]


def test_an_answer_to_all_reaches_each_record_that_the_message_began(team: House) -> None:
    """Also through an alias of another model than the one whose copy was answered."""
    team.alias("desk", model="ticket", followers=("dev@corp.org",))
    team.deliver(letter(), "sales@example.com", "desk@example.com")
    head, _ = received(team, "boss@corp.org")
    references = f"References: {head['references']} {head['message-id']}\n"
    reply = answer("2@corp.org", head["message-id"], "boss@corp.org", references)
    said = team.deliver(reply, "sales@example.com", "desk@example.com")
    assert [(r["id"], r["action"]) for r in said["records"]] == [(1, "replied"), (2, "replied")]


def test_a_copy_that_comes_back_is_our_own(team: House) -> None:
    team.deliver(letter(), "sales@example.com")
    head, body = received(team, "boss@corp.org")
    raw = head.as_bytes() + body
    assert team.deliver(raw, "sales@example.com")["rule"] == "own"
    stripped = b"\n".join(
        line for line in raw.split(b"\n") if not line.lower().startswith((b"message-id", b"x-mail"))
    )
    again = team.deliver(stripped, "sales@example.com")
    assert again["outcome"] == "replied"
    assert "X-Loop" in again["reason"]
    assert len(copies(team)) == 2


@pytest.mark.parametrize("raw", HEADERS, ids=range(len(HEADERS)))
def test_no_header_keeps_a_message_from_being_taken(team: House, raw: bytes) -> None:
    said = team.deliver(raw, "sales@example.com")
    assert outcomes(said) == ["created"]
    assert len(copies(team)) == 2
    whole = b"".join(letter_chunks(team.gateway.database.connection, 1))
    assert max(map(len, whole.partition(b"\n\n")[0].split(b"\n"))) <= 998
    assert scan(whole).defects == ()
    read = message_from_bytes(whole, policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert read["reply-to"] == "sales@example.com"
