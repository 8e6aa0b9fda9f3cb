"""The rule spam: what a filter marked is held, whatever it is."""

from __future__ import annotations

import pytest
from routing.build import DSN, LETTER, facts, message, recipient, record, taken, threaded

from mailgate.entities.defaults import DEFAULTS
from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts, Parameters
from mailgate.routing.plan import plan
from mailgate.routing.router import route
from mailgate.routing.verdict import Verdict

MARK = "X-Spam-Flag: YES\n"


def view(header: str = "X-Spam-Flag: YES", **options: object) -> Facts:
    """Return facts where that parameter marks spam."""
    found = facts(**options)  # type: ignore[arg-type]  # each is named as it is declared
    found.parameters = Parameters(DEFAULTS | {"mail.spam.header": header})
    return found


def judge(letter: Incoming, seen: Facts, address: str = "info@example.com") -> Verdict:
    """Return the verdict for one recipient."""
    return route(letter, recipient(address), seen)


@pytest.mark.parametrize(
    ("parameter", "fields"),
    [
        ("X-Spam-Flag: YES", "X-Spam-Flag: YES\n"),
        ("X-Spam-Flag: YES", "x-spam-flag:yes\n"),
        ("x-spam-flag:yes", "X-SPAM-FLAG:   Yes\n"),
        ("X-Spam-Status: Yes", "X-Spam-Status: Yes, score=9.1\n"),
        ("X-Spam-Flag: YES", "X-Spam-Flag: NO\nX-Spam-Flag: YES\n"),
        ("X-Spam-Flag: YES", "X-Spam-Flag:\n YES\n"),
        ("X-Spam-Level: *****", "X-Spam-Level: *******\n"),
        ("X-Filter: groß", "X-Filter: GROSS und mehr\n"),
    ],
)
def test_mail_whose_field_begins_so_is_held(parameter: str, fields: str) -> None:
    verdict = judge(message(fields), view(parameter))
    assert (verdict.outcome, verdict.rule, verdict.held and verdict.held[0]) == (
        "held",
        "spam",
        "spam",
    )


@pytest.mark.parametrize(
    ("parameter", "fields"),
    [
        ("", MARK),
        ("X-Spam-Flag: YES", ""),
        ("X-Spam-Flag: YES", "X-Spam-Flag: NO\n"),
        ("X-Spam-Flag: YES", "X-Spam-Flag:\n"),
        ("X-Spam-Flag: YES", "X-Spam-Flag: not YES\n"),
        ("X-Spam-Flag: YES", "X-Spam: YES\n"),
        ("X-Spam-Flag: YES", "Subject: X-Spam-Flag: YES\n"),
        ("X-Spam-Level: *****", "X-Spam-Level: ****\n"),
    ],
)
def test_other_mail_goes_on(parameter: str, fields: str) -> None:
    assert judge(message(fields), view(parameter)).rule == "alias"


@pytest.mark.parametrize(
    "address",
    ["info@example.com", "catchall@example.com", "bounce@example.com", "nobody@example.com"],
)
@pytest.mark.parametrize("extra", ["", DSN, "Auto-Submitted: auto-replied\n"])
def test_spam_is_held_wherever_it_goes_and_no_notice_says_so(address: str, extra: str) -> None:
    decided = plan(message(MARK + extra), (recipient(address),), view())
    assert (decided.best.rule, decided.best.notice, decided.wishes) == ("spam", None, ())
    assert (decided.keep, decided.exit_code) == (True, 0)


def test_spam_in_a_conversation_is_held_too() -> None:
    seen = view(known={"<old@x>": (threaded(5),)}, records=(record(5, follows=True),))
    assert judge(message(MARK + "In-Reply-To: <old@x>\n"), seen).rule == "spam"


def test_a_repeat_of_held_spam_is_a_duplicate() -> None:
    letter = message(MARK)
    assert judge(letter, view()).key == "info@example.com"
    seen = view(known={"<new@x.org>": (taken(letter, record=0),)})
    assert judge(letter, seen).rule == "duplicate"


def test_spam_with_the_id_of_another_message_is_known_by_a_made_id() -> None:
    other = message(header=LETTER.replace("chairs", "tables"))
    verdict = judge(message(MARK), view(known={"<new@x.org>": (taken(other),)}))
    assert verdict.rule == "spam"
    assert verdict.flags == ("reused-id",)
    assert verdict.message_id != "<new@x.org>"
