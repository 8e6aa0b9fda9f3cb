"""The rule own: what this installation sent itself never starts anything."""

from __future__ import annotations

import pytest
from routing.build import facts, message, recipient

from mailgate.routing.facts import Known
from mailgate.routing.router import route

SENT = Known("", 5, 1, 1, outgoing=True)


@pytest.mark.parametrize(
    ("extra", "known", "rule"),
    [
        ("", "<new@x.org>", "own"),
        ("X-Mailgate-Message-ID: <sent@example.com>\n", "<sent@example.com>", "own"),
        ("X-Mailgate-Message-ID: <forged@example.com>\n", "<sent@example.com>", "alias"),
        ("X-Mailgate-Message-ID:\n", "<sent@example.com>", "alias"),
        ("", "<sent@example.com>", "alias"),
    ],
)
@pytest.mark.parametrize("address", ["info@example.com"])
def test_mail_with_an_id_of_ours_is_ignored(
    extra: str, known: str, rule: str, address: str
) -> None:
    verdict = route(message(extra), recipient(address), facts(known={known: (SENT,)}))
    assert verdict.rule == rule
    assert rule == "alias" or verdict.outcome == "ignored"


def test_an_answer_to_what_was_sent_is_not_our_own_mail() -> None:
    known = {"<sent@example.com>": (SENT,)}
    answer = message("In-Reply-To: <sent@example.com>\n")
    assert route(answer, recipient(), facts(known=known)).rule == "reply"
