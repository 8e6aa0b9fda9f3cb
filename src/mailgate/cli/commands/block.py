"""``mailgate block``: authors whose mail is ignored."""

from __future__ import annotations

from mailgate.cli.patterns import pattern_group

command = pattern_group("block", "Authors whose mail is ignored.", "Ignore")
