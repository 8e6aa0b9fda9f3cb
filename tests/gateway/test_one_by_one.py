"""MTAs hand recipients over one at a time or all at once, and try again: the result is the same."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from gateway.house import House, letter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ADDRESSES = [
    "info@example.com",
    "info+a@example.com",
    "INFO@old.example",
    "help@example.com",
    "sales@example.com",
    "sales@example.net",
    "vip@example.com",
    "team@example.com",
    "feed@example.com",
    "odd@example.com",
    "catchall@example.com",
    "all@example.net",
    "bounce@example.com",
    "was@example.com",
    "typo@example.com",
    "nobody@elsewhere.org",
    "a b",
]
EXTRAS = [
    "",
    "In-Reply-To: <open@x>\n",
    "References: <ticket@x> <open@x>\n",
    "In-Reply-To: <gone@x>\n",
    "In-Reply-To: <gone@x>\nReferences: <ticket@x>\n",
    "References: <1@x.org> <open@x>\n",
    "In-Reply-To: <1@x.org>\n",
    "Auto-Submitted: auto-replied\n",
    "List-Id: <l.x.org>\n",
]
RECIPIENTS = st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=5, unique=True)
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with conversations, one of them gone, and every kind of alias."""
    folder = tmp_path_factory.mktemp("template")
    house = House(folder)
    house.deliver(letter("open@x"), "info@example.com")
    house.deliver(letter("ticket@x", author="bob@x.org"), "help@example.com")
    house.deliver(letter("gone@x", author="carl@x.org"), "info@example.com")
    house.alias("sales", local_part_detection=True)
    house.alias("sales@example.net", model="ticket")
    house.alias("vip", policy="contacts")
    house.alias("team", policy="followers", parent=1)
    house.alias("feed", record=1)
    house.alias("odd", record=3)
    house.run("INSERT INTO retired VALUES ('was@example.com', 'alias', 1, NULL, 0)")
    house.run("DELETE FROM record WHERE id = 3")
    house.close()
    return folder


@contextmanager
def copy_of(template: Path) -> Iterator[House]:
    """Open a copy of the database."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        house = House(Path(folder), existing=True)
        yield house
        house.close()


def state(house: House) -> list[Any]:
    """Return every record with all that belongs to it, in an order that numbers do not decide."""
    records = house.rows(
        "SELECT r.id, m.name, r.name, r.sender, r.alias_address, r.state FROM record r"
        " JOIN model m ON m.id = r.model"
    )
    found = []
    for number, *values in records:
        parts = [
            house.rows(f"SELECT {what} WHERE record = ? ORDER BY 1, 2", number)
            for what in (
                "message_id, stranger FROM message",
                "address, 0 FROM follower",
                "address, 0 FROM addressed",
                "field, value FROM record_value",
            )
        ]
        found.append(repr((values, parts)))
    contacts = house.rows("SELECT address, origin FROM contact ORDER BY 1")
    held = house.rows("SELECT DISTINCT reason, digest FROM quarantine ORDER BY 1")
    return [sorted(found), contacts, held]


def outcome(recipient: dict[str, Any]) -> str:
    """Return an outcome; the catchall's may differ, since it may know less in a call of its own."""
    return "catchall" if recipient["rule"] == "catchall" else str(recipient["outcome"])


@QUICK
@given(RECIPIENTS, st.sampled_from(EXTRAS), st.sampled_from(["ann", "bob", "eve"]), st.randoms())
def test_one_call_and_one_call_each_in_any_order_leave_the_same(
    template: Path, recipients: list[str], extra: str, author: str, random: Any
) -> None:
    raw = letter(author=f"{author}@x.org", extra=extra, to="catchall@example.com")
    with copy_of(template) as house:
        together = house.deliver(raw, *recipients)
        whole = state(house)
        retry = {outcome(r) for r in house.deliver(raw, *recipients)["recipients"]}
        assert not retry & {"created", "replied", "report", "held"}
        assert state(house) == whole
    with copy_of(template) as house:
        each = [house.deliver(raw, recipient)["recipients"][0] for recipient in recipients]
        assert [outcome(r) for r in each] == [outcome(r) for r in together["recipients"]]
        assert state(house) == whole
    random.shuffle(recipients)
    with copy_of(template) as house:
        for recipient in recipients:
            house.deliver(raw, recipient)
        assert state(house) == whole


@QUICK
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(ADDRESSES[:5] + ADDRESSES[10:11])),
        min_size=1,
        max_size=10,
    )
)
def test_any_history_of_deliveries_and_retries_takes_each_letter_once(
    template: Path, history: list[tuple[int, str]]
) -> None:
    """Letters 1 to 3 are new; letter 4 answers letter 1, and starts nothing once that is here."""
    with copy_of(template) as house:
        for number, address in history:
            extra = "In-Reply-To: <1@h>\n" if number == 4 else ""
            house.deliver(letter(f"{number}@h", extra=extra, subject=f"Letter {number}"), address)
        for number in (1, 2, 3, 4):
            rows = house.rows(
                "SELECT record, count(*) FROM message WHERE message_id = ? GROUP BY record",
                f"<{number}@h>",
            )
            assert all(count == 1 for _, count in rows)
            reached = {aliases(address) for n, address in history if n == number} - {""}
            assert len(rows) == len(reached) or number == 4
        assert house.one("SELECT count(*) FROM journal") == len(history) + 3


def aliases(address: str) -> str:
    """Return which alias a new letter reaches by an address, "" for none."""
    local_part = address.lower().partition("@")[0].partition("+")[0]
    return "" if local_part == "catchall" else local_part
