"""Fields for machines (RFC 3464 section 2.1.1), in parts of their own or written into a text."""

from __future__ import annotations

MAX_LINES = 200_000
"""Lines of one part that are read."""
MAX_VALUE = 2000
"""Characters of one value that are kept."""
MAX_GROUPS = 11_000

Group = dict[str, str]
"""The fields that say something of one recipient: lower-case names, unfolded values."""

RECIPIENTS = ("original-recipient", "final-recipient")
NAMES = (
    *RECIPIENTS,
    "action",
    "status",
    "diagnostic-code",
    "remote-mta",
    "x-actual-recipient",
    "reporting-mta",
)
"""What makes a line of a text a field of a report."""


def groups(text: str) -> list[Group]:
    """Return the fields of a delivery status, one group for each recipient.

    Blank lines are not trusted: some programs leave them out, others put them in. A field that
    the group already has begins the next one.
    """
    found: list[Group] = []
    group: Group = {}
    parted = False
    for name, value in fields(text):
        if not name:
            parted = True
            continue
        if _begins(group, name, parted=parted):
            _keep(found, group)
            group = {}
        parted = False
        group.setdefault(name, value)
        if len(found) >= MAX_GROUPS:
            break
    _keep(found, group)
    return found


def fields(text: str) -> list[tuple[str, str]]:
    """Return pairs of lower-case name and unfolded value; a pair of nothing for a blank line."""
    found: list[tuple[str, str]] = []
    for line in text.split("\n", MAX_LINES)[:MAX_LINES]:
        if not line.strip():
            found.append(("", ""))
            continue
        if line[0] in " \t" and found and found[-1][0]:
            name, value = found[-1]
            if len(value) < MAX_VALUE:
                found[-1] = (name, f"{value} {line.strip()[:MAX_VALUE]}".strip())
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon and name and len(name) <= 40 and " " not in name:
            found.append((name, value.strip()[:MAX_VALUE]))
    return found


def written(text: str) -> str:
    """Return the lines of a text that are fields of a delivery status, with what folds them."""
    kept: list[str] = []
    inside = False
    for line in text.split("\n", MAX_LINES)[:MAX_LINES]:
        name = line.partition(":")[0].strip().lower()
        if name in NAMES:
            kept.append(line.strip())
            inside = True
        elif not line.strip():
            kept.append("")
            inside = False
        elif inside and line[0] in " \t":
            kept.append(line)
        else:
            inside = False
    return "\n".join(kept)


def _begins(group: Group, name: str, *, parted: bool) -> bool:
    """Tell whether a field begins another recipient's group."""
    has_recipient = any(each in group for each in RECIPIENTS)
    if name in group and name in NAMES:
        return True
    if parted and "reporting-mta" in group and not has_recipient:
        return name in NAMES
    return parted and has_recipient and name in RECIPIENTS


def _keep(found: list[Group], group: Group) -> None:
    """Add a group that names somebody; what follows it without a name belongs to it."""
    if any(each in group for each in RECIPIENTS) or "x-actual-recipient" in group:
        found.append(group)
    elif found and "reporting-mta" not in group:
        for name, value in group.items():
            found[-1].setdefault(name, value)
    elif group.get("action") or group.get("status"):
        found.append(group)
