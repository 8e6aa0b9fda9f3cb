"""The order of the rules: each place in it that decides something, shown by one message."""

from __future__ import annotations

import pytest
from routing.build import DSN, LETTER, alias, facts, message, recipient, record, taken, threaded

from mailgate.mail.incoming import Incoming
from mailgate.routing import router
from mailgate.routing.facts import Facts, Fallback, Known
from mailgate.routing.verdict import Recipient

AUTO = "Auto-Submitted: auto-replied\n"
ANSWER = "In-Reply-To: <old@x>\n"
LOOPING = message("Received: x\n" * 51)
THREAD = {"<old@x>": (threaded(5),)}
SENT = Known("", 5, 1, 1, outgoing=True)
HUGE = message(header="", body="x" * 200, limit=100)
FALLBACK = Fallback("model=lead", 1, "lead")

CASES = [
    ("empty", "oversize", HUGE, recipient(), facts(max_bytes=100)),
    ("oversize", "loop", LOOPING, recipient(), facts(max_bytes=100)),
    ("loop", "duplicate", LOOPING, recipient(), facts(known={"<new@x.org>": (taken(LOOPING),)})),
    (
        "duplicate",
        "own",
        message(),
        recipient(),
        facts(known={"<new@x.org>": (taken(message()), SENT)}),
    ),
    ("own", "report", message(DSN), recipient(), facts(known={"<new@x.org>": (SENT,)})),
    (
        "report",
        "reply",
        message(DSN + ANSWER),
        recipient(),
        facts(known=THREAD, records=(record(5),)),
    ),
    (
        "reply",
        "catchall",
        message(ANSWER),
        recipient("catchall@example.com"),
        facts(known=THREAD, records=(record(5),)),
    ),
    (
        "reply",
        "retired",
        message(ANSWER),
        recipient("was@example.com"),
        facts(known=THREAD, records=(record(5),), retired={"was@example.com": "alias"}),
    ),
    (
        "reply",
        "auto-reply",
        message(ANSWER + AUTO),
        recipient(),
        facts(known=THREAD, records=(record(5),)),
    ),
    ("reply", "alias", message(ANSWER), recipient(), facts(known=THREAD, records=(record(5),))),
    (
        "catchall",
        "alias",
        message(),
        recipient("catchall@example.com"),
        facts(alias(9, "catchall", detection=True)),
    ),
    ("auto-reply", "alias", message(AUTO), recipient(), facts()),
    ("alias", "fallback", message(), recipient(), facts(fallback=FALLBACK)),
    ("fallback", "no-route", message(), recipient("any@example.com"), facts(fallback=FALLBACK)),
]


def name(rule: object) -> str:
    """Return the name by which the journal knows a rule."""
    return str(getattr(rule, "__name__", "")).replace("_", "-")


@pytest.mark.parametrize(("first", "second", "letter", "to", "view"), CASES)
def test_the_order_of_two_rules_decides(
    first: str,
    second: str,
    letter: Incoming,
    to: Recipient,
    view: Facts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In their order the first answers; with the two exchanged, the second would."""
    assert router.route(letter, to, view).rule == first
    rules = list(router.RULES)
    one, two = (next(r for r in rules if name(r) == wanted) for wanted in (first, second))
    at, to_at = rules.index(one), rules.index(two)
    assert at < to_at
    rules[at], rules[to_at] = two, one
    monkeypatch.setattr(router, "RULES", tuple(rules))
    assert router.route(letter, to, view).rule == second


def test_the_last_rule_always_answers() -> None:
    verdict = router.RULES[-1](message(), recipient("x@y.org"), facts())
    assert not isinstance(verdict, str)


def test_every_rule_says_why_it_does_not_answer() -> None:
    """In a few words, on one line."""
    letter = message(header=LETTER)
    for rule in router.RULES:
        answer = rule(letter, recipient("nobody@elsewhere.org"), facts())
        if isinstance(answer, str):
            assert 5 < len(answer) < 120
            assert answer.isprintable()
