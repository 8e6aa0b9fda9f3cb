"""What was looked up for a message before it is judged: frozen, and all that rules may know."""

from __future__ import annotations

from mailgate.routing.directory import Directory


class Record:
    """A record that exists, with what matters of it for this message's author."""

    __slots__ = (
        "alias",
        "author_addressed",
        "author_follows",
        "has_followers",
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
        *,
        author_follows: bool = False,
        author_addressed: bool = False,
        has_followers: bool = False,
    ) -> None:
        self.id = id_
        self.model = model
        self.model_name = model_name
        self.alias = alias
        self.author_follows = author_follows
        self.author_addressed = author_addressed
        self.has_followers = has_followers


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
    """The parameters that rules look at, typed."""

    __slots__ = ("allowed_domains", "delimiter", "disk_floor", "max_bytes")

    def __init__(self, values: dict[str, str]) -> None:
        self.delimiter = values["mail.recipient.delimiter"]
        self.disk_floor = int(values["mail.disk.floor.mb"])
        self.max_bytes = int(values["mail.message.max.bytes"])
        allowed = values["mail.catchall.domain.allowed"]
        self.allowed_domains = tuple(allowed.split(",")) if allowed else ()


class Facts:
    """Everything the rules may know beside the message.

    ``known`` maps message ids to what is known of them, oldest record first; ``records`` holds
    those that exist of the records that are named; ``models`` names models by id;
    ``author_known`` says that the author was a contact before this message.
    """

    __slots__ = (
        "author_internal",
        "author_known",
        "directory",
        "fallback",
        "known",
        "models",
        "parameters",
        "records",
    )

    def __init__(
        self,
        parameters: Parameters,
        directory: Directory,
        *,
        known: dict[str, tuple[Known, ...]] | None = None,
        records: dict[int, Record] | None = None,
        models: dict[int, str] | None = None,
        author_known: bool = False,
        author_internal: bool = False,
        fallback: Fallback | None = None,
    ) -> None:
        self.parameters = parameters
        self.directory = directory
        self.known = known or {}
        self.records = records or {}
        self.models = models or {}
        self.author_known = author_known
        self.author_internal = author_internal
        self.fallback = fallback

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
            records=self.records,
            models=self.models,
            author_known=self.author_known,
            author_internal=self.author_internal,
            fallback=self.fallback,
        )
