"""Mail that would go round for ever stops: two gateways, responders, forwarders and lists."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from system.gateway import SERIAL, letter
from system.machine import wait_until
from system.mta import Mta

pytestmark = pytest.mark.root

ROUNDS = 12
"""How often both outboxes are sent before mail counts as going round."""
SECOND = "/var/lib/mailgate/second.db"
SERVICES = """
second unix - n n - 4 pipe flags=q user=mailgate:mailgate null_sender=
  argv=/usr/bin/env MAILGATE_DB=/var/lib/mailgate/second.db
  /usr/local/bin/mailgate-deliver --sender ${sender} -- ${recipient}
auto unix - n n - 4 pipe flags=q user=nobody:nogroup null_sender=
  argv=/usr/bin/python3 -I /usr/local/bin/responder <${sender}> ${recipient}
"""


class Loops:
    """A Postfix with two gateways behind it, and mailboxes that answer by themselves."""

    def __init__(self, mta: Mta) -> None:
        self.mta = mta

    def second(self, *arguments: str) -> Any:
        """Run a command of the second gateway."""
        said = self.mta.machine.run("mailgate", "--db", SECOND, *arguments, "--json")
        return json.loads(said) if said else None

    def domain(self) -> str:
        """Add a domain to the first gateway, and return it."""
        name = f"firm{next(SERIAL)}.example"
        self.mta.gateway.mailgate("domain", "add", name, "--contact", f"office@{name}")
        return name

    def start(self, sender: str, recipient: str, text: str = "Hello\n") -> None:
        """Send a letter."""
        self.mta.send(sender, recipient, letter(sender, recipient, text).as_bytes())

    def settle(self) -> int:
        """Send both outboxes until nothing is left; return in how many rounds it was sent."""
        for done in range(ROUNDS):
            self.mta.wait_empty()
            waiting = self.mta.gateway.mailgate("outbox", "list") + self.second("outbox", "list")
            if not [one for one in waiting if one["status"] == "queued"]:
                return done
            self.mta.gateway.mailgate("outbox", "flush")
            self.second("outbox", "flush")
        raise AssertionError(f"mail goes on after {ROUNDS} rounds: {waiting}")

    def entries(self, author: str) -> list[dict[str, Any]]:
        """Return the first gateway's journal of an author, the newest first."""
        found: list[dict[str, Any]] = self.mta.gateway.mailgate("journal", "list")
        return [entry for entry in found if entry["author"] == author]


@pytest.fixture(scope="module")
def loops(postfix: Mta) -> Iterator[Loops]:
    """The two gateways; what is added to Postfix is taken away at the end."""
    machine = postfix.machine
    folder = machine.root / "etc" / "postfix"
    before = {name: (folder / name).read_text() for name in ("main.cf", "master.cf")}
    shutil.copy(Path(__file__).parent / "responder.py", machine.root / "usr/local/bin/responder")
    (machine.root / "usr/local/bin/responder").chmod(0o755)
    (folder / "master.cf").write_text(before["master.cf"] + SERVICES)
    transports = "{ { src.test = catch: }, { second.test = second: }, { auto.test = auto: } }"
    machine.run("postconf", "-e", f"transport_maps = inline:{transports}")
    machine.run("postconf", "-e", "relay_domains = second.test, auto.test")
    machine.run("postconf", "-e", "second_destination_recipient_limit = 1")
    machine.run("postconf", "-e", "auto_destination_recipient_limit = 1")
    machine.run("postfix", "reload")
    postfix.send_out()
    found = Loops(postfix)
    found.second("init", "--domain", "second.test")
    yield found
    for name, text in before.items():
        (folder / name).write_text(text)
    machine.run("postfix", "reload")


def test_two_gateways_that_follow_each_other_with_a_responder_between(
    loops: Loops, sender: str
) -> None:
    """Each takes the letter once, and each responder answers each gateway at most once."""
    domain = loops.domain()
    away = f"marked-{next(SERIAL)}@auto.test"
    loops.mta.gateway.mailgate(
        *("alias", "add", f"info@{domain}", "--model", "lead", "--acknowledge", "Thanks."),
        *("--follower", "desk@second.test", "--follower", away),
    )
    loops.second(
        *("alias", "add", "desk@second.test", "--model", "lead", "--acknowledge", "Thank you."),
        *("--follower", f"info@{domain}", "--follower", away),
    )
    loops.start(sender, f"info@{domain}")
    loops.settle()
    (record,) = loops.mta.gateway.records(sender)
    shown = loops.mta.gateway.mailgate("record", "show", str(record["id"]))
    by_hand = [message for message in shown["messages"] if message["direction"] == "in"]
    assert len([message for message in by_hand if message["sender"] == away]) <= 1
    assert len(by_hand) <= 3, [message["sender"] for message in by_hand]
    assert len(loops.second("record", "list")) == 1
    assert len(loops.mta.mail(sender)) <= 2


