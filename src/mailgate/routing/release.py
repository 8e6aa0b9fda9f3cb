"""What a person's release passes over: what holds mail as such, limits, and policies.

What remains is where the message goes: reply, catchall, alias and so on, as for any other.
"""

from __future__ import annotations

from copy import copy

from mailgate.routing.directory import Alias
from mailgate.routing.facts import Facts
from mailgate.routing.router import RULES, Chain
from mailgate.routing.rules.guard import blocked, spam, verification
from mailgate.routing.rules.known import duplicate
from mailgate.routing.rules.message import empty, loop, oversize

PASSED = (empty, oversize, loop, duplicate, spam, blocked, verification)
"""The rules that are not asked; those remain that know where a message goes."""
RELEASE = Chain(tuple(rule for rule in RULES if rule not in PASSED))
"""The chain for a message that a person releases."""


def released(facts: Facts) -> Facts:
    """Return facts without limits, and with aliases that take everyone's mail.

    An alias that cannot work as it is stays as it is.
    """
    parameters = copy(facts.parameters)
    parameters.loop_threshold = parameters.alias_threshold = 0
    opened = tuple(_opened(alias, facts) for alias in facts.directory.aliases)
    changed = copy(facts)
    changed.parameters, changed.directory = parameters, facts.directory.with_aliases(opened)
    return changed


def _opened(alias: Alias, facts: Facts) -> Alias:
    if alias.policy == "followers" and (alias.record or alias.parent) not in facts.records:
        return alias
    opened = copy(alias)
    opened.policy = "everyone"
    return opened
