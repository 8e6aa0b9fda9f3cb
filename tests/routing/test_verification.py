"""The rule verification: what a provider writes to special addresses is held while expected."""

from __future__ import annotations

import pytest
from routing.build import ARF, BOUNCED, DSN, alias, facts, message, recipient, record, threaded

from mailgate.mail.incoming import Incoming
from mailgate.routing.directory import Directory, Domain
from mailgate.routing.facts import Facts
from mailgate.routing.router import route
from mailgate.routing.verdict import Verdict

NOW = 1000
FIRST = Domain(1, "example.com", "catchall", "bounce", verify_until=NOW + 1)
SECOND = Domain(2, "example.net", "all", "errors")


def judge(letter: Incoming, address: str, at: int = NOW, seen: Facts | None = None) -> Verdict:
    """Judge a message while the first domain expects confirmation mail."""
    found = facts() if seen is None else seen
    found.at = at
    found.directory = Directory(
        domains={"example.com": FIRST, "old.example": FIRST, "example.net": SECOND},
        aliases=(alias(1, "info", domain=FIRST),),
        retired={"was@example.com": ("bounce", None)},
    )
    return route(letter, recipient(address), found)


@pytest.mark.parametrize(
    ("address", "role"),
    [
        ("catchall@example.com", "catchall"),
        ("catchall+x@example.com", "catchall"),
        ("catchall@old.example", "catchall"),
        ("bounce@example.com", "bounce"),
        ("bounce+token@old.example", "bounce"),
    ],
)
def test_mail_to_a_special_address_is_held(address: str, role: str) -> None:
    verdict = judge(message(), address)
    assert (verdict.outcome, verdict.rule) == ("held", "verification")
    assert verdict.held == ("verification", verdict.reason)
    assert f"{role} address of example.com" in verdict.reason
    assert (verdict.key, verdict.notice) == (address, None)


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("info@example.com", "alias"),
        ("all@example.net", "catchall"),
        ("errors@example.net", "report"),
        ("was@example.com", "report"),
        ("nobody@example.com", "no-route"),
        ("nobody@elsewhere.org", "no-route"),
        ("a b", "no-route"),
    ],
)
def test_other_addresses_are_as_ever(address: str, rule: str) -> None:
    assert judge(message(), address).rule == rule


@pytest.mark.parametrize(("at", "rule"), [(NOW, "verification"), (NOW + 1, "catchall")])
def test_it_ends_by_itself(at: int, rule: str) -> None:
    assert judge(message(), "catchall@example.com", at).rule == rule


@pytest.mark.parametrize("extra", [DSN, ARF])
def test_reports_by_mime_type_are_still_reports(extra: str) -> None:
    assert judge(message(extra, sender=""), "bounce@example.com").rule == "report"


def test_what_only_reads_like_a_bounce_is_held() -> None:
    """A provider's confirmation may have a null sender and speak of delivery."""
    letter = message(body=BOUNCED, sender="")
    assert letter.report == "bounce"
    assert judge(letter, "bounce@example.com").rule == "verification"


def test_answers_that_come_meanwhile_are_held_too() -> None:
    seen = facts(known={"<old@x>": (threaded(5),)}, records=(record(5),))
    answer = message("In-Reply-To: <old@x>\n")
    assert judge(answer, "catchall@example.com", seen=seen).rule == "verification"
    assert judge(answer, "info@example.com", seen=seen).rule == "reply"
