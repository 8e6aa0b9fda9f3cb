"""Answers that name their record by a token in the recipient's address, from file to record."""

from __future__ import annotations

from pathlib import Path

import pytest
from gateway.house import House, letter, outcomes

from mailgate.errors import DatabaseError
from mailgate.mail.token import KEY_BYTES, make
from mailgate.store.secrets import create_token_key, token_keys

FORGED = make(b"f" * KEY_BYTES, 1)


def key_file(house: House) -> Path:
    """Return the file of the key."""
    return Path(house.path).parent / "secrets" / "token.key"


@pytest.fixture
def token(house: House) -> str:
    """Return the token of record 1, which exists, of model lead."""
    with house.change() as change:
        create_token_key(change.connection)
        (key,) = token_keys(change.connection)
    house.deliver(letter(), "info@example.com")
    return make(key, 1)


@pytest.mark.parametrize(
    "address",
    ["catchall+{}@example.com", "info+{}@example.com", "INFO+{}@Old.Example", "all+{}@example.net"],
)
def test_a_token_finds_the_record_without_references(
    house: House, token: str, address: str
) -> None:
    for number, text in enumerate((token, token.upper()), 2):
        answer = house.deliver(letter(f"{number}@x.org"), address.format(text))
        assert (answer["outcome"], answer["rule"]) == ("replied", "reply")
    assert house.messages(1) == ["<1@x.org>", "<2@x.org>", "<3@x.org>"]


def test_a_forged_token_is_only_a_detail(house: House, token: str) -> None:
    for number, bad in enumerate((FORGED, token[:-1], token[:-1] + "!")):
        to_alias = house.deliver(letter(f"a{number}@x.org"), f"info+{bad}@example.com")
        assert (to_alias["outcome"], to_alias["rule"]) == ("created", "alias")
        refused = house.deliver(letter(f"b{number}@x.org"), f"catchall+{bad}@example.com")
        assert refused["rule"] == "catchall"
    assert house.messages(1) == ["<1@x.org>"]


def test_an_answer_to_two_addresses_is_in_the_record_once(house: House, token: str) -> None:
    both = (f"info+{token}@example.com", f"catchall+{token}@example.com")
    answer = house.deliver(letter("2@x.org"), *both)
    assert outcomes(answer) == ["replied", "duplicate"]


def test_a_forward_by_token_is_new_mail(house: House, token: str) -> None:
    assert house.deliver(letter("2@x.org"), f"help+{token}@example.com")["outcome"] == "created"


def test_another_delimiter_stands_before_the_token(house: House, token: str) -> None:
    house.parameter("mail.recipient.delimiter", "-")
    assert house.deliver(letter("2@x.org"), f"info-{token}@example.com")["outcome"] == "replied"


def test_the_old_key_counts_until_its_file_is_removed(house: House, token: str) -> None:
    old = key_file(house).with_name("token.key.old")
    key_file(house).rename(old)
    with house.change() as change:
        create_token_key(change.connection)
    assert house.deliver(letter("2@x.org"), f"info+{token}@example.com")["outcome"] == "replied"
    old.unlink()
    assert house.deliver(letter("3@x.org"), f"info+{token}@example.com")["outcome"] == "created"


def test_a_token_of_a_record_that_is_gone(house: House, token: str) -> None:
    """What was remembered of it when it went out tells the model; without that it is no match."""
    house.run("DELETE FROM record")
    to = f"catchall+{token}@example.com"
    assert house.deliver(letter("2@x.org"), to)["rule"] == "catchall"
    house.run(
        "INSERT INTO known_id (message_id, recipient, record, model, alias, direction)"
        " VALUES (?, '', 1, 1, 1, 'out')",
        token,
    )
    answer = house.deliver(letter("3@x.org"), to)
    assert (answer["outcome"], answer["rule"]) == ("created", "reply")
    assert house.deliver(letter("4@x.org"), to)["outcome"] == "replied"
    ((number, *_),) = house.records()
    assert house.messages(number) == ["<3@x.org>", "<4@x.org>"]


def test_a_damaged_key_lets_only_answers_by_token_wait(house: House, token: str) -> None:
    key_file(house).write_bytes(b"short")
    with pytest.raises(DatabaseError, match="is no key"):
        house.deliver(letter("2@x.org"), f"info+{token}@example.com")
    assert house.deliver(letter("2@x.org"), "info+x@example.com")["outcome"] == "created"


def test_without_a_key_no_token_counts(house: House) -> None:
    assert house.deliver(letter(), f"info+{FORGED}@example.com")["outcome"] == "created"
    assert house.deliver(letter("2@x.org"), f"catchall+{FORGED}@example.com")["rule"] == "catchall"
