"""Sending on what came in: who gets a copy is decided, and then the copies are written.

Both in the transaction of the message; imported only where somebody follows.
"""

from __future__ import annotations

from mailgate.gateway.asking import Asking
from mailgate.gateway.letterhead import Letterhead, Post, letterhead, queue
from mailgate.gateway.thread import behind, outside, subject
from mailgate.mail import compose, copy
from mailgate.mail.address import normalise_domain, split
from mailgate.mail.incoming import Incoming
from mailgate.routing.facts import Facts
from mailgate.routing.forward import Follower, Lately, limit, obstacle, receivers
from mailgate.routing.plan import Plan
from mailgate.routing.verdict import Target, Verdict
from mailgate.store import lookups, outgoing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.store.driver import Connection


def decide(connection: Connection, message: Incoming, plan: Plan, facts: Facts) -> None:
    """Say of each record that a plan reaches who gets copies; the reasons go to the verdicts."""
    asking = Asking(connection, facts.parameters)
    loops = copy.loops(message.header)
    ours = (loop for loop in loops if _is_ours(connection, loop))
    why = obstacle(message, loops, ours, copy.MAX_LOOPS)
    if why is None and asking.default_domain is None:
        why = "there is no domain of ours to write from"
    for verdict in plan.verdicts:
        for target in verdict.targets:
            reason = _decide(asking, message, facts, verdict, target, why)
            if reason and reason not in verdict.reason:
                verdict.reason += f"; not sent on: {reason}"


def _decide(
    asking: Asking,
    message: Incoming,
    facts: Facts,
    verdict: Verdict,
    target: Target,
    why: str | None,
) -> str | None:
    """Say who gets copies from one record, or return why nobody does where somebody follows."""
    author = message.author or ""
    followers = _followers(asking, target, author)
    to, reason = receivers(author, followers, stranger=target.stranger)
    if not to:
        return reason
    if why is None:
        why = limit(author, _lately(asking.connection, facts, verdict, target, author))
    if why is None:
        target.copies = to
    return why


def _followers(asking: Asking, target: Target, author: str) -> list[Follower]:
    """Return who follows a record, or will follow it once it is there; not the author."""
    connection = asking.connection
    if target.record is None:
        addresses, of_alias = list(target.followers), set(target.followers)
    else:
        addresses = outgoing.followers(connection, target.record)
        stranger = target.stranger and target.alias is not None
        of_alias = (
            set(lookups.alias_followers(connection, target.alias or 0)) if stranger else set()
        )
    addresses = [address for address in addresses if address != author]
    known = outgoing.contacts(connection, addresses)
    for address in addresses:
        asking.address(address)
    directory = asking.directory()
    return [
        Follower(
            address,
            internal=address in known and known[address][0],
            suppressed=address in known and known[address][1],
            ours=directory.receives(address),
            of_alias=address in of_alias,
        )
        for address in addresses
    ]


def _lately(
    connection: Connection, facts: Facts, verdict: Verdict, target: Target, author: str
) -> Lately:
    limits = facts.parameters
    before, most = 0, limits.loop_threshold
    if most and target.record is not None:
        since = facts.at - limits.loop_minutes * 60
        which = (target.record, author, since, most, verdict.message_id)
        before = outgoing.written(connection, *which)
    return Lately(before, most, limits.loop_minutes)


def _is_ours(connection: Connection, loop: str) -> bool:
    """Tell whether a domain, or an address in it, is ours."""
    name = normalise_domain(loop.rpartition("@")[2].strip("<>"))
    return name is not None and lookups.domain(connection, name) is not None


def write(
    connection: Connection,
    message: Incoming,
    facts: Facts,
    target: Target,
    record: int,
    row: tuple[int, int | None],
) -> None:
    """Compose the copies from one record into the outbox; ``row``: (id, parent) of the message."""
    number, parent = row
    paper = letterhead(connection, facts.parameters, record)
    if target.record is None:
        foreign = [i for i in message.references if not facts.known.get(i)]
        thread = outside(foreign, message.message_id)
        title = compose.one_reply_mark(message.subject)
    else:
        thread = behind(connection, record, parent, number)
        title = subject(connection, record, paper.name, number)
    identifier = compose.message_id("copy", paper.domain)
    post = Post(
        number,
        identifier,
        title,
        message.original.digest,
        facts.at,
        about=message.message_id,
    )
    paper.remember(connection, identifier, number)
    own = _is_own(connection, message, facts, target)
    sender = paper.author(_name(message, facts, target), message.author or "", own=own)
    fields = _fields(message, facts, paper, post, sender, thread.fields())
    if target.stranger:
        fields.append(("X-Mailgate-Stranger", compose.unstructured(message.author or "?")))
    head = compose.header([*fields, *copy.kept(message.header, message.kind)])
    for recipient in target.copies:
        queue(connection, paper, post, recipient, head)


def _fields(
    message: Incoming,
    facts: Facts,
    paper: Letterhead,
    post: Post,
    sender: str,
    thread: list[tuple[str, str]],
) -> list[copy.Field]:
    header = message.header
    to, cc = (copy.recipients(header, name) for name in ("to", "cc"))
    loops = [("X-Loop", loop) for loop in (paper.domain, *copy.loops(header))]
    return [
        ("From", sender),
        ("To", to or ("" if cc else paper.address)),
        ("Cc", cc),
        ("Reply-To", paper.answer_to),
        ("Subject", copy.subject(post.subject)),
        ("Date", copy.date(header, facts.at)),
        ("Message-ID", post.message_id),
        *thread,
        ("X-Mailgate-Message-ID", post.message_id),
        *loops,
    ]


def _name(message: Incoming, facts: Facts, target: Target) -> str:
    name = copy.author_name(message.header, message.author or "") or "somebody"
    if target.stranger or facts.author_failed:
        return f"{name[: compose.MAX_NAME // 4]} {copy.UNVERIFIED}"
    return name


def _is_own(connection: Connection, message: Incoming, facts: Facts, target: Target) -> bool:
    """Tell whether the author may be From: our domain, and no doubt about who wrote."""
    if target.stranger or facts.author_failed or not message.author:
        return False
    return outgoing.is_domain(connection, split(message.author)[1])
