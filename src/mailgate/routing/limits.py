"""How many records an author, or an alias, may start in a while."""

from __future__ import annotations

from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts
from mailgate.routing.verdict import Verdict

REASON = "loop"
"""The quarantine reason of mail over a limit."""


def over_limit(
    message: Incoming, facts: Facts, rule: str, model: int, alias: int | None
) -> Verdict | None:
    """Return the verdict that holds a message which would start one record too many, or None.

    As many again are held; what comes then is rejected, so a mail bomb does not fill the disk.
    """
    parameters = facts.parameters
    author = message.author or ""
    counts = [
        (parameters.loop_threshold, facts.openings.of_author(model), f"{author or 'nobody'}"),
        (parameters.alias_threshold, facts.openings.of_alias(alias), "this alias"),
    ]
    if facts.author_allowed:
        counts = counts[1:]
    for threshold, (opened, held), who in counts:
        if not threshold or opened < threshold:
            continue
        reason = f"{who} started {opened} records within {parameters.loop_minutes} minutes"
        if held >= threshold:
            text = f"{reason}, and {held} more messages are held"
            return Verdict("rejected", rule, text, status="5.7.1")
        return Verdict(
            "held",
            rule,
            f"{reason}, {threshold} are allowed",
            held=(REASON, reason),
            alias=alias,
            limited=model,
            notice="loop",
        )
    return None
