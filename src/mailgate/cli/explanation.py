"""An explanation as a person reads it, made from its JSON object."""

from __future__ import annotations

from typing import Any

from mailgate.cli.outline import Line
from mailgate.status import TAKEN

_FEW = 5
"""So many followers are named."""
_GOOD, _MIXED, _BAD, _QUIET, _TITLE = "green", "yellow", "red", "dim", "bold"


def outline(found: dict[str, Any]) -> Line:
    """Return the outline of an explanation: the message, its recipients, what would be done."""
    root = Line(_title(found), style=_TITLE)
    if found["message"] is not None:
        _message(root, found)
    for recipient in found["recipients"]:
        _recipient(root, recipient)
    if found["steps"]:
        _steps(root.add("it names no recipient"), found["steps"])
    for item in found["passed_over"]:
        name = f"{item['address']} ({item['source']})"
        root.add(f"{name}: passed over, none of our addresses", style=_QUIET)
    if found["missing"] is None:
        _result(root.add("what would be done"), found)
    if found["recorded"] is not None:
        _recorded(root, found)
    return root


def _title(found: dict[str, Any]) -> str:
    source = found["recorded"] if found["message"] is None else found["message"]
    return source["subject"] or "(no subject)"


def _message(root: Line, found: dict[str, Any]) -> None:
    message = found["message"]
    line = root.add("the message")
    line.add("id", found["message_id"])
    line.add("author", message["author"] or "unknown")
    sender = message["sender"]
    line.add("sender", "null (<>)" if sender == "" else sender or "unknown")
    line.add("class", message["class"])
    line.add("size", f"{message['size']} bytes")
    if message["answers"]:
        first, *others = message["answers"]
        line.add("answers", first + (f" and {len(others)} more" if others else ""))


def _recipient(root: Line, recipient: dict[str, Any]) -> None:
    source = recipient["source"]
    if source is None:
        name = recipient["address"]
    else:
        place = "the envelope" if source == "envelope" else f"the field {source}"
        name = f"{recipient['address']}, from {place}"
    line = root.add(name)
    if recipient["steps"]:
        _steps(line, recipient["steps"])
    else:
        _verdict(line, recipient)


def _steps(line: Line, steps: list[dict[str, Any]]) -> None:
    for step in steps[:-1]:
        line.add(step["rule"], step["reason"], _QUIET)
    _verdict(line, {**steps[-1], "outcome": steps[-1]["answer"]})


def _verdict(line: Line, verdict: dict[str, Any]) -> None:
    text = f"{verdict['outcome']}: {verdict['reason']}"
    line.add(verdict["rule"], text, _colour(verdict["outcome"]))


def _colour(outcome: str) -> str:
    if outcome in TAKEN:
        return _GOOD
    return _BAD if outcome in ("rejected", "quarantined") else _MIXED


def _result(line: Line, found: dict[str, Any]) -> None:
    line.add("outcome", f"{found['outcome']}, by rule {found['rule']}", _colour(found["outcome"]))
    for record, copies in zip(found["records"], found["sent_on"], strict=True):
        line.add("record", _record(record))
        if copies["to"]:
            line.add("sent on", _sent_on(copies["to"]))
    if not found["records"]:
        line.add("record", "none")
    for notice in found["notices"]:
        line.add("notice", f"{notice['kind']}, to {notice['to']}")
    if not found["notices"]:
        line.add("notice", "none")
    line.add("exit status", str(found["exit_status"]))


def _sent_on(to: list[str]) -> str:
    number = f"{len(to)} followers" if len(to) > 1 else "a follower"
    return f"to {number}: {', '.join(to[:_FEW])}" + (" ..." if len(to) > _FEW else "")


def _record(record: dict[str, Any]) -> str:
    by = f", by {record['alias']}" if record["alias"] else ""
    if record["action"] == "created":
        number = f" {record['id']}" if record["id"] else ""
        return f"new {record['model']}{number}{by}"
    return f"added to {record['model']} {record['id']}{by}"


def _recorded(root: Line, found: dict[str, Any]) -> None:
    entry = found["recorded"]
    line = root.add(f"what the journal recorded: entry {entry['id']}, {entry['at']}")
    line.add("outcome", f"{entry['outcome']}, by rule {entry['rule']}", _colour(entry["outcome"]))
    if found["missing"] is None:
        for recipient in entry["recipients"]:
            line.add(recipient["address"], f"{recipient['outcome']}: {recipient['reason']}")
    else:
        line.add("missing", found["missing"] + ": the rules cannot be asked again")
    for record in entry["records"]:
        line.add("record", _record(record))
    if entry["notice"]:
        line.add("notice", f"{entry['notice']['kind']}, to {entry['notice']['to']}")
