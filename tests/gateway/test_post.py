"""Writing into a record: who gets it, as whom, and where it stands in the conversation."""

from __future__ import annotations

import pytest
from gateway.house import NOW, House, answer, letter
from gateway.posting import write
from gateway.sent import TEAM, copies, received

from mailgate.errors import MailgateError
from mailgate.gateway.administration.contacts import ContactOptions, add_contact
from mailgate.gateway.administration.records import set_state
from mailgate.gateway.letters import letter_chunks
from mailgate.mail.message import read
from mailgate.mail.parts import File


def test_a_message_goes_to_all_who_follow(record: House) -> None:
    posted = write(record)
    assert posted.receivers == ("ann@x.org", *TEAM)
    assert posted.left_out == ()
    assert copies(record) == [(2, address) for address in posted.receivers]
    assert record.rows("SELECT message, recipient, status FROM notification ORDER BY id") == [
        (2, address, "ready") for address in posted.receivers
    ]
    message = posted.message
    assert (message.kind, message.direction, message.parent) == ("email", "out", 1)
    assert (message.sender, message.sender_name) == ("sales@example.com", "Chairs Ltd")
    assert (message.body_text, message.reply_text) == ("Hello.", "Hello.")
    assert (message.unpacked, message.defects, message.class_) == ("done", (), "person")
    assert message.date == message.at == "2026-11-22T17:00:00Z"
    assert record.one("SELECT updated_at FROM record") == NOW


def test_a_letter_to_a_follower_shows_no_other(record: House) -> None:
    posted = write(record)
    for address in posted.receivers:
        head, body = received(record, address)
        assert body == b"Hello.\n"
        assert head["to"].addresses[0].addr_spec == address
        assert head["cc"] is None
        assert dict(head.items()) == {
            "From": "Chairs Ltd <sales@example.com>",
            "To": head["to"],
            "Reply-To": "sales@example.com",
            "Subject": "Re: Ten chairs",
            "Date": "Sun, 22 Nov 2026 17:00:00 +0000",
            "Message-ID": posted.message.message_id,
            "In-Reply-To": "<1@x.org>",
            "References": "<1@x.org>",
            "X-Mailgate-Message-ID": posted.message.message_id,
            "MIME-Version": "1.0",
            "Content-Type": 'text/plain; charset="us-ascii"',
            "Content-Transfer-Encoding": "7bit",
        }
    assert posted.message.message_id.endswith("@example.com>")
    assert record.rows("SELECT DISTINCT sender, about FROM outbox") == [
        ("bounce@example.com", "<1@x.org>")
    ]


def test_who_is_named_sees_who_else_is_and_becomes_a_contact(record: House) -> None:
    record.run("UPDATE contact SET name = 'Ann, A.' WHERE address = 'ann@x.org'")
    posted = write(
        record, to=("Bob@Y.org", "ann@x.org", "bob@y.org"), cc=("carl@z.org", "bob@y.org")
    )
    assert posted.receivers == ("bob@y.org", "ann@x.org", "carl@z.org", *TEAM)
    assert (posted.message.to, posted.message.cc) == (("bob@y.org", "ann@x.org"), ("carl@z.org",))
    for address in ("bob@y.org", "ann@x.org", "carl@z.org"):
        head, _ = received(record, address)
        assert (head["to"], head["cc"]) == ('bob@y.org, "Ann, A." <ann@x.org>', "carl@z.org")
    assert received(record, "boss@corp.org")[0]["to"] == "boss@corp.org"
    assert record.rows(
        "SELECT origin FROM contact WHERE address IN ('bob@y.org', 'carl@z.org')"
    ) == [
        (None,),
        (None,),
    ]
    assert record.rows("SELECT 1 FROM follower WHERE address IN ('bob@y.org', 'carl@z.org')") == []
    record.deliver(answer("2@y.org", posted.message.message_id, "bob@y.org"), "sales@example.com")
    assert record.rows("SELECT parent, stranger FROM message WHERE id = 3") == [(2, 0)]


def test_our_own_addresses_and_suppressed_contacts_are_left_out_by_name(record: House) -> None:
    record.run("INSERT INTO contact (address, suppressed) VALUES ('gone@z.org', 1)")
    record.run("UPDATE contact SET suppressed = 1 WHERE address = 'boss@corp.org'")
    record.run("INSERT INTO contact (address, suppressed) VALUES ('boss@corp.org', 1)")
    posted = write(record, to=("info+x@example.com", "gone@z.org", "bob@y.org"))
    assert posted.receivers == ("bob@y.org", "ann@x.org", "dev@corp.org")
    left_out = dict(posted.left_out)
    assert list(left_out) == ["info+x@example.com", "gone@z.org", "boss@corp.org"]
    assert "one of our addresses" in left_out["info+x@example.com"]
    assert "--no-suppressed" in left_out["gone@z.org"]
    assert received(record, "bob@y.org")[0]["to"] == "bob@y.org"
    assert record.rows("SELECT 1 FROM contact WHERE address LIKE 'info%'") == []


