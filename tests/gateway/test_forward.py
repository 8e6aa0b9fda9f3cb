"""What comes into a record is sent on to those who follow it, within bounds."""

from __future__ import annotations

import pytest
from gateway.house import NOW, House, answer, letter, outcomes
from gateway.sent import TEAM, copies, received

from mailgate.gateway.administration.contacts import ContactOptions, add_contact
from mailgate.gateway.administration.domains import DomainOptions, set_domain
from mailgate.gateway.administration.records import delete
from mailgate.gateway.quarantine import release, waiting


def test_a_new_record_is_sent_on_to_the_followers_of_its_alias(team: House) -> None:
    team.deliver(letter(), "sales@example.com")
    assert copies(team) == [(1, "boss@corp.org"), (1, "dev@corp.org")]
    rows = team.rows(
        "SELECT n.message, n.recipient, n.status, o.kind, o.notice, o.about, o.sender, o.status"
        " FROM notification n JOIN outbox o ON o.id = n.outbox ORDER BY n.id"
    )
    assert rows == [
        (1, address, "ready", "notification", None, "<1@x.org>", "bounce@example.com", "queued")
        for address in TEAM
    ]


@pytest.mark.parametrize("author", ["boss@corp.org", "BOSS@corp.org"])
def test_nobody_gets_what_he_wrote(team: House, author: str) -> None:
    team.deliver(letter(author=author), "sales@example.com")
    assert copies(team) == [(1, "dev@corp.org")]


def test_our_own_addresses_get_nothing(house: House) -> None:
    with house.change() as change:
        set_domain(change, "example.com", DomainOptions(bounce="errors"))
    house.alias("anywhere", local_part_detection=True)
    ours = (
        *("info@example.com", "info+x@example.com", "info@old.example", "catchall@example.com"),
        *("errors+1@example.com", "bounce@example.com", "anywhere@old.example"),
        *("anywhere@example.net", "sales@example.com"),
    )
    house.alias("sales", followers=(*ours, "boss@corp.org", "person@example.com"))
    house.deliver(letter(), "sales@example.com")
    assert copies(house) == [(1, "boss@corp.org"), (1, "person@example.com")]
    assert "not sent on" not in house.one("SELECT reason FROM journal")


def test_an_alias_found_by_its_local_part_is_ours_only_in_domains_that_are_known(
    house: House,
) -> None:
    house.alias("anywhere", local_part_detection=True)
    house.alias("sales", followers=("anywhere@else.org", "anywhere+x@listed.org"))
    house.deliver(letter(), "sales@example.com")
    assert copies(house) == [(1, "anywhere+x@listed.org"), (1, "anywhere@else.org")]
    house.parameter("mail.catchall.domain.allowed", "listed.org")
    house.deliver(letter("2@x.org"), "sales@example.com")
    assert copies(house)[2:] == [(2, "anywhere@else.org")]


def test_a_record_that_only_our_own_addresses_follow_says_nothing(house: House) -> None:
    house.alias("sales", followers=("info@example.com", "ann@x.org"))
    said = house.deliver(letter(), "sales@example.com")
    assert said["reason"] == "sales@example.com is an alias of model lead"
    assert copies(house) == []


def test_suppressed_contacts_get_nothing(team: House) -> None:
    team.run("INSERT INTO contact (address, suppressed) VALUES ('boss@corp.org', 1)")
    team.deliver(letter(), "sales@example.com")
    assert copies(team) == [(1, "dev@corp.org")]
    team.run("INSERT INTO contact (address, suppressed) VALUES ('dev@corp.org', 1)")
    said = team.deliver(letter("2@x.org"), "sales@example.com")
    assert said["reason"].endswith(
        "; not sent on: its followers are suppressed: mail to them came back"
    )


def test_a_stranger_reaches_internal_followers_and_those_of_the_alias_only(team: House) -> None:
    team.deliver(letter(), "sales@example.com")
    with team.change() as change:
        add_contact(change, "staff@y.org", ContactOptions(internal=True))
    team.run("INSERT INTO follower VALUES (1, 'staff@y.org'), (1, 'zoe@z.org')")
    team.run("DELETE FROM follower WHERE address = 'dev@corp.org'")
    team.deliver(answer("2@evil.org", "<1@x.org>", "Eve <eve@evil.org>"), "sales@example.com")
    assert copies(team)[2:] == [(2, "boss@corp.org"), (2, "staff@y.org")]
    head, _ = received(team, "staff@y.org")
    assert head["from"] == '"Eve (unverified) via example.com" <sales@example.com>'
    assert head["x-mailgate-stranger"] == "eve@evil.org"


