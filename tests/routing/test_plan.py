"""From the verdicts of all recipients to one plan: the whole's outcome, exit code and notices."""

from __future__ import annotations

import pytest
from routing.build import INFO, LEAD, alias, facts, message, recipient, record, taken, threaded

from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts, Fallback
from mailgate.routing.plan import Plan, plan

FALLBACK = Fallback("model=lead", LEAD, "lead")


def decide(letter: Incoming, view: Facts, *addresses: str) -> Plan:
    """Judge a message for these recipients."""
    waits = letter.envelope.recipients is None
    return plan(letter, tuple(recipient(a, waits=waits) for a in addresses), view)


def outcomes(decided: Plan) -> list[str]:
    """Return the outcome for each recipient."""
    return [verdict.outcome for _, verdict in decided.judged]


@pytest.mark.parametrize(
    ("addresses", "best", "exit_code"),
    [
        (["info@example.com"], "created", 0),
        (["nobody@example.com"], "rejected", 67),
        (["a b"], "rejected", 67),
        (["nobody@example.com", "info@example.com"], "created", 0),
        (["catchall@example.com"], "refused", 0),
        (["nobody@example.com", "catchall@example.com"], "refused", 0),
        (["bounce@example.com", "info@example.com"], "created", 0),
        (["bounce@example.com", "nobody@example.com"], "report", 0),
        (["closed@example.com"], "rejected", 77),
        (["closed@example.com", "nobody@example.com"], "rejected", 77),
        (["nobody@example.com", "closed@example.com"], "rejected", 67),
    ],
)
def test_the_most_successful_recipient_speaks_for_the_whole(
    addresses: list[str], best: str, exit_code: int
) -> None:
    """All rejected: the code of the first; else the sender is told by other means."""
    closed = alias(3, "closed", policy="internal", on_refusal="reject")
    decided = decide(message(), facts(INFO, closed), *addresses)
    assert (decided.best.outcome, decided.exit_code) == (best, exit_code)
    assert [r.address for r, _ in decided.judged] == addresses


@pytest.mark.parametrize("order", [1, -1])
def test_no_catchall_notice_where_another_recipient_takes_it(order: int) -> None:
    addresses = ["catchall@example.com", "info@example.com"][::order]
    decided = decide(message(), facts(), *addresses)
    assert sorted(outcomes(decided)) == ["created", "ignored"]
    assert all(verdict.notice is None for _, verdict in decided.judged)


def test_a_retry_causes_no_catchall_notice_either() -> None:
    """The recipient that took it is a duplicate by then."""
    letter = message()
    view = facts(known={"<new@x.org>": (taken(letter),)})
    decided = decide(letter, view, "catchall@example.com", "info@example.com")
    assert outcomes(decided) == ["ignored", "duplicate"]


def test_one_record_gets_a_message_once_through_many_recipients() -> None:
    view = facts(known={"<old@x>": (threaded(5),)}, records=(record(5),))
    answer = message("In-Reply-To: <old@x>\n")
    decided = decide(
        answer,
        view,
        "info@example.com",
        "catchall@example.com",
        "info+x@example.com",
        "x@example.com",
    )
    assert outcomes(decided) == ["replied", "duplicate", "duplicate", "duplicate"]


def test_a_gone_record_is_replaced_once() -> None:
    view = facts(known={"<old@x>": (threaded(5),)})
    answer = message("In-Reply-To: <old@x>\n")
    decided = decide(answer, view, "info@example.com", "catchall@example.com")
    assert outcomes(decided) == ["created", "duplicate"]


def test_one_fallback_record_for_many_recipients() -> None:
    decided = decide(message(), facts(fallback=FALLBACK), "a@example.com", "b@example.com")
    assert outcomes(decided) == ["created", "duplicate"]


def test_a_message_that_names_itself_in_references_reaches_all_its_aliases() -> None:
    letter = message("References: <new@x.org>\nIn-Reply-To: <new@x.org>\n")
    second = alias(2, "sales")
    decided = decide(letter, facts(INFO, second), "info@example.com", "sales@example.com")
    assert outcomes(decided) == ["created", "created"]


@pytest.mark.parametrize(
    ("addresses", "rules", "judged"),
    [
        ([], ["fallback"], 0),
        (["a@example.com"], ["fallback"], 1),
        (["a@example.com", "b@example.com"], ["fallback"], 1),
        (["a@example.com", "info@example.com"], ["no-route", "alias"], 2),
        (["catchall@example.com"], ["catchall"], 1),
        (["catchall@example.com", "a@example.com"], ["fallback", "catchall"], 2),
    ],
)
def test_without_an_envelope_the_fallback_takes_what_no_recipient_took(
    addresses: list[str], rules: list[str], judged: int
) -> None:
    letter = message(recipients=None)
    decided = decide(letter, facts(fallback=FALLBACK), *addresses)
    assert [verdict.rule for verdict in decided.verdicts] == rules
    assert len(decided.judged) == judged


def test_without_any_recipient_and_fallback_nobody_takes_it() -> None:
    decided = decide(message(recipients=None), facts())
    assert (decided.best.outcome, decided.best.rule, decided.exit_code) == (
        "rejected",
        "no-route",
        67,
    )
    assert decided.judged == ()


def test_without_recipients_an_empty_message_is_still_empty() -> None:
    decided = decide(message(header="", body="", recipients=None), facts(fallback=FALLBACK))
    assert (decided.best.rule, decided.exit_code) == ("empty", 65)


@pytest.mark.parametrize(
    ("address", "reason"),
    [("nobody@example.com", "no-route"), ("a b", "no-route"), ("closed@example.com", "policy")],
)
def test_where_nothing_can_be_rejected_it_is_held_instead(address: str, reason: str) -> None:
    closed = alias(3, "closed", policy="internal", on_refusal="reject")
    decided = decide(message(refusable=False), facts(INFO, closed), address)
    assert (decided.best.outcome, decided.exit_code) == ("held", 0)
    assert decided.best.held is not None
    assert decided.best.held[0] == reason
    assert decided.keep


@pytest.mark.parametrize(
    ("address", "keep"),
    [
        ("info@example.com", True),
        ("bounce@example.com", True),
        ("broken@example.com", True),
        ("catchall@example.com", False),
        ("nobody@example.com", False),
    ],
)
def test_what_is_taken_or_held_keeps_its_bytes_and_what_is_refused_does_not(
    address: str, *, keep: bool
) -> None:
    broken = alias(3, "broken", fault="no field x")
    assert decide(message(), facts(INFO, broken), address).keep is keep


def test_a_repeat_with_other_content_keeps_its_bytes() -> None:
    letter = message()
    same = facts(known={"<new@x.org>": (taken(letter),)})
    other = facts(known={"<new@x.org>": (taken(letter, other_content=True),)})
    assert not decide(letter, same, "info@example.com").keep
    assert decide(letter, other, "info@example.com").keep
    assert decide(letter, other, "info@example.com").flags == ("differs",)
