"""Notices and acknowledgements: which a message calls for, which are sent, and their writing."""

from __future__ import annotations

from _blake2 import blake2b
from zlib import compress

from mailgate.gateway.asking import Asking
from mailgate.gateway.letterhead import Post, letterhead, queue
from mailgate.mail import notice as letters
from mailgate.mail.incoming import Incoming
from mailgate.mail.notice import Letter
from mailgate.routing.directory import Alias, Directory, Domain
from mailgate.routing.facts import Facts
from mailgate.routing.notices import Lately, addressee, refusal, silence
from mailgate.routing.plan import NO_ROUTE, Applied, Plan
from mailgate.routing.policy import OVER_LIMIT
from mailgate.routing.verdict import ACKNOWLEDGEMENT, Sending, Wish
from mailgate.store import intake, lookups
from mailgate.store import notices as store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.store.driver import Connection

_HOUR = 3600


def decide(connection: Connection, message: Incoming, plan: Plan, facts: Facts) -> list[Sending]:
    """Say which of the wished notices are sent; the reasons for the others go to their verdicts.

    One message never causes two of one kind, but each record that it starts is acknowledged.
    What it caused itself does not count in a bound, so the order of its recipients decides nothing.
    """
    to = addressee(message)
    quiet = silence(message, facts)
    if quiet is None and lookups.first_domain(connection) is None:
        quiet = "there is no domain of ours to write from"
    lately = None
    sendings: list[Sending] = []
    sent: dict[str, Sending] = {}
    for wish in plan.wishes:
        why = quiet
        if why is None and to is not None:
            if lately is None:
                lately = _lately(connection, message, facts, to)
            why = refusal(wish.kind, to, facts, lately)
        if why is None and wish.kind in sent and wish.kind != ACKNOWLEDGEMENT:
            sent[wish.kind].also.append(wish)
            if wish.kind != NO_ROUTE:
                wish.verdict.reason += f"; no notice: {to} gets one for another recipient"
        elif why is None and to is not None:
            sent[wish.kind] = Sending(wish, to)
            sendings.append(sent[wish.kind])
        else:
            what = "acknowledgement" if wish.kind == ACKNOWLEDGEMENT else "notice"
            wish.verdict.reason += f"; no {what}: {why}"
    return sendings


def _lately(connection: Connection, message: Incoming, facts: Facts, to: str) -> Lately:
    asking = Asking(connection, facts.parameters)
    asking.address(to)
    ours = asking.directory().ours(to)
    since = facts.at - facts.parameters.notice_interval * 60
    about = message.message_id
    kinds = store.kinds_since(connection, to, since, but=about)
    if not facts.anew:
        kinds |= store.kinds_about(connection, to, about) - {ACKNOWLEDGEMENT}
    hour = store.count_since(connection, facts.at - _HOUR, facts.parameters.notice_max, but=about)
    suppressed = store.is_suppressed(connection, to)
    return Lately(frozenset(kinds), hour, ours=ours, suppressed=suppressed)


def first(sendings: list[Sending]) -> Sending | None:
    """Return the first notice, acknowledgements aside."""
    return next((s for s in sendings if s.wish.kind != ACKNOWLEDGEMENT), None)


def write(
    connection: Connection,
    message: Incoming,
    facts: Facts,
    sendings: list[Sending],
    applied: Applied,
) -> None:
    """Compose the letters into the outbox, in the transaction that caused them."""
    for sending in sendings:
        domain = _domain(connection, sending.wish, facts.directory)
        alias = _alias(sending.wish, facts.directory)
        if sending.wish.kind == ACKNOWLEDGEMENT:
            if alias is not None:
                _acknowledge(connection, message, facts, sending, alias, applied)
            continue
        values = _values(sending.wish, domain, facts.directory)
        refusals = tuple(_refusal(wish) for wish in (sending.wish, *sending.also))
        text = alias.refusal_text if alias and sending.wish.kind == "policy" else ""
        letter = letters.notice(
            text or letters.standard_text(sending.wish.kind, values, refusals),
            message.header,
            message.message_id,
            to=sending.to,
            bounce=f"{domain.bounce}@{domain.name}",
            at=facts.at,
        )
        _post(connection, message, facts, sending, letter)


