"""What header and words tell of a report that has no fields for machines, or not enough."""

from __future__ import annotations

from mailgate.mail.address import parse_list
from mailgate.mail.header import Header, to_text
from mailgate.mail.reports import codes, delivery, evidence, fields, others
from mailgate.mail.reports import text as plain
from mailgate.mail.reports.phrases import failing, waiting
from mailgate.mail.reports.values import MAX_SAID, Said

_CONNECTING = ("to", "for", "address", "recipient", "recipients", "user")
MAX_HEADING = 100
"""Lines of a report that are asked whether it has failed or waits."""


class Story:
    """The words of a report: its header, its ``lines``, and the addresses they name."""

    __slots__ = ("_action", "_because", "_leads", "_reasons", "_why", "entries", "header", "lines")

    def __init__(self, header: Header, lines: list[str]) -> None:
        self.header = header
        self.lines = lines
        self.entries = plain.entries(lines)
        self._reasons = {entry.address: entry.why for entry in self.entries}
        self._leads = {entry.address: entry.lead for entry in self.entries}
        self._why: str | None = None
        self._because: tuple[str, str] | None = None
        self._action: str | None = None

    @property
    def why(self) -> str:
        """What is said of the reason, where it is not said with a recipient."""
        if self._why is None:
            self._why = plain.explanation(self.lines)
        return self._why

    @property
    def because(self) -> tuple[str, str]:
        """The status code that ``why`` says, or nothing, and the reason that it gives."""
        if self._because is None:
            self._because = _code_and_reason(self.why)
        return self._because

    def why_of(self, address: str) -> str:
        """Return what is said with a recipient, or nothing."""
        return self._reasons.get(address, "")

    def lead_of(self, address: str) -> str:
        """Return the words before a recipient where they say what is wrong, or nothing."""
        lead = self._leads.get(address, "")
        said = lead.rpartition(" ")[2].lower() not in _CONNECTING
        return lead if said and " " in lead and failing(lead) else ""

    @property
    def action(self) -> str:
        """Whether the words speak of a failure or of a delay, ``""`` where of neither."""
        if self._action is None:
            self._action = self._spoken_of()
        return self._action

    def _spoken_of(self) -> str:
        heading = " ".join(self.lines[:MAX_HEADING])
        subject = evidence.subject(self.header)
        if "(delay)" in subject or waiting(f"{subject} {heading}"):
            return "delayed"
        return "failed" if failing(heading) else ""


def written(story: Story) -> list[Said]:
    """Return what fields for machines say that were written into a text."""
    said = delivery.walk(fields.written("\n".join(story.lines)))
    return [each for each in said if each.recipient and (each.action or each.status)]


def told(story: Story, message: bytes, *, sure: bool) -> list[Said]:
    """Return what header, words and, where those tell nothing, flufl.bounce say.

    Where it is ``sure`` that this is a report, it may name nobody.
    """
    action = story.action or "failed"
    found = named(story)
    if not found:
        temporary, permanent = others.failures(message)
        found = _without_sender(story.header, permanent or temporary)
        action = story.action or ("delayed" if temporary and not permanent else "failed")
    if not found:
        return [Said("", action)] if sure and story.action else []
    alone = len(found) == 1
    return [_because(story, each, action, alone=alone) for each in found[:MAX_SAID]]


def named(story: Story) -> list[str]:
    """Return the failed addresses: those of X-Failed-Recipients, else those of the words."""
    found: dict[str, None] = {}
    for value in story.header.all("x-failed-recipients"):
        for mailbox in parse_list(to_text(value)):
            if mailbox.address:
                found[mailbox.address] = None
    return list(found) or _without_sender(story.header, [each.address for each in story.entries])


def explained(said: Said, story: Story) -> Said:
    """Fill in from the words what the fields leave open."""
    if said.action and said.status and said.reason:
        return said
    why = story.why_of(said.recipient)
    status, reason = _code_and_reason(why) if why else story.because
    action = said.action or delivery.by_status(said.status)
    if not action:
        action = delivery.by_status(status) or story.action
    if said.status or delivery.by_status(status) != action:
        status = said.status
    return Said(said.recipient, action, status, said.reason or reason)


def _code_and_reason(why: str) -> tuple[str, str]:
    return codes.derived(why), codes.reason(codes.quoted(why))


def _because(story: Story, address: str, action: str, *, alone: bool) -> Said:
    why = story.why_of(address)
    if alone and not codes.derived(why) and (not why or story.because[0]):
        why = story.why
    status = codes.derived(why) or story.because[0]
    return Said(
        address,
        action,
        status,
        codes.reason(codes.quoted(why or story.why or story.lead_of(address))),
    )


def _without_sender(header: Header, found: list[str]) -> list[str]:
    """Leave out whom the report goes to and comes from, unless nobody else is named."""
    own = {
        mailbox.address
        for name in ("to", "from", "delivered-to")
        for value in header.all(name)
        for mailbox in parse_list(to_text(value))
    }
    return [address for address in found if address not in own] or found
