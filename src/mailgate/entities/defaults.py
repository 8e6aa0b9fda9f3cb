"""The default of every parameter, as text. Cheap to import; the rest stands in ``parameter``."""

from __future__ import annotations

DEFAULTS = {
    "mail.gateway.loop.minutes": "120",
    "mail.gateway.loop.threshold": "20",
    "mail.catchall.domain.allowed": "",
    "mail.gateway.alias.threshold": "0",
    "mail.spam.header": "",
    "mail.recipient.delimiter": "+",
    "mail.message.max.bytes": "52428800",
    "mail.notice.interval.minutes": "120",
    "mail.notice.max.per.hour": "100",
    "mail.bounce.verp": "false",
    "mail.bounce.limit": "5",
    "mail.reply.tokens": "false",
    "mail.trusted.authserv": "",
    "mail.original.keep.days": "30",
    "mail.quarantine.keep.days": "90",
    "mail.disk.floor.mb": "500",
}
