"""Look-ups: what each statement finds, and that each goes by an index."""

from __future__ import annotations

from typing import cast

import pytest

from mailgate.store import lookups
from mailgate.store.driver import Connection
from mailgate.store.sqlite import Database


@pytest.fixture
def connection(database: Database) -> Connection:
    """A database with two domains, aliases and a record."""
    with database.writing() as connection:
        for statement in (
            "INSERT INTO domain (name, catchall, bounce) VALUES ('example.com', 'c', 'b')",
            "INSERT INTO domain (name, catchall, bounce) VALUES ('example.net', 'c', 'b')",
            "INSERT INTO redirect VALUES ('old.example', 1)",
            "INSERT INTO redirect VALUES ('example.net', 1)",
            "INSERT INTO model (name, label) VALUES ('lead', 'Lead')",
            "INSERT INTO alias (local_part, domain, model) VALUES ('info', 1, 1)",
            "INSERT INTO alias (local_part, domain, model) VALUES ('info', 2, 1)",
            "INSERT INTO alias (local_part, domain, model, local_part_detection)"
            " VALUES ('any', 1, 1, 1)",
            "INSERT INTO record (model, name, sender, created_at, updated_at)"
            " VALUES (1, 'x', 'a@x', 0, 0)",
            "INSERT INTO follower VALUES (1, 'ann@x.org')",
            "INSERT INTO contact (address, internal, origin) VALUES ('ann@x.org', 1, '<1@x>')",
            "INSERT INTO retired VALUES ('was@example.com', 'alias', 1, NULL, 0)",
        ):
            connection.execute(statement)
    return database.connection


def test_a_domain_is_found_by_its_name_and_by_what_is_redirected_to_it(
    connection: Connection,
) -> None:
    """A domain of ours is itself, whatever is redirected."""
    names = [
        lookups.domain(connection, name) for name in ("example.com", "old.example", "example.net")
    ]
    assert [row[1] if row else None for row in names] == [
        "example.com",
        "example.com",
        "example.net",
    ]
    assert lookups.domain(connection, "elsewhere.org") is None
    assert lookups.first_domain(connection) == "example.com"


@pytest.mark.parametrize(
    ("local_part", "domain", "ids"),
    [("info", 1, [1]), ("info", 2, [2]), ("info", None, []), ("any", 1, [3]), ("any", 2, [3]),
     ("any", None, [3]), ("none", 1, [])],
)  # fmt: skip
def test_aliases_are_found_in_their_domain_or_by_their_local_part(
    connection: Connection, local_part: str, domain: int | None, ids: list[int]
) -> None:
    assert [row[0] for row in lookups.aliases_at(connection, local_part, domain)] == ids


def test_more_values_than_a_statement_takes_are_asked_in_turns(connection: Connection) -> None:
    numbers = list(range(1, 2000))
    assert [row[0] for row in lookups.records(connection, numbers, "ann@x.org")] == [1]
    assert lookups.known(connection, [f"<{number}@x>" for number in numbers]) == []
    assert lookups.records(connection, [], "x") == []


def test_what_is_not_there_is_none(connection: Connection) -> None:
    assert lookups.contact(connection, "bob@x.org") is None
    assert lookups.model(connection, "nope") is None
    assert lookups.alias_by_id(connection, 99) is None


class Recorder:
    """Stands between a look-up and the database and asks for the plan of each statement."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.steps: list[str] = []

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> object:
        """Run a statement, and keep the steps of its plan."""
        plan = self.connection.execute("EXPLAIN QUERY PLAN " + statement, values).fetchall()
        self.steps += [str(row[3]) for row in plan]
        return self.connection.execute(statement, values)


def test_every_look_up_of_what_grows_goes_by_an_index(connection: Connection) -> None:
    """A delivery costs the same with ten messages and with ten million."""
    recorder = Recorder(connection)
    asked = cast(Connection, recorder)
    lookups.domain(asked, "example.com")
    lookups.aliases_at(asked, "info", 1)
    lookups.alias_by_id(asked, 1)
    lookups.known(asked, ["<1@x>", "<2@x>"])
    lookups.records(asked, [1, 2], "ann@x.org")
    lookups.contact(asked, "ann@x.org")
    lookups.model(asked, "lead")
    lookups.model_fields(asked, 1)
    lookups.alias_defaults(asked, 1)
    lookups.alias_followers(asked, 1)
    lookups.retired(asked, ["was@example.com"])
    assert recorder.steps
    scans = [step for step in recorder.steps if step.startswith("SCAN") and "CONSTANT" not in step]
    assert scans == []