def test_a_follower_that_forwards_back_to_the_alias(loops: Loops, sender: str) -> None:
    domain = loops.domain()
    loops.mta.gateway.mailgate(
        *("alias", "add", f"info@{domain}", "--model", "lead"),
        *("--follower", f"forward-{next(SERIAL)}@auto.test"),
    )
    loops.start(sender, f"info@{domain}")
    assert loops.settle() == 1
    (record,) = loops.mta.gateway.records(sender)
    assert record["messages"] == 1
    (back,) = [
        entry
        for entry in loops.mta.gateway.mailgate("journal", "list", "--rule", "own")
        if entry["recipients"][0]["address"] == f"info@{domain}"
    ]
    assert back["outcome"] == "ignored"


@pytest.mark.parametrize(("kind", "taken"), [("mailinglist", 1), ("strictlist", 2)])
def test_our_own_mail_comes_back_through_a_list_that_changes_its_id(
    loops: Loops, sender: str, kind: str, taken: int
) -> None:
    """By our own field it is ignored; where that is gone, it is added and sent on to nobody."""
    domain = loops.domain()
    loops.mta.gateway.mailgate(
        *("alias", "add", f"info@{domain}", "--model", "lead"),
        *("--follower", f"{kind}-{next(SERIAL)}@auto.test"),
    )
    loops.start(sender, f"info@{domain}")
    assert loops.settle() == 1
    records = loops.mta.gateway.mailgate("record", "list", "--alias", f"info@{domain}")
    assert sum(record["messages"] for record in records) == taken
    assert loops.mta.mail(sender) == []


@pytest.mark.parametrize("kind", ["vacation", "marked", "careless"])
def test_a_notice_to_a_responder_is_the_only_one(loops: Loops, kind: str) -> None:
    """And an answer to a notice is never answered."""
    domain, away = loops.domain(), f"{kind}-{next(SERIAL)}@auto.test"
    loops.start(away, f"catchall@{domain}")
    assert loops.settle() == 1
    sent = [
        letter
        for letter in loops.mta.gateway.mailgate("outbox", "list", "--all")
        if letter["recipients"] == [away]
    ]
    assert [letter["kind"] for letter in sent] == ["notice"]
    rules = [entry["rule"] for entry in loops.entries(away)]
    assert rules == (["catchall"] if kind == "vacation" else ["own", "catchall"])


def test_two_responders_that_hide_are_stopped_by_the_bound(loops: Loops) -> None:
    """Nothing in their mail says what they are: after so many letters nothing is sent on."""
    domain = loops.domain()
    one, other = (f"careless-{next(SERIAL)}@auto.test" for _ in range(2))
    loops.mta.gateway.mailgate("param", "set", "mail.gateway.loop.threshold", "3")
    try:
        loops.mta.gateway.mailgate(
            *("alias", "add", f"info@{domain}", "--model", "lead", "--follower", other)
        )
        loops.start(one, f"info@{domain}")
        loops.settle()
    finally:
        loops.mta.gateway.mailgate("param", "unset", "mail.gateway.loop.threshold")
    (record,) = loops.mta.gateway.records(one)
    shown = loops.mta.gateway.mailgate("record", "show", str(record["id"]))
    assert len(shown["messages"]) <= 8
    reasons = [entry["reason"] for entry in loops.entries(one) + loops.entries(other)]
    assert any("not sent on" in reason for reason in reasons)


def test_a_person_s_answer_to_a_notice_causes_no_other(loops: Loops, sender: str) -> None:
    domain = loops.domain()
    loops.start(sender, f"catchall@{domain}")
    loops.settle()
    (notice,) = wait_until(lambda: loops.mta.mail(sender), "the notice")
    answer = letter(sender, f"bounce@{domain}")
    answer["In-Reply-To"] = notice["Message-ID"]
    loops.mta.send(sender, f"bounce@{domain}", answer.as_bytes())
    assert loops.settle() == 0
    assert [entry["rule"] for entry in loops.entries(sender)] == ["own", "catchall"]
    assert len(loops.mta.mail(sender)) == 1
