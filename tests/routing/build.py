"""Messages and facts for tests of the rules, in few words."""

from __future__ import annotations

from collections.abc import Mapping

from mailgate.entities.defaults import DEFAULTS
from mailgate.mail.address import normalise
from mailgate.mail.envelope import Envelope
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import Reader
from mailgate.routing.directory import Alias, Directory, Domain
from mailgate.routing.facts import Facts, Fallback, Known, Parameters, Record
from mailgate.routing.verdict import Recipient

DOMAIN = Domain(1, "example.com", "catchall", "bounce")
OTHER = Domain(2, "example.net", "all", "errors")
LEAD, TICKET = 1, 2
MODELS = {LEAD: "lead", TICKET: "ticket"}
INFO = Alias(1, "info", DOMAIN, LEAD, "lead")
HELP = Alias(2, "help", DOMAIN, TICKET, "ticket")
LETTER = "From: ann@x.org\nDate: today\nSubject: chairs\nMessage-ID: <new@x.org>\n"
BOUNCED = "Your message could not be delivered.\n"
DSN = "Content-Type: multipart/report; report-type=delivery-status\n"
ARF = "Content-Type: multipart/report; report-type=feedback-report\n"


def message(
    extra: str = "",
    *,
    header: str = LETTER,
    body: str = "Ten, please.\n",
    sender: str | None = "ann@x.org",
    recipients: tuple[str, ...] | None = ("info@example.com",),
    limit: int = 10**6,
    checked: bool = False,
    refusable: bool = True,
    model: str | None = None,
) -> Incoming:
    """Return a person's letter; ``extra`` are more header fields."""
    reader = Reader(limit)
    reader.feed(f"{header}{extra}\n{body}".encode() if header or extra else body.encode())
    envelope = Envelope(
        "pipe", sender, recipients, checked=checked, refusable=refusable, model=model
    )
    return Incoming(reader.finish(), envelope)


def recipient(text: str = "info@example.com", *, waits: bool = False) -> Recipient:
    """Return a recipient as it is gathered; every domain stands for itself but old.example."""
    address = normalise(text, "example.com")
    if address is None:
        return Recipient(text, text, valid=False)
    return Recipient(address, address.replace("@old.example", "@example.com"), waits=waits)


def facts(
    *aliases: Alias,
    known: Mapping[str, tuple[Known, ...]] | None = None,
    tokens: dict[str, str] | None = None,
    records: tuple[Record, ...] = (),
    retired: dict[str, str] | None = None,
    delimiter: str = "+",
    allowed: tuple[str, ...] = (),
    contact: bool = False,
    internal: bool = False,
    fallback: Fallback | None = None,
    max_bytes: int = 10**6,
) -> Facts:
    """Return facts of two domains, of which old.example is redirected to the first."""
    directory = Directory(
        domains={"example.com": DOMAIN, "old.example": DOMAIN, "example.net": OTHER},
        aliases=aliases or (INFO, HELP),
        retired={address: (kind, None) for address, kind in (retired or {}).items()},
        delimiter=delimiter,
        allowed=allowed,
    )
    return Facts(
        Parameters(DEFAULTS | {"mail.message.max.bytes": str(max_bytes)}),
        directory,
        known=dict(known or {}),
        tokens=tokens,
        records={record.id: record for record in records},
        models=MODELS,
        author_known=contact,
        author_internal=internal,
        fallback=fallback,
    )


def taken(
    of: Incoming,
    address: str = "info@example.com",
    record: int = 5,
    *,
    model: int = LEAD,
    alias: int | None = 1,
    started: bool = True,
    other_content: bool = False,
) -> Known:
    """Return what is known after a message was taken (record 0: held) for a recipient."""
    return Known(
        address,
        record,
        model if record else None,
        alias,
        started=started and record > 0,
        identity=of.identity,
        digest=b"other" if other_content else of.original.content,
    )


def threaded(record: int = 5, model: int = LEAD, alias: int | None = 1) -> Known:
    """Return an earlier message of a record."""
    return Known("info@example.com", record, model, alias, started=True, identity=b"", digest=b"")


def record(
    number: int = 5,
    model: int = LEAD,
    alias: int | None = 1,
    *,
    follows: bool = False,
    addressed: bool = False,
) -> Record:
    """Return a record that exists."""
    return Record(
        number,
        model,
        MODELS[model],
        alias,
        author_follows=follows,
        author_addressed=addressed,
    )


def alias(number: int, local_part: str, model: int = LEAD, **options: object) -> Alias:
    """Return an alias of the first domain, or of ``domain``."""
    domain = options.pop("domain", DOMAIN)
    assert isinstance(domain, Domain)
    return Alias(number, local_part, domain, model, MODELS[model], **options)  # type: ignore[arg-type]  # each is named as it is declared
