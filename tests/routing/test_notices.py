"""When the gateway writes to a sender by itself, and every case in which it does not."""

from __future__ import annotations

import pytest
from routing.build import ARF, DSN, INFO, LETTER, alias, facts, message, recipient, taken

from mailgate.entities.defaults import DEFAULTS
from mailgate.mail.authentication import judge
from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts, Known, Openings, Parameters
from mailgate.routing.notices import MAX_ADDRESS, Lately, addressee, refusal, silence
from mailgate.routing.plan import plan
from mailgate.routing.router import route
from mailgate.routing.verdict import Verdict

NONE_SENT = Lately(frozenset(), 0, ours=False)


def test_a_persons_letter_may_be_answered() -> None:
    assert silence(message(), facts()) is None


@pytest.mark.parametrize(
    ("sender", "author", "to"),
    [
        ("ann@x.org", "carl@x.org", "ann@x.org"),
        (None, "carl@x.org", "carl@x.org"),
        ("", "carl@x.org", None),
        (None, "nobody in particular", None),
    ],
)
def test_it_goes_to_the_envelope_sender_else_to_the_author(
    sender: str | None, author: str, to: str | None
) -> None:
    letter = message(header=LETTER.replace("ann@x.org", author), sender=sender)
    assert addressee(letter) == to
    assert (silence(letter, facts()) is None) is (to is not None)


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        ("", "the sender is null"),
        ("mailer-daemon@x.org", "reads no mail"),
        ("postmaster@x.org", "reads no mail"),
        ("noreply@x.org", "reads no mail"),
        ("no-reply@x.org", "reads no mail"),
        ("no_reply@x.org", "reads no mail"),
        ("noreply+token@x.org", "reads no mail"),
        ("noreply-dmarc-support@x.org", "reads no mail"),
        ("orders-noreply@x.org", "reads no mail"),
        ("do-not-reply@x.org", "reads no mail"),
        ("donotreply@x.org", "reads no mail"),
        ("bounces@x.org", "reads no mail"),
        ("bounce-123-ann=y.org@x.org", "reads no mail"),
        ("owner-chairs@x.org", "reads no mail"),
        ("chairs-owner@x.org", "reads no mail"),
        ("chairs-request@x.org", "reads no mail"),
        ("chairs-bounces@x.org", "reads no mail"),
        ("chairs-bounces+ann=y.org@x.org", "reads no mail"),
        ("a" * (MAX_ADDRESS - 5) + "@x.org", "longer than"),
        ("é" * 160 + "@x.org", "longer than"),
    ],
)
def test_there_are_addresses_that_nobody_writes_to(sender: str, reason: str) -> None:
    assert reason in (silence(message(sender=sender), facts()) or "")


@pytest.mark.parametrize("sender", ["reply@x.org", "norepl@x.org", "bouncer@x.org", "owner@x.org"])
def test_others_only_look_like_them(sender: str) -> None:
    assert silence(message(sender=sender), facts()) is None


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ("Auto-Submitted: auto-replied\n", "auto-reply mail"),
        ("Auto-Submitted: auto-generated\n", "auto-generated mail"),
        ("Auto-Submitted: anything\n", "auto-generated mail"),
        ("X-Autoreply: yes\n", "auto-reply mail"),
        ("Precedence: auto_reply\n", "auto-reply mail"),
        ("List-Id: <l.x.org>\n", "list mail"),
        ("List-Unsubscribe: <mailto:l@x.org>\n", "list mail"),
        ("Precedence: list\n", "list mail"),
        ("Precedence: bulk\n", "bulk mail"),
        ("Precedence: junk\n", "bulk mail"),
        ("X-Auto-Response-Suppress: All\n", "asks for no automatic answer"),
        ("X-Auto-Response-Suppress: DR, autoreply\n", "asks for no automatic answer"),
        (DSN, "report mail"),
        (ARF, "report mail"),
    ],
)
def test_machines_lists_and_reports_get_none(extra: str, reason: str) -> None:
    assert reason in (silence(message(extra), facts()) or "")


@pytest.mark.parametrize(
    "extra",
    [
        "Auto-Submitted: no\n",
        "Precedence: first-class\n",
        "X-Auto-Response-Suppress: OOF, DR\n",
        "X-Auto-Response-Suppress:\n",
        "X-Autoreply: no\n",
    ],
)
def test_what_says_that_it_is_no_machine_gets_one(extra: str) -> None:
    assert silence(message(extra), facts()) is None


def test_an_author_who_fails_gets_none() -> None:
    letter, seen = message(), facts()
    seen.authentication = judge(letter.header, "mx.example.com", letter.author)
    assert silence(letter, seen) == "the author is not proven"


def limits(**parameters: str) -> Facts:
    """Return facts with these parameters (notice interval, notices an hour)."""
    names = {"interval": "mail.notice.interval.minutes", "hour": "mail.notice.max.per.hour"}
    found = facts()
    found.parameters = Parameters(DEFAULTS | {names[k]: v for k, v in parameters.items()})
    return found


