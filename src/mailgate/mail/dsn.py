"""Reports about mail we sent: delivery status, feedback and disposition, from the stored bytes."""

from __future__ import annotations

from mailgate.mail.reports import delivery, origin, parts
from mailgate.mail.reports.values import Report, Said

__all__ = ["Report", "Said", "read_report"]

NONE = Report("none")


def read_report(data: bytes) -> Report:
    """Read a report from the whole message as it was stored. Never raises."""
    try:
        return _read(parts.take_apart(data))
    except Exception:  # noqa: BLE001  a report is what anybody may send
        return NONE


def _read(found: parts.Parts) -> Report:
    said = [each for text in found.status for each in delivery.walk(text)]
    if not said:
        return NONE
    ids = origin.unique(origin.of_returned(found.returned), origin.of_texts(found.texts))
    return Report(_kind(said), tuple(said), ids, origin.references(found.header))


def _kind(said: list[Said]) -> str:
    actions = {each.action for each in said}
    if "failed" in actions or "" in actions:
        return "failure"
    return "delay" if "delayed" in actions else "success"
