"""What was looked up for a message before it is judged: frozen, and all that rules may know."""

from __future__ import annotations

from mailgate.routing.directory import Directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailgate.mail.authentication import Authentication


class Record:
    """A record that exists, with what matters of it for this message's author."""

    __slots__ = (
        "alias",
        "alias_address",
        "author_addressed",
        "author_follows",
        "id",
        "model",
        "model_name",
    )

    def __init__(
        self,
        id_: int,
        model: int,
        model_name: str,
        alias: int | None,
        alias_address: str | None = None,
        *,
        author_follows: bool = False,
        author_addressed: bool = False,
    ) -> None:
        self.id = id_
        self.model = model
        self.model_name = model_name
        self.alias = alias
        self.alias_address = alias_address
        self.author_follows = author_follows
        self.author_addressed = author_addressed


class Known:
    """One taking or sending of a message id; ``record`` is 0 where it was held.

    ``model`` and ``alias`` are what the record was, also when it is gone; ``started`` says that
    this message began it; ``message`` is the number of the stored message.
    """

    __slots__ = (
        "alias",
        "digest",
        "identity",
        "message",
        "model",
        "outgoing",
        "recipient",
        "record",
        "started",
    )

    def __init__(
        self,
        recipient: str,
        record: int,
        model: int | None,
        alias: int | None,
        *,
        started: bool = False,
        outgoing: bool = False,
        identity: bytes | None = None,
        digest: bytes | None = None,
        message: int | None = None,
    ) -> None:
        self.recipient = recipient
        self.record = record
        self.model = model
        self.alias = alias
        self.started = started
        self.outgoing = outgoing
        self.identity = identity
        self.digest = digest
        self.message = message


class Openings:
    """How many records other messages started lately: pairs of started and held, by model or alias.

    What the same message started at another recipient does not count: a limit judges a message
    as a whole, so that the order of its recipients decides nothing.
    """

    __slots__ = ("_by_alias", "_by_author")

    def __init__(
        self,
        by_author: dict[int, tuple[int, int]] | None = None,
        by_alias: dict[int, tuple[int, int]] | None = None,
    ) -> None:
        self._by_author = by_author or {}
        self._by_alias = by_alias or {}

    def of_author(self, model: int) -> tuple[int, int]:
        """Return how many records of a model the author started, and how many were held."""
        return self._by_author.get(model, (0, 0))

    def of_alias(self, alias: int | None) -> tuple[int, int]:
        """Return how many records an alias started, and how many were held."""
        return self._by_alias.get(alias, (0, 0)) if alias is not None else (0, 0)


class Fallback:
    """The fallback model of a channel; ``key`` stands for the recipient in what is remembered.

    ``model`` is its id, None where there is no such model.
    """

    __slots__ = ("key", "model", "model_name")

    def __init__(self, key: str, model: int | None, model_name: str) -> None:
        self.key = key
        self.model = model
        self.model_name = model_name


class Parameters:
    """The parameters that rules look at, typed; times in minutes, sizes as their keys say."""

    __slots__ = (
        "alias_threshold",
        "allowed_domains",
        "bounce_verp",
        "delimiter",
        "disk_floor",
        "loop_minutes",
        "loop_threshold",
        "max_bytes",
        "notice_interval",
        "notice_max",
        "reply_tokens",
        "spam_field",
        "spam_value",
        "trusted_authserv",
    )

    def __init__(self, values: dict[str, str]) -> None:
        self.delimiter = values["mail.recipient.delimiter"]
        self.disk_floor = int(values["mail.disk.floor.mb"])
        self.max_bytes = int(values["mail.message.max.bytes"])
        self.loop_minutes = int(values["mail.gateway.loop.minutes"])
        self.loop_threshold = int(values["mail.gateway.loop.threshold"])
        self.alias_threshold = int(values["mail.gateway.alias.threshold"])
        self.notice_interval = int(values["mail.notice.interval.minutes"])
        self.notice_max = int(values["mail.notice.max.per.hour"])
        self.trusted_authserv = values["mail.trusted.authserv"]
        self.bounce_verp = values["mail.bounce.verp"] == "true"
        self.reply_tokens = values["mail.reply.tokens"] == "true"
        field, _, value = values["mail.spam.header"].partition(":")
        self.spam_field, self.spam_value = field.strip().lower(), value.strip().casefold()
        allowed = values["mail.catchall.domain.allowed"]
        self.allowed_domains = tuple(allowed.split(",")) if allowed else ()


class Facts:
    """Everything the rules may know beside the message.

    ``known`` maps message ids, and reply tokens, to what is known of them, oldest record first;
    ``tokens`` maps recipients to the token in their address, where it is one of ours; ``records``
    holds those that exist of the records that are named; ``models`` names models by id;
    ``author_known`` says that the author was a contact before this message, ``author_bounces``
    that reports count against it, ``author_allowed`` and ``author_blocked`` that a list names it;
    ``authentication`` is what the trusted receiving system found out, None where none is
    configured; ``at`` is the time in seconds; ``anew`` says that the message came before, and that
    what it caused then is left out.
    """

    __slots__ = (
        "anew",
        "at",
        "authentication",
        "author_allowed",
        "author_blocked",
        "author_bounces",
        "author_internal",
        "author_known",
        "directory",
        "fallback",
        "known",
        "models",
        "openings",
        "parameters",
        "records",
        "tokens",
    )

    def __init__(
        self,
        parameters: Parameters,
        directory: Directory,
        *,
        known: dict[str, tuple[Known, ...]] | None = None,
        tokens: dict[str, str] | None = None,
        records: dict[int, Record] | None = None,
        models: dict[int, str] | None = None,
        author_known: bool = False,
        author_internal: bool = False,
        author_allowed: bool = False,
        author_blocked: bool = False,
        author_bounces: bool = False,
        authentication: Authentication | None = None,
        openings: Openings | None = None,
        fallback: Fallback | None = None,
        at: int = 0,
        anew: bool = False,
    ) -> None:
        self.parameters = parameters
        self.directory = directory
        self.known = known or {}
        self.tokens = tokens or {}
        self.records = records or {}
        self.models = models or {}
        self.author_known = author_known
        self.author_internal = author_internal
        self.author_allowed = author_allowed
        self.author_blocked = author_blocked
        self.author_bounces = author_bounces
        self.authentication = authentication
        self.openings = openings or Openings()
        self.fallback = fallback
        self.at = at
        self.anew = anew

    @property
    def author_failed(self) -> bool:
        """Tell whether the trusted receiving system gives no proof of the author."""
        return self.authentication is not None and not self.authentication.passed

    def sent_by_us(self, message_id: str) -> bool:
        """Tell whether an id is one that went out from here."""
        return any(known.outgoing for known in self.known.get(message_id, ()))

    def with_known(self, message_id: str, known: Known) -> Facts:
        """Return these facts with one more taking of an id."""
        changed = dict(self.known)
        changed[message_id] = (*changed.get(message_id, ()), known)
        return Facts(
            self.parameters,
            self.directory,
            known=changed,
            tokens=self.tokens,
            records=self.records,
            models=self.models,
            author_known=self.author_known,
            author_internal=self.author_internal,
            author_allowed=self.author_allowed,
            author_blocked=self.author_blocked,
            author_bounces=self.author_bounces,
            authentication=self.authentication,
            openings=self.openings,
            fallback=self.fallback,
            at=self.at,
            anew=self.anew,
        )
