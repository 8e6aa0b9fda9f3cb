"""Who may write to an alias."""

from __future__ import annotations

import pytest
from routing.build import HELP, alias, facts, message, recipient, record, taken

from mailgate.routing.router import route


@pytest.mark.parametrize(
    ("policy", "contact", "internal", "follows", "outcome"),
    [
        ("everyone", False, False, False, "created"),
        ("contacts", False, False, False, "refused"),
        ("contacts", True, False, False, "created"),
        ("internal", True, False, True, "refused"),
        ("internal", True, True, False, "created"),
        ("followers", True, True, False, "refused"),
        ("followers", False, False, True, "created"),
    ],
)
def test_a_policy_accepts_whom_it_names(
    policy: str, outcome: str, *, contact: bool, internal: bool, follows: bool
) -> None:
    guarded = alias(1, "info", policy=policy, parent=7)
    view = facts(guarded, records=(record(7, follows=follows),), contact=contact, internal=internal)
    verdict = route(message(), recipient(), view)
    assert (verdict.outcome, verdict.rule) == (outcome, "alias")
    assert (verdict.notice == "policy") is (outcome == "refused")


@pytest.mark.parametrize("policy", ["contacts", "internal"])
def test_an_alias_may_reject_instead(policy: str) -> None:
    guarded = alias(1, "info", policy=policy, on_refusal="reject")
    verdict = route(message(), recipient(), facts(guarded))
    assert (verdict.outcome, verdict.status, verdict.notice) == ("rejected", "5.7.1", None)


@pytest.mark.parametrize("on_refusal", ["notice", "reject"])
def test_what_was_refused_is_not_remembered_and_may_come_again(on_refusal: str) -> None:
    guarded = alias(1, "info", policy="contacts", on_refusal=on_refusal)
    assert route(message(), recipient(), facts(guarded)).key == ""


def test_followers_of_a_target_record_may_write_to_it() -> None:
    guarded = alias(1, "info", policy="followers", record=5, parent=7)
    inside = facts(guarded, records=(record(5, follows=True), record(7)))
    outside = facts(guarded, records=(record(5), record(7, follows=True)))
    assert route(message(), recipient(), inside).outcome == "replied"
    assert route(message(), recipient(), outside).outcome == "refused"


@pytest.mark.parametrize("parent", [None, 8])
def test_followers_of_nothing_make_an_alias_misconfigured(parent: int | None) -> None:
    guarded = alias(1, "info", policy="followers", parent=parent)
    verdict = route(message(), recipient(), facts(guarded))
    assert (verdict.outcome, verdict.invalid) == ("held", (1,))
    assert verdict.key == "info@example.com"


def test_a_message_without_an_author_is_nobodys() -> None:
    guarded = alias(1, "info", policy="contacts")
    letter = message(header="Subject: anonymous\n", sender="")
    assert route(letter, recipient(), facts(guarded)).outcome == "refused"


def test_a_retry_of_what_was_taken_is_not_refused_later() -> None:
    """The policy may have changed since."""
    letter = message()
    known = {"<new@x.org>": (taken(letter),)}
    view = facts(alias(1, "info", policy="internal"), HELP, known=known)
    assert route(letter, recipient(), view).outcome == "duplicate"