def test_a_stranger_where_nobody_is_internal_reaches_nobody(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    said = house.deliver(answer("2@e.org", "<1@x.org>", "eve@evil.org"), "info@example.com")
    assert outcomes(said) == ["replied"]
    assert said["reason"].endswith(
        "not sent on: its author is a stranger, and no follower is internal"
    )
    assert house.one("SELECT reason FROM journal WHERE id = 2") == said["reason"]
    assert copies(house) == []


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ("Auto-Submitted: auto-replied\n", "automatic answer"),
        ("X-Loop: example.com\n", "X-Loop: example.com"),
        ("X-Loop: x.org\nX-Loop: <info@OLD.example>\n", "old.example"),
        ("X-Loop: x.org\n" * 31, "31 X-Loop fields"),
    ],
)
def test_what_goes_to_nobody_is_added_all_the_same(team: House, extra: str, why: str) -> None:
    team.deliver(letter(), "sales@example.com")
    said = team.deliver(answer("2@x.org", "<1@x.org>", "ann@x.org", extra), "sales@example.com")
    assert outcomes(said) == ["replied"]
    assert "; not sent on: " in said["reason"]
    assert why in said["reason"].lower() or why in said["reason"]
    assert len(copies(team)) == 2


def test_an_author_who_writes_too_much_is_added_and_sent_on_no_more(team: House) -> None:
    """The first message counts; others' messages, and older ones, do not."""
    team.parameter("mail.gateway.loop.threshold", "3")
    team.deliver(letter(), "sales@example.com", at=NOW - 10**5)
    team.run("UPDATE message SET at = ?", NOW)
    for number in range(2, 6):
        mail = answer(f"{number}@x.org", "<1@x.org>", "ann@x.org")
        said = team.deliver(mail, "sales@example.com")
        assert outcomes(said) == ["replied"]
        assert ("not sent on" in said["reason"]) == (number > 3)
    assert len(copies(team)) == 6
    team.deliver(answer("6@corp.org", "<1@x.org>", "boss@corp.org"), "sales@example.com")
    later = answer("7@x.org", "<1@x.org>", "ann@x.org")
    team.deliver(later, "sales@example.com", at=NOW + 121 * 60)
    assert [number for number, _ in copies(team)[6:]] == [6, 6, 7, 7]


def test_without_a_threshold_nothing_is_bounded(team: House) -> None:
    team.parameter("mail.gateway.loop.threshold", "0")
    for number in range(1, 30):
        extra = "In-Reply-To: <1@x.org>\n" if number > 1 else ""
        team.deliver(letter(f"{number}@x.org", extra=extra), "sales@example.com")
    assert len(copies(team)) == 58


def test_a_duplicate_is_not_sent_on_again(team: House) -> None:
    for _ in range(2):
        team.deliver(letter(), "sales@example.com", "sales+x@example.com")
    team.deliver(letter(text="with a footer\n"), "sales@example.com")
    assert len(copies(team)) == 2


@pytest.mark.parametrize("order", [("sales", "shop"), ("shop", "sales")])
@pytest.mark.parametrize("one", [True, False])
def test_the_order_of_recipients_and_calls_decides_nothing(
    team: House, order: tuple[str, str], one: bool
) -> None:
    """Each record that the message reaches has followers, and letters, of its own."""
    team.alias("shop", followers=("boss@corp.org",))
    recipients = [f"{name}@example.com" for name in order]
    for call in [recipients] if one else [[address] for address in recipients]:
        team.deliver(letter(), *call)
    found = team.rows(
        "SELECT r.alias_address, o.recipient FROM outbox o JOIN message m ON m.id = o.message"
        " JOIN record r ON r.id = m.record ORDER BY 1, 2"
    )
    assert found == [
        ("sales@example.com", "boss@corp.org"),
        ("sales@example.com", "dev@corp.org"),
        ("shop@example.com", "boss@corp.org"),
    ]


def test_a_decision_without_effect_says_whom_it_would_reach(team: House) -> None:
    before = team.rows("SELECT count(*) FROM outbox")
    assert team.decide(letter(), "sales@example.com")["outcome"] == "created"
    assert team.rows("SELECT count(*) FROM outbox") == before


def test_without_a_domain_nothing_goes_out(team: House) -> None:
    team.deliver(letter(), "sales@example.com", model="lead")
    team.run("DELETE FROM domain")
    mail = answer("2@x.org", "<1@x.org>", "ann@x.org")
    said = team.deliver(mail, "x@elsewhere.org", model="lead")
    assert said["reason"].endswith("not sent on: there is no domain of ours to write from")


def test_released_mail_is_sent_on_whatever_the_limit(team: House) -> None:
    team.parameter("mail.gateway.loop.threshold", "1")
    team.deliver(letter(), "sales@example.com")
    assert outcomes(team.deliver(letter("2@x.org"), "sales@example.com")) == ["held"]
    assert len(copies(team)) == 2
    with team.change() as change:
        release(change, waiting(change.connection, 1))
    assert [number for number, _ in copies(team)] == [1, 1, 2, 2]


def test_the_original_of_a_deleted_record_goes_with_its_letters(team: House) -> None:
    team.deliver(letter(), "sales@example.com")
    team.run("UPDATE outbox SET status = 'sent' WHERE id = 1")
    with team.change() as change:
        delete(change, 1)
    assert team.rows("SELECT status FROM outbox ORDER BY id") == [("sent",), ("cancelled",)]
    assert team.rows("SELECT 1 FROM original") == []
    assert team.rows("SELECT 1 FROM notification") == []
