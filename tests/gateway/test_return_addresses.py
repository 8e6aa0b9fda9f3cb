"""The addresses that lead back to a record: with tokens, with two keys, where aliases go."""

from __future__ import annotations

from pathlib import Path

import pytest
from gateway.house import House, answer, letter
from gateway.sent import copies, received

from mailgate.gateway.administration.aliases import AliasOptions, remove_alias, set_alias
from mailgate.gateway.administration.domains import DomainOptions, set_domain
from mailgate.mail.address import split
from mailgate.mail.token import notification_of, record_of
from mailgate.store.secrets import create_token_key, token_keys


@pytest.fixture
def keyed(team: House) -> House:
    """A house with a key, that puts tokens wherever it can."""
    with team.change() as change:
        create_token_key(change.connection)
    team.parameter("mail.reply.tokens", "on")
    team.parameter("mail.bounce.verp", "on")
    return team


def reply_to(house: House) -> str:
    """Return where answers to the newest copy for the boss go."""
    return str(received(house, "boss@corp.org")[0]["reply-to"])


def keys(house: House) -> tuple[bytes, ...]:
    """Return the keys that count."""
    return token_keys(house.gateway.database.connection)


def test_reply_to_carries_a_token_that_names_the_record(keyed: House) -> None:
    keyed.deliver(letter(), "sales@example.com")
    local_part, domain = split(reply_to(keyed))
    name, _, token = local_part.partition("+")
    assert (name, domain) == ("sales", "example.com")
    assert record_of(keys(keyed), token) == 1
    assert len(local_part) < 64
    (row,) = keyed.rows(
        "SELECT record, model, alias, direction FROM known_id WHERE message_id = ?", token
    )
    assert row == (1, 1, keyed.one("SELECT id FROM alias WHERE local_part = 'sales'"), "out")


def test_from_never_carries_a_token(keyed: House) -> None:
    keyed.deliver(letter(author="Ann <ann@x.org>"), "sales@example.com")
    head, _ = received(keyed, "boss@corp.org")
    assert head["from"] == '"Ann via example.com" <sales@example.com>'


def test_each_return_path_names_its_notification(keyed: House) -> None:
    keyed.deliver(letter(), "sales@example.com")
    rows = keyed.rows("SELECT n.id, o.sender FROM notification n JOIN outbox o ON o.id = n.outbox")
    assert len(rows) == 2
    for number, sender in rows:
        local_part, domain = split(sender)
        name, _, token = local_part.partition("+")
        assert (name, domain) == ("bounce", "example.com")
        assert notification_of(keys(keyed), token) == number


@pytest.mark.parametrize(
    ("alias", "delimiter"),
    [("a" * 31, "+"), ("info+x", "+"), ("größenordnungsmäßigkeit-xy", "+"), ("desk", "")],
)
def test_a_token_that_does_not_fit_is_left_out(keyed: House, alias: str, delimiter: str) -> None:
    """Below 64 octets; and a second delimiter would hide it."""
    keyed.alias(alias, followers=("boss@corp.org",))
    keyed.parameter("mail.recipient.delimiter", delimiter)
    keyed.deliver(letter(), f"{alias}@example.com")
    assert reply_to(keyed) == f"{alias}@example.com"


def test_another_delimiter_is_taken(keyed: House) -> None:
    keyed.parameter("mail.recipient.delimiter", "-")
    keyed.deliver(letter(), "sales@example.com")
    assert reply_to(keyed).startswith("sales-a")
    assert keyed.rows("SELECT sender FROM outbox")[0][0].startswith("bounce-b")


def test_without_a_key_there_are_no_tokens(team: House) -> None:
    team.parameter("mail.reply.tokens", "on")
    team.parameter("mail.bounce.verp", "on")
    team.deliver(letter(), "sales@example.com")
    assert reply_to(team) == "sales@example.com"
    assert set(team.rows("SELECT sender FROM outbox")) == {("bounce@example.com",)}


def test_an_acknowledgement_has_them_too_and_a_notification(keyed: House) -> None:
    keyed.alias("desk", acknowledge="Thank you.")
    keyed.deliver(letter(), "desk@example.com")
    ((notice, sender, recipient, status),) = keyed.rows(
        "SELECT o.notice, o.sender, n.recipient, n.status FROM notification n"
        " JOIN outbox o ON o.id = n.outbox AND o.message = n.message"
    )
    assert (notice, recipient, status) == ("acknowledgement", "ann@x.org", "ready")
    head, _ = received(keyed, "ann@x.org")
    assert head["from"] == "desk@example.com"
    assert record_of(keys(keyed), split(head["reply-to"])[0].partition("+")[2]) == 1
    assert notification_of(keys(keyed), split(sender)[0].partition("+")[2]) == 1