@pytest.mark.parametrize(
    ("lately", "sent"),
    [
        (NONE_SENT, True),
        (Lately(frozenset({"loop"}), 3, ours=False), True),
        (Lately(frozenset({"catchall"}), 3, ours=False), False),
        (Lately(frozenset(), 99, ours=False), True),
        (Lately(frozenset(), 100, ours=False), False),
        (Lately(frozenset(), 0, ours=True), False),
    ],
)
def test_one_of_a_kind_a_hundred_an_hour_and_none_to_ourselves(
    lately: Lately, *, sent: bool
) -> None:
    assert (refusal("catchall", "ann@x.org", limits(), lately) is None) is sent


def test_one_message_never_causes_two_of_a_kind_whatever_the_interval() -> None:
    seen = limits(interval="0")
    lately = Lately(frozenset({"catchall"}), 1, ours=False)
    assert refusal("catchall", "ann@x.org", seen, lately) is not None


def test_none_an_hour_is_none() -> None:
    assert refusal("catchall", "ann@x.org", limits(hour="0"), NONE_SENT) is not None


def wished(letter: Incoming, seen: Facts, *addresses: str) -> list[tuple[str, str]]:
    """Return (kind, recipient) of the notices that a message calls for."""
    decided = plan(letter, tuple(recipient(address) for address in addresses), seen)
    return [(wish.kind, wish.recipient.address) for wish in decided.wishes]


CLOSED = alias(3, "closed", policy="internal", on_refusal="reject")
STAFF = alias(4, "staff", policy="internal")
THANKS = alias(5, "thanks", acknowledge="Thank you.")
FULL = alias(6, "full", model=2)
FEED = alias(7, "feed", acknowledge="Thank you.", record=9)


@pytest.mark.parametrize(
    ("addresses", "kinds"),
    [
        (["info"], []),
        (["catchall"], [("catchall", "catchall")]),
        (["catchall", "info"], []),
        (["was"], [("retired", "was")]),
        (["staff"], [("policy", "staff")]),
        (["full"], [("loop", "full")]),
        (["thanks"], [("acknowledgement", "thanks")]),
        (["feed"], []),
        (["bounce"], []),
        (["nobody"], []),
        (["closed"], []),
        (["nobody", "closed"], []),
        (["nobody", "info"], [("no-route", "nobody")]),
        (["nobody", "bounce"], [("no-route", "nobody")]),
        (["a b", "catchall"], [("no-route", "a b"), ("catchall", "catchall")]),
        (["thanks", "nobody", "staff"], None),
    ],
)
def test_every_refusal_calls_for_its_notice(
    addresses: list[str], kinds: list[tuple[str, str]] | None
) -> None:
    def full(text: str) -> str:
        return text if " " in text else f"{text}@example.com"

    seen = facts(INFO, CLOSED, STAFF, THANKS, FULL, FEED, retired={"was@example.com": "alias"})
    seen.openings = Openings({2: (20, 0)})
    found = wished(message(), seen, *map(full, addresses))
    if kinds is None:
        kinds = [("acknowledgement", "thanks"), ("no-route", "nobody"), ("policy", "staff")]
    assert found == [(kind, full(address)) for kind, address in kinds]


def test_a_channel_that_answers_each_recipient_needs_no_notice_of_a_rejection() -> None:
    letter = message()
    letter.envelope.channel = "lmtp"
    assert wished(letter, facts(), "nobody@example.com", "info@example.com") == []


def test_a_repeat_is_not_acknowledged_again() -> None:
    letter = message()
    seen = facts(THANKS, known={"<new@x.org>": (taken(letter, "thanks@example.com", alias=5),)})
    assert wished(letter, seen, "thanks@example.com") == []


NOTICE = {"<notice.1@example.com>": (Known("", 0, None, None, outgoing=True),)}
ANSWER = "In-Reply-To: <notice.1@example.com>\n"


def answered(extra: str = "", address: str = "info@example.com", **options: str) -> Verdict:
    """Return what becomes of an answer to one of our notices."""
    letter = message(ANSWER + extra, **options)  # type: ignore[arg-type]  # as declared
    return route(letter, recipient(address), facts(known=NOTICE))


@pytest.mark.parametrize(
    ("extra", "options"),
    [
        ("Auto-Submitted: auto-replied\n", {}),
        ("Auto-Submitted: auto-generated\n", {}),
        ("X-Autorespond: yes\n", {}),
        ("", {"sender": "", "body": "Delivery failed: user unknown\n"}),
    ],
)
@pytest.mark.parametrize("address", ["info@example.com", "bounce@example.com"])
def test_a_machines_answer_to_a_notice_is_ignored(
    extra: str, options: dict[str, str], address: str
) -> None:
    verdict = answered(extra, address, **options)
    assert (verdict.outcome, verdict.rule) == ("ignored", "own")
    assert "answers our notice" in verdict.reason


@pytest.mark.parametrize("address", ["bounce@example.com", "bounce+x@old.example", "catchall"])
def test_anyones_answer_to_the_address_that_a_notice_came_from_is_ignored(address: str) -> None:
    assert answered(address=address).rule == "own"


@pytest.mark.parametrize("extra", ["", "List-Id: <l.x.org>\n"])
def test_a_persons_answer_to_an_alias_goes_on_also_through_a_list(extra: str) -> None:
    assert (answered(extra).outcome, answered(extra).rule) == ("created", "alias")


def test_a_report_about_a_notice_is_a_report() -> None:
    assert answered(DSN, "bounce@example.com", sender="").rule == "report"
