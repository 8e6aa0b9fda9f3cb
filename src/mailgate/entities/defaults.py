"""The default of every parameter, as text. Cheap to import; the rest stands in ``parameter``."""

from __future__ import annotations

DEFAULTS = {
    "mail.gateway.loop.minutes": "120",
    "mail.gateway.loop.threshold": "20",
    "mail.catchall.domain.allowed": "",
    "mail.recipient.delimiter": "+",
    "mail.message.max.bytes": "52428800",
    "mail.original.keep.days": "30",
    "mail.disk.floor.mb": "500",
}
