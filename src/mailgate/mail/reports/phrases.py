"""What programs say when mail fails or waits: by its words, since the sentences are countless."""

from __future__ import annotations

_NEGATIVE = (
    "could not",
    "couldn't",
    "cannot",
    "can not",
    "can't",
    "unable",
    "not able",
    "n't able",
    "was not",
    "were not",
    "wasn't",
    "did not",
    "didn't",
    "has not",
    "have not",
    "not been",
    "not deliver",
    "doesn't",
    "does not",
    "non-deliver",
    "nondeliver",
    "fail",
    "error",
    "undeliver",
    "trouble",
    "problem",
    "reject",
    "refus",
    "abort",
    "invalid",
    "unknown",
    "unavailable",
    "not found",
    "no such",
    "exceed",
    "quota",
    "is full",
    "disabled",
    "delayed",
    "postponed",
    "deferred",
    "returned",
    "bounced",
)
_OBJECTS = (
    "deliver",
    "delever",
    "recipient",
    "address",
    "mailbox",
    "reach",
    "message",
    "mail",
    "user",
    "send",
    "sent",
)
_ELSEWHERE = (
    "nicht zugestellt",
    "unzustellbar",
    "non remis",
    "pas pu être",
    "pas pu etre",
    "n'a pas été",
    "pudo ser entregado",
    "pudo entregar",
    "no se ha podido",
    "impossibile recapitare",
    "mancata consegna",
    "non è stato possibile",
    "pôde ser entregue",
    "pode ser entregue",
    "pode ser enviada",
    "niet bezorgd",
    "niet worden bezorgd",
    "onbestelbaar",
    "не может быть доставлено",
    "не доставлено",
    "недоставлен",
    "nie można dostarczyć",
    "kunde inte levereras",
    "配信できません",
    "配信されません",
    "送信できません",
    "お届けできません",
    "無法傳送",
    "无法送达",
    "无法投递",
    "退信",
)
_WAITING = (
    "not yet been delivered",
    "not yet delivered",
    "has not yet",
    "warning message only",
    "this is a warning",
    "just a warning",
    "temporary failure report",
    "will be retried",
    "will be tried again",
    "will continue to be made",
    "attempts will continue",
    "continue to try",
    "will keep trying",
    "still trying",
    "still being retried",
    "not need to resend",
    "not need to re-send",
    "advisory-only",
    "no action is required on your part",
    "noch nicht zugestellt",
)
"""What is said only while a message waits."""
_LATE = ("delayed", "postponed", "deferred", "verzögert", "retardé", "retrasado", "задерж")
"""What is said while it waits, and of what has failed in the end."""
_GIVEN_UP = (
    "permanent",
    "giving up",
    "given up",
    "give up",
    "will not be retried",
    "not going to try again",
    "been returned",
    "returned mail",
    "cannot send",
    "could not send",
    "no further delivery attempts",
    "delivery failed",
    "too long",
)
_SENDERS = (
    "mail from",
    "from:",
    "sender",
    "contact",
    "reply",
    "cc:",
    "bcc:",
    "write to",
    "by ",
    "e-mail to",
    "send mail to",
    "send a message to",
    "forward this",
    "support",
    "help",
)


def failing(text: str) -> bool:
    """Tell whether a sentence says that mail did not arrive (or has not yet)."""
    lowered = text.lower()
    if any(word in lowered for word in _NEGATIVE) and any(word in lowered for word in _OBJECTS):
        return True
    return not lowered.isascii() and any(phrase in lowered for phrase in _ELSEWHERE)


def waiting(text: str) -> bool:
    """Tell whether a text says that it will be tried again."""
    lowered = " ".join(text.lower().split())
    if any(phrase in lowered for phrase in _WAITING):
        return True
    late = any(phrase in lowered for phrase in _LATE)
    return late and not any(phrase in lowered for phrase in _GIVEN_UP)


def about_sender(before: str) -> bool:
    """Tell whether the words before an address make it somebody else's than a recipient's."""
    lowered = before.lower()[-60:]
    return any(word in lowered for word in _SENDERS)
