"""Looks up everything the rules may need for one message, inside its transaction."""

from __future__ import annotations

from mailgate.entities.defaults import DEFAULTS
from mailgate.gateway.asking import Asking, Kept
from mailgate.mail.address import normalise, printable, split
from mailgate.mail.incoming import Incoming, header_recipients, reused_id
from mailgate.routing.directory import local_parts
from mailgate.routing.facts import Facts, Fallback, Known, Openings, Parameters, Record
from mailgate.routing.verdict import Recipient
from mailgate.store import lookups

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.mail.authentication import Authentication
    from mailgate.store.driver import Connection


class Without:
    """What is left out where a message is judged again: what a journal entry left behind.

    Without ``recipients`` that is all of it, and what came of the message later, as by a release
    from quarantine; with them only what is held for these (or for a fallback, under its key).
    """

    __slots__ = ("journal", "recipients")

    def __init__(self, journal: int, recipients: frozenset[str] | None = None) -> None:
        self.journal = journal
        self.recipients = recipients

    @property
    def openings(self) -> tuple[int, int]:
        """Return which of the records that were started do not count."""
        return self.journal, 0 if self.recipients is None else 1

    def hides(self, journal: int | None, recipient: str, record: int) -> bool:
        """Tell whether what is known of an id is left out."""
        if self.recipients is None:
            return journal is not None and journal >= self.journal
        return journal == self.journal and not record and recipient in self.recipients


def parameters(connection: Connection) -> Parameters:
    """Return the parameters in force."""
    return Parameters(DEFAULTS | lookups.parameters(connection))


def gather(
    connection: Connection,
    message: Incoming,
    limits: Parameters,
    at: int,
    without: Without | None = None,
    kept: Kept | None = None,
) -> tuple[tuple[Recipient, ...], Facts]:
    """Return the recipients of a message and the facts by which they are judged.

    Without an envelope the header's recipients count: only ours, where any is. ``without`` is
    left out; ``kept`` are answers for other messages of the same transaction.
    """
    envelope = message.envelope
    asking = Asking(connection, limits, kept)
    recipients = _recipients(message, asking)
    directory = asking.directory()
    if any(r.valid and directory.role(r.address) == "catchall" for r in recipients):
        for address in message.addressed:
            asking.address(address)
    tokens = _tokens(recipients, asking)
    known, records = _named(asking, message, without, dict(tokens.values()))
    gone = {row.alias for rows in known.values() for row in rows if row.record not in records}
    for number in gone - {None}:
        asking.alias(number or 0)
    internal, known_before, bounces = _author(connection, message)
    allowed, blocked = _listed(asking, message.author or "")
    fallback = None
    if envelope.model is not None:
        fallback = asking.kept.ask(_fallback, envelope.model, envelope.fallback_key)
    models = set() if allowed else _models(asking, known, fallback)
    facts = Facts(
        limits,
        asking.directory(),
        known=known,
        tokens={address: text for address, (text, _) in tokens.items()},
        records=records,
        models=lookups.models(connection) if gone else {},
        author_known=known_before,
        author_internal=internal,
        author_allowed=allowed,
        author_blocked=blocked,
        author_bounces=bounces,
        authentication=_authentication(message, limits),
        openings=_openings(asking, message, models, at, without),
        fallback=fallback,
        at=at,
        anew=without is not None and without.recipients is None,
    )
    return recipients, facts


def _models(
    asking: Asking, known: dict[str, tuple[Known, ...]], fallback: Fallback | None
) -> set[int]:
    """Return the models of which this message could start a record."""
    models = {alias.model for alias in asking.aliases.values()}
    models |= {row.model for rows in known.values() for row in rows if row.model}
    if fallback is not None and fallback.model is not None:
        models.add(fallback.model)
    return models


def _authentication(message: Incoming, limits: Parameters) -> Authentication | None:
    if not limits.trusted_authserv:
        return None
    from mailgate.mail.authentication import judge

    return judge(message.header, limits.trusted_authserv, message.author)


def _openings(
    asking: Asking, message: Incoming, models: set[int], at: int, without: Without | None
) -> Openings:
    """Count what the author, and the aliases, started within the window."""
    left = without.openings if without is not None else (0, 0)
    but = (*left, message.message_id, message.identity)
    limits, connection = asking.limits, asking.connection
    since, most = at - limits.loop_minutes * 60, limits.loop_threshold * 2 + 1
    author = message.author or ""
    by_author = {
        model: lookups.openings_of_author(connection, author, model, since, most, but)
        for model in (models if limits.loop_threshold else ())
    }
    most = limits.alias_threshold * 2 + 1
    by_alias = {
        alias: lookups.openings_of_alias(connection, alias, since, most, but)
        for alias in (asking.aliases if limits.alias_threshold else ())
    }
    return Openings(by_author, by_alias)


def _recipients(message: Incoming, asking: Asking) -> tuple[Recipient, ...]:
    """Return the recipients: of the envelope, else those of the header, only ours where any is."""
    if message.envelope.recipients is not None:
        return _enveloped(message.envelope.recipients, asking)
    named = message.named
    if named is None:
        named = tuple(header_recipients(message.header, asking.default_domain))
    recipients = asking.restore(named)
    if recipients is None:
        recipients = _ours(named, asking)
        asking.remember(named, recipients)
    return recipients


