"""``mailgate allow``: senders that may start any number of records."""

from __future__ import annotations

from mailgate.cli.patterns import pattern_group

command = pattern_group("allow", "Senders exempt from the loop limit.", "Exempt")