def test_a_message_that_nobody_gets_is_kept(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.run("DELETE FROM follower")
    posted = write(house)
    assert posted.receivers == ()
    assert copies(house) == []
    assert len(house.messages(1)) == 2


def test_a_note_stays_inside(record: House) -> None:
    posted = write(record, "Ann called.", note=True)
    assert (posted.message.kind, posted.message.parent) == ("note", None)
    assert posted.message.body_text == "Ann called."
    assert copies(record) == []
    assert record.rows("SELECT 1 FROM notification") == []
    assert record.rows("SELECT 1 FROM known_id WHERE direction = 'out' AND message = 2") == []
    with pytest.raises(MailgateError, match="stays inside"):
        write(record, note=True, to=("bob@y.org",))
    assert write(record).message.parent == 1, "no one outside knows the note"


def test_a_closed_record_stays_closed(record: House) -> None:
    with record.change() as change:
        set_state(change, 1, "closed")
    write(record)
    assert record.one("SELECT state FROM record") == "closed"


@pytest.mark.parametrize(
    ("sender", "name", "written"),
    [
        ("dev@example.com", "", "dev@example.com"),
        ("dev@example.net", "Dev, D.", '"Dev, D." <dev@example.net>'),
        ("dev", "", "dev@example.com"),
        ("staff@y.org", "Staff", '"Staff via Chairs Ltd" <sales@example.com>'),
        ("staff@y.org", "", '"staff@y.org via Chairs Ltd" <sales@example.com>'),
    ],
)
def test_who_writes_is_shown_so_that_receivers_can_prove_it(
    record: House, sender: str, name: str, written: str
) -> None:
    with record.change() as change:
        options = ContactOptions(name=name, internal="y.org" in sender)
        add_contact(change, sender if "@" in sender else f"{sender}@example.com", options)
    posted = write(record, sender=sender)
    head, _ = received(record, "ann@x.org")
    assert head["from"].addresses[0].addr_spec == written.rpartition("<")[2].rstrip(">")
    assert str(head["from"]).replace('"', "") == written.replace('"', "")
    assert head["reply-to"] == "sales@example.com"
    assert posted.message.sender == (sender if "@" in sender else "dev@example.com")


def test_who_writes_gets_no_copy(record: House) -> None:
    record.run("INSERT INTO contact (address, internal) VALUES ('dev@corp.org', 1)")
    posted = write(record, sender="dev@corp.org")
    assert posted.receivers == ("ann@x.org", "boss@corp.org")
    assert posted.left_out == ()
    posted = write(record, sender="dev@corp.org", to=("dev@corp.org",))
    assert posted.left_out == (("dev@corp.org", "it is who writes"),)


def test_in_a_long_conversation_the_last_message_is_answered(record: House) -> None:
    record.parameter("mail.gateway.loop.threshold", "0")
    ids = ["<1@x.org>"]
    for number in range(2, 40):
        mail = answer(f"{number}@x.org", ids[-1], "ann@x.org")
        record.deliver(mail, "sales@example.com")
        ids.append(f"<{number}@x.org>")
    posted = write(record)
    head, _ = received(record, "ann@x.org")
    assert posted.message.parent == 39
    assert head["in-reply-to"] == ids[-1]
    references = head["references"].split()
    assert (references[0], references[-1]) == (ids[0], ids[-1])
    assert len(references) <= 22
    assert head["references"].count("copy.") > 5


def test_answers_to_each_other_thread_for_all(record: House) -> None:
    first = write(record)
    second = write(record, "And another thing.")
    head, _ = received(record, "dev@corp.org")
    assert head["in-reply-to"] == first.message.message_id
    assert second.message.parent == first.message.id
    said = record.deliver(
        answer("9@x.org", second.message.message_id, "ann@x.org"), "catchall@example.com"
    )
    assert (said["outcome"], said["records"][0]["id"]) == ("replied", 1)
    to_boss, _ = received(record, "boss@corp.org")
    assert to_boss["in-reply-to"] == second.message.message_id


def test_files_go_with_it_and_are_kept(record: House) -> None:
    files = (File("Größe.txt", "Grüße\n".encode()), File("a.bin", bytes(range(256)) * 40))
    posted = write(record, "Grüße!", files=files)
    assert [(a.filename, a.content_type, a.size) for a in posted.message.attachments] == [
        ("Größe.txt", "text/plain", 8),
        ("a.bin", "application/octet-stream", 10240),
    ]
    number = record.one("SELECT max(id) FROM outbox")
    content = read(letter_chunks(record.gateway.database.connection, number))
    assert [file.data for file in content.attachments] == [file.data for file in files]
    assert content.body_text == "Grüße!"
    assert (
        record.one("SELECT count(*) FROM original WHERE digest <> (SELECT digest FROM journal)")
        == 1
    )
