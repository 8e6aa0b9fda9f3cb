"""Unpacking derives the same from the same bytes, however often it is done."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from gateway.house import House, letter

from mailgate.gateway import unpack as module
from mailgate.gateway.unpack import DONE, FAILED, GONE, unpack
from mailgate.store.integrity import findings


def with_file() -> bytes:
    """Return a message with a text and an attachment."""
    message = EmailMessage()
    message["From"] = "Ann Doe <ann@x.org>"
    message["To"] = "info@example.com"
    message["Subject"] = "Ten chairs"
    message["Message-ID"] = "<1@x.org>"
    message.set_content("The plan is attached.\n")
    message.add_attachment(b"\0\1\2" * 1000, "application", "pdf", filename="plan.pdf")
    return message.as_bytes()


def derived(house: House) -> list[Any]:
    """Return all that unpacking wrote."""
    return [
        house.rows(statement)
        for statement in (
            "SELECT * FROM content ORDER BY message",
            "SELECT id, message, filename, content_type, size, sha256 FROM attachment ORDER BY 1",
            "SELECT * FROM attachment_data ORDER BY sha256, piece",
            "SELECT rowid FROM search WHERE search MATCH 'plan AND attached' ORDER BY 1",
            "SELECT id, unpacked FROM message ORDER BY 1",
            "SELECT address, name FROM contact",
        )
    ]


def test_unpacking_again_changes_nothing(house: House) -> None:
    house.deliver(with_file(), "info@example.com", "help@example.com")
    database = house.gateway.database
    assert unpack(database, [1, 2]) == {1: DONE, 2: DONE}
    first = derived(house)
    assert first[3] == [(1,), (2,)]
    assert [name for _, _, name, *_ in first[1]] == ["plan.pdf", "plan.pdf"]
    assert first[5] == [("ann@x.org", "Ann Doe")]
    for order in ([1, 2], [2], [2, 1, 1]):
        assert set(unpack(database, order).values()) == {DONE}
        assert derived(house) == first
    assert findings(database) == []


def test_what_is_not_there_is_gone(house: House) -> None:
    house.deliver(letter(), "info@example.com")
    house.run("DELETE FROM original")
    assert unpack(house.gateway.database, [1, 99]) == {1: GONE, 99: GONE}
    assert house.one("SELECT unpacked FROM message") == "pending"


def test_a_message_that_breaks_it_is_marked_and_can_be_unpacked_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(chunks: object) -> object:
        raise RecursionError

    house.deliver(letter(), "info@example.com")
    with monkeypatch.context() as patched:
        patched.setattr(module, "read", broken)
        assert unpack(house.gateway.database, [1]) == {1: FAILED}
    assert house.one("SELECT unpacked FROM message") == "failed"
    assert len(house.records()) == 1
    assert unpack(house.gateway.database, [1]) == {1: DONE}
