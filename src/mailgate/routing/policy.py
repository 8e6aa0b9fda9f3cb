"""Who may write to an alias, and how many records an author, or an alias, may start."""

from __future__ import annotations

from mailgate.mail.incoming import Incoming
from mailgate.routing.directory import Alias
from mailgate.routing.facts import Facts
from mailgate.routing.verdict import Verdict

MISCONFIGURED = "alias"
"""The quarantine reason of mail to an alias that cannot work as it is."""
OVER_LIMIT = "loop"
"""The quarantine reason of mail over a limit."""


def objection(
    message: Incoming, alias: Alias, facts: Facts, rule: str, record: int | None
) -> Verdict | None:
    """Return the verdict that refuses or holds the message, or None where it is welcome.

    ``record`` is the one it would go to, None where it would start one.
    """
    if alias.policy == "everyone":
        return None
    author = message.author or "an unknown author"
    if facts.authentication is not None and facts.author_failed:
        reason = f"{author} is not proven: {facts.authentication.reason}"
        return refused(alias, rule, f"{alias.address} takes mail of proven authors only; {reason}")
    if alias.policy == "internal":
        if facts.author_internal:
            return None
        return refused(
            alias,
            rule,
            f"{alias.address} takes mail from internal contacts only, and {author} is none",
        )
    if alias.policy == "contacts":
        if facts.author_known:
            return None
        return refused(
            alias,
            rule,
            f"{alias.address} takes mail from known contacts only, and {author} was none",
        )
    return _followers(alias, facts, rule, author, record)


def _followers(
    alias: Alias, facts: Facts, rule: str, author: str, record: int | None
) -> Verdict | None:
    place = record or alias.record or alias.parent
    if place is None or place not in facts.records:
        return misconfigured(
            alias, rule, f"{alias.address} takes mail from followers, but has no record to follow"
        )
    if facts.records[place].author_follows:
        return None
    return refused(
        alias,
        rule,
        f"{alias.address} takes mail from followers of record {place} only, and {author} is none",
    )


def refused(alias: Alias, rule: str, reason: str) -> Verdict:
    """Return the refusal that an alias chose: a notice, or a rejection."""
    if alias.on_refusal == "reject":
        return Verdict("rejected", rule, reason, status="5.7.1", alias=alias.id, cause="policy")
    return Verdict("refused", rule, reason, notice="policy", alias=alias.id)


def misconfigured(alias: Alias, rule: str, detail: str) -> Verdict:
    """Return the verdict that holds mail to an alias which cannot work."""
    return Verdict(
        "held", rule, detail, held=(MISCONFIGURED, detail), alias=alias.id, invalid=(alias.id,)
    )


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
        from mailgate.entities.count import counted

        time = counted(parameters.loop_minutes, "minute")
        reason = f"{who} started {counted(opened, 'record')} within {time}"
        if held >= threshold:
            text = f"{reason}, and {counted(held, 'more message')} {_are(held)} held"
            return Verdict("rejected", rule, text, status="5.7.1", alias=alias, cause=OVER_LIMIT)
        return Verdict(
            "held",
            rule,
            f"{reason}, {threshold} {_are(threshold)} allowed",
            held=(OVER_LIMIT, reason),
            alias=alias,
            limited=((model, alias),),
            notice="loop",
        )
    return None


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