def _ours(named: tuple[tuple[str, str], ...], asking: Asking) -> tuple[Recipient, ...]:
    recipients = tuple(
        [Recipient(address, asking.address(address), field, waits=True) for address, field in named]
    )
    directory = asking.directory()
    return tuple([each for each in recipients if directory.ours(each.address)]) or recipients


def _enveloped(texts: tuple[str, ...], asking: Asking) -> tuple[Recipient, ...]:
    found: dict[str, Recipient] = {}
    for text in texts:
        address = normalise(text, asking.default_domain)
        if address is None:
            shown = printable(text)
            found.setdefault(shown, Recipient(shown, shown, "envelope", valid=False))
        elif address not in found:
            found[address] = Recipient(address, asking.address(address), "envelope")
    return tuple(found.values())


def _tokens(recipients: tuple[Recipient, ...], asking: Asking) -> dict[str, tuple[str, int]]:
    """Return the reply token, and the record it names, of recipients that carry one of ours."""
    details = {}
    delimiter = asking.limits.delimiter
    for recipient in recipients:
        if not delimiter or delimiter not in recipient.address:
            continue
        parts = local_parts(split(recipient.address)[0], delimiter)
        if recipient.valid and len(parts) > 1 and asking.directory().ours(recipient.address):
            details[recipient.address] = parts[0][len(parts[1]) + len(delimiter) :]
    return _genuine(asking.connection, details) if details else {}


def _genuine(connection: Connection, details: dict[str, str]) -> dict[str, tuple[str, int]]:
    from mailgate.mail import token

    likely = {address: text.lower() for address, text in details.items() if token.looks_like(text)}
    if not likely:
        return {}
    from mailgate.store import secrets

    keys = secrets.token_keys(connection)
    numbers = {text: token.record_of(keys, text) for text in likely.values()}
    return {
        address: (text, number)
        for address, text in likely.items()
        if (number := numbers[text]) is not None
    }


def _named(
    asking: Asking, message: Incoming, without: Without | None, tokens: dict[str, int]
) -> tuple[dict[str, tuple[Known, ...]], dict[int, Record]]:
    """Return what is known of ids and tokens, and the records that exist."""
    known = _known(asking.connection, message, without, list(tokens))
    numbers = set(tokens.values())
    records = _records(asking.connection, known, asking, message.author or "", numbers)
    for text, number in tokens.items():
        record = records.get(number)
        if record is not None:
            ours = Known("", number, record.model, record.alias, outgoing=True)
            known[text] = (*known.get(text, ()), ours)
    return known, records


def _known(
    connection: Connection, message: Incoming, without: Without | None, tokens: list[str]
) -> dict[str, tuple[Known, ...]]:
    ids = dict.fromkeys(
        [
            message.message_id,
            *message.references,
            *message.returned,
            *([message.ours] if message.ours else []),
            *tokens,
        ]
    )
    rows = lookups.known(connection, list(ids))
    if not rows:
        return {}
    if any(row[0] == message.message_id for row in rows):
        rows += lookups.known(connection, [reused_id(message)])
    found: dict[str, list[Known]] = {}
    for row in rows:
        identifier, recipient, record, model, alias, started, number, way = row[:8]
        identity, digest, journal = row[8:]
        if without is not None and without.hides(journal, recipient, record):
            continue
        known = Known(
            recipient,
            record,
            model,
            alias,
            started=bool(started),
            outgoing=way == "out",
            identity=identity,
            digest=digest,
            message=number,
        )
        found.setdefault(identifier, []).append(known)
    return {identifier: tuple(known) for identifier, known in found.items()}


def _records(
    connection: Connection,
    known: dict[str, tuple[Known, ...]],
    asking: Asking,
    author: str,
    named: set[int],
) -> dict[int, Record]:
    numbers = named | {row.record for rows in known.values() for row in rows if row.record}
    for alias in asking.aliases.values():
        numbers.update([number for number in (alias.record, alias.parent) if number])
    if not numbers:
        return {}
    rows = lookups.records(connection, sorted(numbers), author)
    return {
        row[0]: Record(*row[:5], author_follows=bool(row[5]), author_addressed=bool(row[6]))
        for row in rows
    }


def _listed(asking: Asking, author: str) -> tuple[bool, bool]:
    """Return whether the allow list and the block list name an author; most lists are empty."""
    if asking.kept.ask(lookups.lists_are_empty):
        return False, False
    return lookups.listed(asking.connection, author)


def _author(connection: Connection, message: Incoming) -> tuple[bool, bool, bool]:
    """Return whether the author is internal, was known before this message, and has bounces."""
    row = lookups.contact(connection, message.author) if message.author else None
    if row is None:
        return False, False, False
    internal, origin, bounces = row
    known_before = origin not in (message.message_id, reused_id(message))
    return bool(internal), known_before, bounces > 0


def _fallback(connection: Connection, name: str, key: str) -> Fallback:
    return Fallback(key, lookups.model(connection, name), name)
