"""The envelope: what the channel knows of sender and recipients; never the headers."""

from __future__ import annotations

FALLBACKS = ("server=", "model=")
"""What the keys begin with that stand for the recipient where a fallback took a message."""


class Envelope:
    """Sender and recipients as the channel gave them, and what it knows beside them.

    ``sender`` is normalised, ``""`` for the null sender, None where unknown; ``recipients`` are
    as given, None where the channel does not know them. ``checked`` says that the channel asked
    about each recipient beforehand (RCPT TO); ``refusable`` that a rejection reaches the sender;
    ``model`` and ``server`` name the fallback model and the mailbox it was fetched from.
    """

    __slots__ = (
        "channel",
        "checked",
        "model",
        "queue_id",
        "recipients",
        "refusable",
        "sender",
        "server",
    )

    def __init__(
        self,
        channel: str,
        sender: str | None = None,
        recipients: tuple[str, ...] | None = None,
        *,
        queue_id: str | None = None,
        model: str | None = None,
        server: str | None = None,
        checked: bool = False,
        refusable: bool = True,
    ) -> None:
        self.channel = channel
        self.sender = sender
        self.recipients = recipients
        self.queue_id = queue_id
        self.model = model
        self.server = server
        self.checked = checked
        self.refusable = refusable

    @property
    def fallback_key(self) -> str:
        """Return what stands for the recipient where the fallback takes the message."""
        return f"server={self.server}" if self.server else f"model={self.model}"
