"""Reports about mail we sent: delivery status, feedback and disposition, from the stored bytes.

The fields for machines count first, then what the header says, then the words for people; what
none of them tells is asked of flufl.bounce.
"""

from __future__ import annotations

from mailgate.mail.reports import complaint, delivery, evidence, origin, told
from mailgate.mail.reports import text as words
from mailgate.mail.reports.parts import MAX_TEXT, Parts, take_apart
from mailgate.mail.reports.returned import MAX_LINES, divide
from mailgate.mail.reports.values import MAX_SAID, Report, Said

__all__ = ["Report", "Said", "read_report"]

NONE = Report("none")


def read_report(data: bytes) -> Report:
    """Read a report from the whole message as it was stored; never raises."""
    try:
        return _read(data)
    except Exception:  # noqa: BLE001  anybody may send a report, of any form
        return NONE


def _read(data: bytes) -> Report:
    parts = take_apart(data)
    story = told.Story(parts.header, _lines(parts))
    if parts.feedback:
        complained, kind = complaint.feedback(parts)
        return _report("feedback", complained, parts, kind)
    said = [each for text in parts.status for each in delivery.walk(text)][:MAX_SAID]
    if parts.disposition and not any(each.action == "failed" for each in said):
        rejected = complaint.rejection(parts, story.lines)
        said = complaint.disposition(parts)
        return _report("failure" if rejected else "disposition", rejected or said, parts)
    if said:
        said = _named_elsewhere(said, story)
    elif evidence.enough(parts, story.lines, listed=words.listed(story.entries)):
        sure = evidence.sure(parts)
        said = told.written(story) or told.told(story, data, sure=sure)
    if not said:
        return NONE
    said = [told.explained(each, story) for each in said]
    return _report(_kind(said), said, parts)


def _lines(parts: Parts) -> list[str]:
    """Return the lines for people, without what was returned: its headers go to ``parts``."""
    lines: list[str] = []
    size = 0
    for text in parts.texts:
        report, headers = divide(text)
        parts.returned += headers
        lines += [*report, ""]
        size += len(text)
        if size > MAX_TEXT or len(lines) > MAX_LINES:
            break
    return lines


def _named_elsewhere(said: list[Said], story: told.Story) -> list[Said]:
    """Give the one recipient whose field holds no address the one that the words name."""
    if len(said) != 1 or said[0].recipient:
        return said
    found = told.named(story)
    if len(found) != 1:
        return said
    return [Said(found[0], said[0].action, said[0].status, said[0].reason)]


def _kind(said: list[Said]) -> str:
    """Return the kind of the whole: the worst of what is said counts."""
    actions = {each.action for each in said}
    if "failed" in actions or actions == {""}:
        return "failure"
    return "delay" if "delayed" in actions else "success"


def _report(kind: str, said: list[Said], parts: Parts, feedback: str = "") -> Report:
    ids = origin.unique(
        origin.of_returned(parts.returned),
        origin.of_fields(parts.disposition + parts.feedback + parts.status),
        origin.of_texts(parts.texts),
    ) or origin.unique(origin.of_body(parts.body))
    return Report(kind, tuple(said), ids, origin.references(parts.header), feedback)
