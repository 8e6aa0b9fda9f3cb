"""What the chain says for one recipient."""

from __future__ import annotations

from mailgate.mail.address import split
from mailgate.status import ACCEPTED, OUTCOMES

ACKNOWLEDGEMENT = "acknowledgement"
"""The kind of an alias's own answer to a new record; the other kinds are those of notices."""
NOBODY = "-"
"""Stands for the recipient of a held message that names none."""
UNROUTED = "no-route"
"""Stands for the recipients of a message without an envelope that nobody takes."""
NO_ADDRESS = "the recipient cannot be an address"
"""Why rules about addresses pass over a recipient."""


class Target:
    """A record that gets the message: an existing one, or a new one where ``record`` is None.

    ``alias`` is the alias that decided (an id and address), ``values`` and ``name`` are those of
    a new record; ``replaces`` are ids that named a record that is gone. ``copies`` are the
    addresses that the message is sent on to, once that is decided.
    """

    __slots__ = (
        "alias",
        "alias_address",
        "copies",
        "domain",
        "followers",
        "model",
        "model_name",
        "name",
        "record",
        "replaces",
        "stranger",
        "values",
    )

    def __init__(
        self,
        model: int,
        model_name: str,
        *,
        record: int | None = None,
        alias: int | None = None,
        alias_address: str | None = None,
        domain: int | None = None,
        name: str | None = None,
        values: tuple[tuple[str, str], ...] = (),
        followers: tuple[str, ...] = (),
        replaces: tuple[str, ...] = (),
        stranger: bool = False,
    ) -> None:
        self.model = model
        self.model_name = model_name
        self.record = record
        self.alias = alias
        self.alias_address = alias_address
        self.domain = domain
        self.name = name
        self.values = values
        self.followers = followers
        self.replaces = replaces
        self.stranger = stranger
        self.copies: tuple[str, ...] = ()


class Verdict:
    """Outcome, rule and reason for one recipient, and what it leads to.

    ``status`` is the enhanced code (RFC 3463); ``message_id`` the id the message is known by,
    ``key`` the recipient under which it is remembered; ``held`` a pair of quarantine reason and
    detail, ``holder`` the id of the alias that holds it, ``limited`` (model, alias) of each record
    that a limit held; ``alias`` is the id of the alias that decided, ``used`` those of aliases that
    lead to a record it is in already; ``notice`` the kind of notice the sender would get;
    ``cause`` the quarantine reason where the channel cannot reject; ``invalid`` the ids of aliases
    found misconfigured; ``flags`` go into the journal.
    """

    __slots__ = (
        "alias",
        "cause",
        "flags",
        "held",
        "holder",
        "invalid",
        "key",
        "limited",
        "message_id",
        "notice",
        "outcome",
        "reason",
        "rule",
        "status",
        "targets",
        "used",
    )

    def __init__(
        self,
        outcome: str,
        rule: str,
        reason: str,
        *,
        status: str = ACCEPTED,
        message_id: str = "",
        key: str = "",
        targets: tuple[Target, ...] = (),
        held: tuple[str, str] | None = None,
        alias: int | None = None,
        limited: tuple[tuple[int, int | None], ...] = (),
        notice: str | None = None,
        cause: str = "",
        invalid: tuple[int, ...] = (),
        flags: tuple[str, ...] = (),
        used: tuple[int, ...] = (),
    ) -> None:
        self.outcome = outcome
        self.rule = rule
        self.reason = reason
        self.status = status
        self.message_id = message_id
        self.key = key
        self.targets = targets
        self.held = held
        self.holder = alias if held else None
        self.alias = alias
        self.limited = limited
        self.notice = notice
        self.cause = cause or rule
        self.used = used
        self.invalid = invalid
        self.flags = flags

    def under(self, message_id: str, key: str) -> Verdict:
        """Have a held message remembered by that id and key; what was refused may come again."""
        if self.held is not None:
            self.message_id, self.key = message_id, key or NOBODY
        return self


class Recipient:
    """One recipient on its way through the chain.

    ``address`` is as given, normalised; ``resolved`` has the domain it stands for; ``source`` is
    ``envelope`` or the header field it was found in. ``address`` of a text that cannot be one is
    that text, and ``valid`` is False. ``waits`` says that the fallback has to wait for the
    others: it takes a message without an envelope only where no recipient did.
    """

    __slots__ = ("address", "resolved", "source", "valid", "waits")

    def __init__(
        self,
        address: str,
        resolved: str,
        source: str = "envelope",
        *,
        valid: bool = True,
        waits: bool = False,
    ) -> None:
        self.address = address
        self.resolved = resolved
        self.source = source
        self.valid = valid
        self.waits = waits

    @property
    def domain(self) -> str:
        """Return the domain it stands for."""
        return split(self.resolved)[1]


class Wish:
    """A notice that a verdict calls for, before it is decided whether it is sent.

    ``recipient`` and ``verdict`` are what it is about, ``kind`` says which text, ``alias`` is the
    id of the alias that has its own, or None.
    """

    __slots__ = ("alias", "kind", "recipient", "verdict")

    def __init__(
        self, kind: str, recipient: Recipient, verdict: Verdict, alias: int | None = None
    ) -> None:
        self.alias = verdict.alias if alias is None else alias
        self.kind = kind
        self.recipient = recipient
        self.verdict = verdict


class Sending:
    """A notice that will be sent: its wish and whom it goes to.

    ``also`` are wishes of the same kind for other recipients, which the same notice tells of.
    """

    __slots__ = ("also", "to", "wish")

    def __init__(self, wish: Wish, to: str) -> None:
        self.wish = wish
        self.to = to
        self.also: list[Wish] = []


def better(first: Verdict, second: Verdict) -> Verdict:
    """Return the more successful of two verdicts, the first where they are equal."""
    if OUTCOMES.index(second.outcome) < OUTCOMES.index(first.outcome):
        return second
    return first