def test_a_key_that_was_replaced_counts_for_both_kinds_of_tokens(keyed: House) -> None:
    keyed.deliver(letter(), "sales@example.com")
    address = reply_to(keyed)
    token = split(keyed.rows("SELECT sender FROM outbox")[0][0])[0].partition("+")[2]
    key = Path(keyed.path).parent / "secrets" / "token.key"
    key.rename(key.with_name("token.key.old"))
    keyed.deliver(answer("2@x.org", "<1@x.org>", "ann@x.org"), "sales@example.com")
    assert reply_to(keyed) == address, "until there is a new one the old one is in use"
    with keyed.change() as change:
        create_token_key(change.connection)
    keyed.deliver(answer("3@x.org", "<1@x.org>", "ann@x.org"), "sales@example.com")
    assert reply_to(keyed) != address
    for number, to in enumerate((address, reply_to(keyed)), 4):
        said = keyed.deliver(letter(f"{number}@x.org"), to)
        assert (said["outcome"], said["records"][0]["id"]) == ("replied", 1)
    assert notification_of(keys(keyed), token) == 1
    key.with_name("token.key.old").unlink()
    assert keyed.deliver(letter("6@x.org"), address)["outcome"] == "created"
    assert notification_of(keys(keyed), token) is None


def test_answers_go_where_the_alias_is_now(team: House) -> None:
    """Renamed, removed, or never there: an alias that feeds the record, else catchall."""
    team.deliver(letter(), "sales@example.com")
    with team.change() as change:
        set_alias(change, "sales@example.com", AliasOptions(address="shop@example.net"))
    team.deliver(answer("2@x.org", "<1@x.org>", "ann@x.org"), "shop@example.net")
    assert reply_to(team) == "shop@example.net"
    with team.change() as change:
        remove_alias(change, "shop@example.net")
    team.deliver(answer("3@x.org", "<1@x.org>", "ann@x.org"), "info@example.com")
    assert reply_to(team) == "catchall@example.com"
    team.alias("feed", record=1)
    team.deliver(answer("4@x.org", "<1@x.org>", "ann@x.org"), "info@example.com")
    assert reply_to(team) == "feed@example.com"
    ids = team.rows("SELECT DISTINCT message_id FROM outbox")
    assert all(identifier.endswith("@example.com>") for (identifier,) in ids)


def test_the_company_is_named(team: House) -> None:
    with team.change() as change:
        set_domain(change, "example.com", DomainOptions(company='Chairs "Ltd", <x>'))
    team.deliver(letter(author="Ann <ann@x.org>"), "sales@example.com")
    head, _ = received(team, "boss@corp.org")
    assert head["from"] == '"Ann via Chairs \\"Ltd\\", <x>" <sales@example.com>'


def test_a_fallback_record_answers_from_the_first_domain(house: House) -> None:
    house.deliver(letter(), "x@elsewhere.org", model="ticket")
    house.run("INSERT INTO follower VALUES (1, 'boss@corp.org')")
    house.deliver(answer("2@x.org", "<1@x.org>", "ann@x.org"), "catchall@example.com")
    assert reply_to(house) == "catchall@example.com"
    assert house.one("SELECT sender FROM outbox") == "bounce@example.com"


def test_a_conversation_is_held_by_mail_alone(team: House) -> None:
    """The customer, the team by their copies, and the answer to the answer."""
    team.deliver(letter(author="Ann <ann@x.org>"), "sales@example.com")
    first, _ = received(team, "boss@corp.org")
    team.deliver(answer("2@corp.org", first["message-id"], "boss@corp.org"), first["reply-to"])
    second, _ = received(team, "ann@x.org")
    assert second["in-reply-to"] == "<1@x.org>"
    team.deliver(answer("3@x.org", second["message-id"], "ann@x.org"), second["reply-to"])
    third, _ = received(team, "dev@corp.org")
    assert third["in-reply-to"] == "<2@corp.org>"
    assert second["message-id"] in third["references"].split()
    team.deliver(answer("4@corp.org", third["message-id"], "dev@corp.org"), third["reply-to"])
    fourth, _ = received(team, "ann@x.org")
    assert fourth["in-reply-to"] == "<3@x.org>"
    assert team.messages(1) == ["<1@x.org>", "<2@corp.org>", "<3@x.org>", "<4@corp.org>"]
    assert team.rows("SELECT parent, stranger FROM message ORDER BY id") == [
        *[(None, 0), (1, 0), (2, 0), (3, 0)]
    ]
    assert [sorted(to for number, to in copies(team) if number == n) for n in (1, 2, 3, 4)] == [
        ["boss@corp.org", "dev@corp.org"],
        ["ann@x.org", "dev@corp.org"],
        ["boss@corp.org", "dev@corp.org"],
        ["ann@x.org", "boss@corp.org"],
    ]


@pytest.mark.parametrize("removed", [False, True])
def test_a_conversation_goes_on_where_references_are_dropped(keyed: House, removed: bool) -> None:
    """The token in the address is enough, also that of an alias, or of the catchall address."""
    if removed:
        keyed.deliver(letter("0@x.org"), "sales@example.com")
        with keyed.change() as change:
            remove_alias(change, "sales@example.com")
        keyed.deliver(answer("1@x.org", "<0@x.org>", "ann@x.org"), "info@example.com")
    else:
        keyed.deliver(letter(), "sales@example.com")
    assert reply_to(keyed).startswith("catchall+" if removed else "sales+")
    for number, author, to in ((2, "boss@corp.org", "ann@x.org"), (3, "ann@x.org", "dev@corp.org")):
        before, _ = received(keyed, author)
        bare = letter(f"{number}@y.org", author=author, subject="no Re: at all")
        said = keyed.deliver(bare, before["reply-to"])
        assert (said["outcome"], said["records"][0]["id"]) == ("replied", 1)
        head, _ = received(keyed, to)
        assert head["subject"] == "Re: Ten chairs"
        assert head["in-reply-to"]