def _acknowledge(
    connection: Connection,
    message: Incoming,
    facts: Facts,
    sending: Sending,
    alias: Alias,
    applied: Applied,
) -> None:
    """Answer a new record in the alias's words: a message of the record, so answers thread."""
    taken = zip(applied.records, applied.messages, strict=False)
    found = next(((row[0], number) for row, number in taken if row[3] == alias.address), None)
    if found is None:
        return
    record, answered = found
    paper = letterhead(connection, facts.parameters, record)
    letter = letters.acknowledgement(
        alias.acknowledge,
        message.header,
        message.message_id,
        to=sending.to,
        address=alias.address,
        company=alias.domain.company,
        reply_to=paper.answer_to,
        at=facts.at,
    )
    store.add_original(connection, digest(letter), compress(letter.data))
    values = (letter.message_id, record, answered, applied.journal)
    shown = (digest(letter), alias.address, letter.subject, facts.at)
    number = store.add_message(connection, (*values, *shown))
    applied.messages.append(number)
    intake.add_addressed(connection, record, [sending.to])
    post = Post(
        number,
        letter.message_id,
        letter.subject,
        digest(letter),
        facts.at,
        about=message.message_id,
        notice=ACKNOWLEDGEMENT,
    )
    queue(connection, paper, post, sending.to)
    paper.remember(connection, letter.message_id, number)


def _post(
    connection: Connection, message: Incoming, facts: Facts, sending: Sending, letter: Letter
) -> None:
    """Queue a notice, whose envelope sender is null, and remember that it belongs to no record."""
    store.add_original(connection, digest(letter), compress(letter.data))
    store.add_outbox(
        connection,
        (
            "notice",
            sending.wish.kind,
            message.message_id,
            letter.message_id,
            None,
            "",
            sending.to,
            letter.subject,
            digest(letter),
            facts.at,
        ),
    )
    store.remember(connection, letter.message_id, 0, None, None, None)


def digest(letter: Letter) -> bytes:
    """Return the digest under which the bytes of a letter are kept."""
    return blake2b(letter.data, digest_size=32).digest()


def _values(wish: Wish, domain: Domain, directory: Directory) -> dict[str, str]:
    contact = domain.contact or f"postmaster@{domain.name}"
    address = wish.recipient.address
    gone = directory.retirement(address) if wish.recipient.valid else None
    return {
        "address": address,
        "contact": contact,
        "company": domain.company or domain.name,
        "successor": (gone[1] if gone else None) or contact,
    }


def _refusal(wish: Wish) -> str:
    """Return the line that tells of one recipient who was rejected."""
    verdict = wish.verdict
    why = "there is no such address here"
    if verdict.cause == "policy":
        why = "this address takes mail from certain senders only"
    elif verdict.cause == OVER_LIMIT:
        why = "you wrote to it too often within a short while"
    elif not wish.recipient.valid:
        why = "this cannot be an address"
    return f"{wish.recipient.address}: {why}"


def _alias(wish: Wish, directory: Directory) -> Alias | None:
    return next((alias for alias in directory.aliases if alias.id == wish.alias), None)


def _domain(connection: Connection, wish: Wish, directory: Directory) -> Domain:
    """Return the domain that the message was for, else the one of the alias, else the first."""
    for domain in directory.domains.values():
        if wish.recipient.valid and domain.name == wish.recipient.domain:
            return domain
    alias = _alias(wish, directory)
    if alias is not None:
        return alias.domain
    row = lookups.domain(connection, lookups.first_domain(connection) or "")
    if row is None:
        raise LookupError("notices are written where there is a domain")
    return Domain(*row)
