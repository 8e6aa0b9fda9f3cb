"""What a report says: one value for the report, one for each recipient it names."""

from __future__ import annotations

from dataclasses import dataclass

MAX_SAID = 10_000
"""Recipients of one report that are read."""
MAX_REASON = 500
"""Characters of a reason."""
MAX_IDS = 32
"""Message ids of one report that are read."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says of one recipient.

    ``recipient`` is the normalised address the message was sent to, ``""`` where none is named.
    ``action`` is ``failed``, ``delayed``, ``delivered``, ``relayed`` or ``expanded`` (RFC 3464
    section 2.3.3), ``""`` where it is unknown. ``status`` is a code of RFC 3463 (``5.1.1``) or
    ``""``; ``reason`` is text for people in one line, ``""`` where there is none.
    """

    recipient: str
    action: str = ""
    status: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was read from one message.

    ``kind`` is ``failure``, ``delay``, ``success`` (delivery status), ``feedback`` (RFC 5965),
    ``disposition`` (RFC 8098) or ``none``, which is no report: an out-of-office, a person's
    letter. Of several recipients the worst counts. ``message_ids`` are what the returned message
    may be known by, best first, each in angle brackets; ``references`` are what the report itself
    answers. ``feedback_type`` is ``abuse``, ``opt-out``... for feedback.
    """

    kind: str
    said: tuple[Said, ...] = ()
    message_ids: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    feedback_type: str = ""
