"""The rule duplicate, and what place a message has among those that are known."""

from __future__ import annotations

import pytest
from routing.build import LETTER, facts, message, recipient, record, taken

from mailgate.mail.incoming import reused_id
from mailgate.routing.place import at_recipient, from_alias, in_place_of, in_record
from mailgate.routing.router import route

ID = "<new@x.org>"


def test_a_message_taken_for_this_recipient_is_a_duplicate() -> None:
    letter = message()
    verdict = route(letter, recipient(), facts(known={ID: (taken(letter),)}))
    assert (verdict.outcome, verdict.rule, verdict.flags) == ("duplicate", "duplicate", ())
    assert verdict.status == "2.0.0"


def test_a_message_held_for_this_recipient_is_a_duplicate() -> None:
    letter = message()
    assert route(letter, recipient(), facts(known={ID: (taken(letter, record=0),)})).rule == (
        "duplicate"
    )


def test_the_key_is_message_id_and_recipient() -> None:
    """Message-ID alone would lose mail."""
    letter = message()
    known = {ID: (taken(letter, "help@example.com", alias=2),)}
    assert route(letter, recipient("info@example.com"), facts(known=known)).outcome == "created"
    assert route(letter, recipient("help@example.com"), facts(known=known)).rule == "duplicate"


def test_one_alias_by_two_recipients_gets_a_message_once() -> None:
    letter = message()
    known = {ID: (taken(letter, "info+a@example.com"),)}
    verdict = route(letter, recipient("info+b@example.com"), facts(known=known))
    assert verdict.outcome == "duplicate"


def test_other_content_under_the_same_author_date_and_subject_is_flagged() -> None:
    letter = message()
    verdict = route(letter, recipient(), facts(known={ID: (taken(letter, other_content=True),)}))
    assert (verdict.outcome, verdict.flags) == ("duplicate", ("differs",))


@pytest.mark.parametrize(
    ("old", "new"), [("ann@", "bob@"), ("today", "yesterday"), ("chairs", "tables")]
)
def test_a_careless_senders_second_message_is_taken_under_a_made_id(old: str, new: str) -> None:
    first, second = message(), message(header=LETTER.replace(old, new))
    known = {ID: (taken(first),)}
    verdict = route(second, recipient(), facts(known=known))
    assert (verdict.outcome, verdict.flags) == ("created", ("reused-id",))
    assert verdict.message_id == reused_id(second) != ID
    known[verdict.message_id] = (taken(second),)
    again = route(second, recipient(), facts(known=known))
    assert (again.outcome, again.flags) == ("duplicate", ("reused-id",))


def test_a_third_message_of_that_id_is_another_one_again() -> None:
    letters = [message(header=LETTER.replace("chairs", name)) for name in ("a", "b", "c")]
    known = {ID: (taken(letters[0]),), reused_id(letters[1]): (taken(letters[1]),)}
    verdict = route(letters[2], recipient(), facts(known=known))
    assert verdict.outcome == "created"
    assert verdict.message_id == reused_id(letters[2]) != reused_id(letters[1])


def test_places_differ_by_recipient_record_and_alias() -> None:
    letter = message()
    view = facts(known={ID: (taken(letter, record=5, alias=1),)})
    assert at_recipient(letter, view, "info@example.com").repeat
    assert not at_recipient(letter, view, "help@example.com").repeat
    assert in_record(letter, view, 5).repeat
    assert not in_record(letter, view, 6).repeat
    assert from_alias(letter, view, 1).repeat
    assert not from_alias(letter, view, 2).repeat
    assert in_place_of(letter, view, taken(letter, record=3)).repeat
    assert not in_place_of(letter, view, taken(letter, record=3, alias=2)).repeat


def test_a_message_that_was_sent_is_not_one_that_was_taken() -> None:
    letter = message()
    sent = taken(letter)
    sent.outgoing = True
    assert not at_recipient(letter, facts(known={ID: (sent,)}), "info@example.com").repeat


def test_one_of_several_takings_with_the_same_content_is_enough() -> None:
    letter = message()
    known = {ID: (taken(letter, other_content=True), taken(letter, record=6))}
    place = at_recipient(letter, facts(known=known), "info@example.com")
    assert place.repeat
    assert not place.differs


def test_a_message_in_the_record_already_is_not_added_by_another_recipient() -> None:
    answer = message("In-Reply-To: <old@x>\n")
    known = {
        "<old@x>": (taken(message(), record=5),),
        ID: (taken(answer, "catchall@example.com", record=5, started=False),),
    }
    verdict = route(answer, recipient(), facts(known=known, records=(record(5),)))
    assert (verdict.outcome, verdict.rule) == ("duplicate", "duplicate")
