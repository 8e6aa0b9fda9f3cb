"""``db prune`` removes what is kept no longer, and nothing that anything still needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway.house import NOW, House, letter

from mailgate.gateway.prune import Pruned, prune_all
from mailgate.gateway.unpack import unpack

DAY = 86_400


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A gateway with one message, unpacked, and its original."""
    house = House(tmp_path)
    house.deliver(letter("1@x.org"), "info@example.com")
    unpack(house.gateway.database, [1])
    yield house
    house.close()


def prune(house: House, days: int) -> Pruned:
    """Prune so many days after the message came."""
    return prune_all(house.gateway.database, NOW + days * DAY, "test")


def kept(house: House) -> int:
    """Return how many originals there are."""
    return int(house.one("SELECT count(*) FROM original WHERE piece = 0"))


def test_an_original_goes_when_its_days_are_over_and_the_texts_stay(house: House) -> None:
    assert prune(house, 29).originals == 0
    found = prune(house, 30)
    assert (found.originals, found.quarantine, kept(house)) == (1, 0, 0)
    assert found.bytes > 100
    assert house.one("SELECT body_text FROM content") == "Please."
    assert house.one("SELECT count(*) FROM audit WHERE action = 'prune'") == 1
    assert prune(house, 31) == Pruned(0, 0, 0)


def test_a_pruned_conversation_still_takes_answers_and_knows_repeats(house: House) -> None:
    prune(house, 31)
    answer = letter("2@x.org", extra="In-Reply-To: <1@x.org>\n")
    assert house.deliver(answer, "info@example.com")["outcome"] == "replied"
    assert house.deliver(letter("1@x.org"), "info@example.com")["outcome"] == "duplicate"


@pytest.mark.parametrize(("days", "left"), [("-1", 1), ("0", 0), ("400", 1)])
def test_the_parameter_says_how_long(house: House, days: str, left: int) -> None:
    house.parameter("mail.original.keep.days", days)
    prune(house, 100)
    assert kept(house) == left


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE message SET unpacked = 'pending'",
        "UPDATE message SET unpacked = 'failed'",
        "UPDATE content SET defects = '[\"too-many-parts\"]'",
        "UPDATE content SET defects = '[\"body-failed:ValueError\"]'",
        "INSERT INTO quarantine (journal, at, reason, detail, recipients, subject, digest)"
        " SELECT 1, at, 'spam', '', '', '', digest FROM journal",
        "INSERT INTO outbox (kind, about, message_id, sender, recipient, subject, digest, at)"
        " SELECT 'notification', '', '<o@x>', '', 'x@y.org', '', digest, at FROM journal",
        "INSERT INTO report (journal) SELECT id FROM journal",
        f"INSERT INTO journal SELECT 9, at + {10 * DAY}, channel, server, queue_id, sender,"
        " enveloped, fallback, author, message_id, subject, size, digest, outcome, rule, reason,"
        " notice, notice_to, flags, duration_ms FROM journal",
    ],
)
def test_what_is_still_needed_stays(house: House, statement: str) -> None:
    """Not unpacked, failed, not looked into, held, waiting to be sent, unread, or newer again."""
    house.parameter("mail.quarantine.keep.days", "1000")
    house.run(statement)
    assert prune(house, 31).originals == 0
    assert kept(house) == 1


def test_held_mail_goes_with_its_bytes_after_days_of_its_own(house: House) -> None:
    house.parameter("mail.spam.header", "X-Spam: yes")
    house.deliver(letter("2@x.org", extra="X-Spam: yes\n"), "info@example.com")
    assert prune(house, 89).quarantine == 0
    assert prune(house, 90).quarantine == 1
    assert (kept(house), house.one("SELECT count(*) FROM quarantine")) == (0, 0)
