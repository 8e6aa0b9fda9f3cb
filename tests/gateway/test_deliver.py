"""A message's way through the whole gateway, into a real database file."""

from __future__ import annotations

from zlib import decompress

import pytest
from gateway.house import NOW, House, letter, outcomes


def test_a_letter_becomes_a_record_with_all_that_belongs_to_it(house: House) -> None:
    house.alias("sales", defaults=("team=north",), followers=("boss@example.com",))
    raw = letter(to="sales@example.com, carl@x.org", author="Ann Doe <Ann@X.org>")
    answer = house.deliver(raw, "sales@example.com")
    assert answer == {
        "outcome": "created",
        "message_id": "<1@x.org>",
        "journal": 1,
        "rule": "alias",
        "recipients": [
            {
                "address": "sales@example.com",
                "outcome": "created",
                "rule": "alias",
                "status": "2.0.0",
                "reason": "sales@example.com is an alias of model lead",
            }
        ],
        "records": [{"id": 1, "model": "lead", "action": "created", "alias": "sales@example.com"}],
        "notice": None,
        "reason": "sales@example.com is an alias of model lead",
    }
    assert house.records() == [(1, "lead", "Ten chairs", "ann@x.org", "open")]
    assert house.rows("SELECT field, value FROM record_value ORDER BY field") == [("team", "north")]
    assert house.rows("SELECT address FROM follower ORDER BY 1") == [
        ("ann@x.org",),
        ("boss@example.com",),
    ]
    assert house.rows("SELECT address FROM addressed ORDER BY 1") == [
        ("carl@x.org",),
        ("sales@example.com",),
    ]
    assert house.rows("SELECT address, internal, origin FROM contact") == [
        ("ann@x.org", 0, "<1@x.org>")
    ]
    assert house.rows("SELECT status, last_used FROM alias WHERE local_part = 'sales'") == [
        ("valid", NOW)
    ]
    assert house.rows("SELECT unpacked, class, sender, direction FROM message") == [
        ("pending", "person", "ann@x.org", "in")
    ]
    pieces = house.rows("SELECT data FROM original ORDER BY piece")
    assert decompress(b"".join(data for (data,) in pieces)) == raw
    assert house.rows("SELECT channel, sender, author, size, outcome, rule FROM journal") == [
        ("pipe", "ann@x.org", "ann@x.org", len(raw), "created", "alias")
    ]
    assert house.rows("SELECT record, model, action, alias FROM journal_record") == [
        (1, "lead", "created", "sales@example.com")
    ]


@pytest.mark.parametrize(
    ("subject", "default", "name"),
    [
        ("Ten chairs", None, "Ten chairs"),
        ("", None, "(no subject)"),
        ("Ten", "name=Fixed", "Fixed"),
    ],
)
def test_a_record_is_named_by_its_alias_else_its_subject(
    house: House, subject: str, default: str | None, name: str
) -> None:
    house.alias("sales", defaults=(default,) if default else ())
    house.deliver(letter(subject=subject), "sales@example.com")
    assert house.records()[0][2] == name


@pytest.mark.parametrize(
    ("extra", "followers"),
    [
        ("", 1),
        ("List-Id: <l.example.com>\n", 0),
        ("Precedence: bulk\n", 0),
        ("Auto-Submitted: auto-generated\n", 0),
    ],
)
def test_only_persons_become_followers_and_all_become_contacts(
    house: House, extra: str, followers: int
) -> None:
    house.deliver(letter(extra=extra), "info@example.com")
    assert house.one("SELECT count(*) FROM follower") == followers
    assert house.one("SELECT count(*) FROM contact") == 1


def test_a_retry_changes_nothing(house: House) -> None:
    first = house.deliver(letter(), "info@example.com", "help@example.com")
    again = house.deliver(letter(), "info@example.com", "help@example.com")
    assert outcomes(first) == ["created", "created"]
    assert outcomes(again) == ["duplicate", "duplicate"]
    assert again["records"] == []
    assert len(house.records()) == 2
    assert house.one("SELECT count(*) FROM journal") == 2
    assert house.one("SELECT count(*) FROM original") == 1


def test_a_retry_without_a_message_id_is_recognised_though_its_trace_differs(house: House) -> None:
    raw = letter("")
    first = house.deliver(b"Received: by a\n" + raw, "info@example.com")
    again = house.deliver(
        b"Received: by b\nDelivered-To: info@example.com\n" + raw, "info@example.com"
    )
    assert (first["outcome"], again["outcome"]) == ("created", "duplicate")
    assert first["message_id"] == again["message_id"]


def test_two_letters_without_an_id_are_two_records(house: House) -> None:
    house.deliver(letter("", text="one\n"), "info@example.com")
    house.deliver(letter("", text="two\n"), "info@example.com")
    assert len(house.records()) == 2


def test_a_reused_id_makes_a_second_record_and_is_flagged(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    second = house.deliver(letter(subject="Other"), "info@example.com")
    assert second["outcome"] == "created"
    assert second["message_id"] not in ("<1@x.org>", "")
    assert house.rows("SELECT flags FROM journal ORDER BY id") == [("",), ("reused-id",)]
    assert house.deliver(letter(subject="Other"), "info@example.com")["outcome"] == "duplicate"
    assert len(house.records()) == 2


def test_a_repeat_with_other_content_is_flagged_and_its_bytes_kept(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    again = house.deliver(letter(text="Please.\n-- \nlist footer\n"), "info@example.com")
    assert again["outcome"] == "duplicate"
    assert house.rows("SELECT flags FROM journal ORDER BY id") == [("",), ("differs",)]
    assert house.one("SELECT count(DISTINCT digest) FROM original") == 2


def test_a_dry_run_says_the_same_and_changes_nothing(house: House) -> None:
    before = house.rows("SELECT count(*) FROM journal")
    dry = house.decide(letter(), "info@example.com", "nobody@example.com", "catchall@example.com")
    assert house.rows("SELECT count(*) FROM journal") == before
    assert house.records() == []
    wet = house.deliver(letter(), "info@example.com", "nobody@example.com", "catchall@example.com")
    assert dry["journal"] is None
    assert dry["records"] == [{**wet["records"][0], "id": None}]
    same = [key for key in wet if key not in ("journal", "records")]
    assert [dry[key] for key in same] == [wet[key] for key in same]


def test_hostile_text_is_stored_as_text(house: House) -> None:
    raw = (
        b'From: "a\0b" <eve@evil.org>\nSubject: =?utf-7?q?+2AA-?= =?utf-8?q?=00=1B?= '
        b"\xff\xed\xa0\x80\n"
        b"Message-ID: <\xff\0@x>\nReferences: <\xfe> <\0>\nTo: \xff@\xff, info@example.com\n\n\0"
    )
    said = house.deliver(raw, "info@example.com", "a\x1b b", "\ud800@x")
    assert outcomes(said) == ["created", "rejected", "rejected"]
    assert house.deliver(raw, "info@example.com")["outcome"] == "duplicate"
