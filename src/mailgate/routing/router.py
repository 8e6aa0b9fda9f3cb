"""The chain: for each recipient the first rule that answers decides.

A rule returns its verdict, or the reason why it does not answer. There is one chain: what explains
a decision listens to it, what decides again leaves rules out.
"""

from __future__ import annotations

from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts, Known
from mailgate.routing.rules.address import alias, auto_reply, catchall, fallback, no_route, retired
from mailgate.routing.rules.guard import blocked, spam, verification
from mailgate.routing.rules.known import duplicate, own
from mailgate.routing.rules.message import empty, loop, oversize
from mailgate.routing.rules.reply import reply
from mailgate.routing.rules.report import report
from mailgate.routing.verdict import Recipient, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Rule = Callable[[Incoming, Recipient, Facts], Verdict | str]
    Listener = Callable[[Recipient, str, Verdict | str], None]
    """Is told each recipient, the name of each rule asked, and what it said."""

RULES = (
    empty,  # nothing can be read from it
    oversize,  # before anything is kept of it
    loop,  # before a repeat is forgiven: a loop brings the same message again and again
    duplicate,  # what was handled is not judged a second time
    own,  # our own mail never starts anything
    spam,  # looked at by a person before it can do anything, even as a report
    blocked,  # nothing of theirs is wanted
    verification,  # before the addresses it concerns refuse or file it
    report,  # mail about mail is no conversation, whatever it refers to
    reply,  # a conversation goes on wherever its answer arrives
    catchall,  # which takes replies only, so after them
    retired,  # the same
    auto_reply,  # may answer a conversation, but not start one
    alias,  # new mail
    fallback,  # where no alias is
    no_route,  # always answers
)
"""Every rule, in the order in which they are asked."""

PENDING = -1
"""Stands for a record that this call is about to start."""


class Chain:
    """The rules that are asked, in order (all where None), and who is told what each says."""

    __slots__ = ("_listener", "_rules")

    def __init__(
        self, rules: tuple[Rule, ...] | None = None, listener: Listener | None = None
    ) -> None:
        self._rules = rules
        self._listener = listener

    def route(self, message: Incoming, recipient: Recipient, facts: Facts) -> Verdict:
        """Return the verdict of the first rule that answers for a recipient."""
        for rule in self._rules or RULES:
            answer = rule(message, recipient, facts)
            if self._listener is not None:
                self._listener(recipient, name(rule), answer)
            if not isinstance(answer, str):
                return answer
        raise AssertionError("the last rule always answers")


WHOLE = Chain()
"""The chain of every rule."""


def name(rule: Rule) -> str:
    """Return the name of a rule, as journal and manual have it."""
    return rule.__name__.replace("_", "-")


def route(message: Incoming, recipient: Recipient, facts: Facts) -> Verdict:
    """Return the verdict of the first of all rules that answers for a recipient."""
    return WHOLE.route(message, recipient, facts)


def route_all(
    message: Incoming, recipients: tuple[Recipient, ...], facts: Facts, chain: Chain = WHOLE
) -> list[Verdict]:
    """Judge the recipients one after another, as if each came in a call of its own.

    What one recipient took is known to the next, so a message is in a record once.
    """
    verdicts = []
    pending = PENDING
    for number, recipient in enumerate(recipients, 1):
        verdict = chain.route(message, recipient, facts)
        verdicts.append(verdict)
        if verdict.key and number < len(recipients):
            for known in _takings(message, verdict, pending):
                facts = facts.with_known(verdict.message_id, known)
            pending -= len(verdict.targets)
    return verdicts


def openings(verdict: Verdict) -> list[tuple[int, int | None, bool]]:
    """Return (model, alias, held) of each record that a verdict starts, or holds by the limit."""
    found: list[tuple[int, int | None, bool]] = [
        (target.model, target.alias, False) for target in verdict.targets if target.record is None
    ]
    found += [(model, alias, True) for model, alias in verdict.limited]
    return found


def _takings(message: Incoming, verdict: Verdict, pending: int) -> list[Known]:
    identity, digest = message.identity, message.original.content
    found = [
        Known(
            verdict.key,
            target.record or pending - number,
            target.model,
            target.alias,
            started=target.record is None,
            identity=identity,
            digest=digest,
        )
        for number, target in enumerate(verdict.targets)
    ]
    if verdict.held or not found:
        found.append(Known(verdict.key, 0, None, verdict.holder, identity=identity, digest=digest))
    return found
