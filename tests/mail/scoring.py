"""Scoring what is read in real reports: against what other programs and people expect of them.

The messages are in the corpus beside the repository; nothing of them is in here but names of
files, in the list of exceptions.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

from mailgate.mail.address import normalise
from mailgate.mail.dsn import Report, read_report
from mailgate.mail.envelope import Envelope
from mailgate.mail.incoming import Incoming
from mailgate.mail.original import Reader

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
REPORTS = ("sisimai", "flufl.bounce", "bounce_email", "mdn")
OTHERS = ("mime", "tickets", "threading", "reply", "autoreply")
GRADES = ("exact", "superset", "part", "wrong", "none")

_ORIGINAL = "RFC 3464 section 2.3.1: the sender's address is the Original-Recipient"
EXCEPTIONS = {
    "sisimai": {
        "lhost-exchange2007-04.eml": _ORIGINAL,
        "lhost-postfix-01.eml": _ORIGINAL,
        "lhost-postfix-78.eml": _ORIGINAL,
        "rfc3464-09.eml": _ORIGINAL,
        "lhost-apachejames-01.eml": "RFC 5321 section 4.1.1.3: RCPT TO has twelve digits there",
    },
}
"""By source: files whose expected recipients are not those that the named RFC says."""
REPORTS_ELSEWHERE = frozenset(
    (
        "mime/apache-mime4j/messages/mimetools-testmsgs/badbound.eml",
        "mime/cpython-test_email/messages/msg_05.eml",
        "mime/cpython-test_email/messages/msg_16.eml",
        "mime/cpython-test_email/messages/msg_25.eml",
        "mime/cpython-test_email/messages/msg_43.eml",
        "mime/mikel-mail/messages/mime_emails/raw_email_with_mimepart_without_content_type.eml",
        "mime/mikel-mail/messages/multipart_report_emails/multi_address_bounce2.eml",
        "mime/mikel-mail/messages/multipart_report_emails/report_422.eml",
        "mime/mikel-mail/messages/multipart_report_emails/report_530.eml",
        "tickets/rt/messages/multipart-report.eml",
        "autoreply/alaveteli/messages/track-response-multipart-report.eml",
    )
)
"""Reports in the other parts of the corpus: read by people, each says itself that it is one."""
_KINDS = {
    "bounce": ("failure", "delay"),
    "mixed": ("failure",),
    "delivered": ("success",),
    "arf": ("feedback",),
    "mdn": ("disposition",),
    "message": ("none",),
    "autoreply": ("none",),
}
_NOT_REPORTS = ("message", "autoreply")
_CLASSES = {"failed": "5", "delayed": "4", "delivered": "2", "relayed": "2", "expanded": "2"}


@dataclass(frozen=True)
class Row:
    """One message of a source, with what is expected of it."""

    source: str
    name: str
    path: Path
    expected: dict[str, Any]

    @property
    def excepted(self) -> bool:
        return self.name in EXCEPTIONS.get(self.source, {})

    @property
    def recipients(self) -> set[str] | None:
        """The addresses that failed, None where nothing is said of them."""
        if "recipients" not in self.expected or self.expected["kind"] == "mdn":
            return None
        return {normalise(each) or each.lower() for each in self.expected["recipients"]}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of report that are right, empty where nothing is said of them."""
        if self.expected.get("disputed"):
            return ()
        kinds = _KINDS.get(self.expected["kind"], ())
        permanent, temporary = (self.expected.get(name) for name in ("permanent", "temporary"))
        if permanent or temporary:
            return ("failure",) if permanent else ("delay",)
        return kinds

    @property
    def classes(self) -> set[str]:
        """The classes of the expected status codes; codes that were made up do not count."""
        codes = [fact["status"] for fact in self.expected.get("facts", [])]
        codes.append(self.expected.get("status", ""))
        return {code[0] for code in codes if code and not code.split(".")[2].startswith("9")}


def rows(source: str) -> Iterator[Row]:
    """Yield the messages of a source of reports."""
    folder = CORPUS / "bounces" / source
    for line in (folder / "expected.jsonl").read_text("utf-8").splitlines():
        expected = json.loads(line)
        name = expected["file"].removeprefix("messages/")
        yield Row(source, name, folder / expected["file"], expected)


def grade(found: set[str], expected: set[str]) -> str:
    """Say how addresses that were found compare with those that were expected."""
    if found == expected:
        return "exact"
    if not found:
        return "none"
    if found > expected:
        return "superset"
    return "part" if found < expected else "wrong"


def ours(row: Row, report: Report) -> set[str]:
    """Return whom a report names as failed; in one of a success, whom it reached."""
    fine = row.expected["kind"] == "delivered"
    return {
        said.recipient
        for said in report.said
        if said.recipient and (fine or said.action in ("failed", "delayed", ""))
    }


def theirs(row: Row) -> set[str] | None:
    """Return what flufl.bounce alone finds, None where it raises."""
    from flufl.bounce import all_failures

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
    try:
        temporary, permanent = all_failures(message_from_bytes(row.path.read_bytes()))
    except Exception:  # noqa: BLE001  that is what is counted
        return None
    texts = [each.decode("ascii", "replace") for each in temporary | permanent]
    return {normalise(text) or text for text in texts}


@dataclass
class Score:
    """What was counted for one source."""

    source: str
    messages: int
    ours: Counter[str]
    theirs: Counter[str]
    wrong: list[str]

    def share(self, grade: str) -> float:
        """Return how many of the messages with known recipients got a grade."""
        total = sum(self.ours[each] for each in GRADES)
        return self.ours[grade] / total if total else 0.0


def score(source: str, *, compare: bool = False) -> Score:
    """Read all messages of a source."""
    result = Score(source, 0, Counter(), Counter(), [])
    for row in rows(source):
        result.messages += 1
        report = read_report(row.path.read_bytes())
        _recipients(result, row, report, compare=compare)
        if row.kinds:
            right = report.kind in row.kinds
            result.ours["kind" if right else "other kind"] += 1
            result.wrong += [] if right else [f"{row.name}: {report.kind}, not {row.kinds[0]}"]
        if row.classes:
            found = {said.status[:1] or _CLASSES.get(said.action, "") for said in report.said}
            result.ours["class" if found == row.classes else "other class"] += 1
        if row.expected["kind"] not in (*_NOT_REPORTS, "unlabelled"):
            recognised = bool(incoming(row.path, "").report)
            result.ours["accepted as report" if recognised else "not recognised"] += 1
    return result


def _recipients(result: Score, row: Row, report: Report, *, compare: bool) -> None:
    expected = row.recipients
    if expected is None:
        return
    if compare:
        found = theirs(row)
        result.theirs["raised" if found is None else grade(found, expected)] += 1
    if row.excepted:
        result.ours["excepted"] += 1
        return
    got = grade(ours(row, report), expected)
    result.ours[got] += 1
    if got != "exact":
        result.wrong.append(f"{row.name}: {got}")


def incoming(path: Path, sender: str | None) -> Incoming:
    """Return a message as the rules see it when it comes in from that envelope sender."""
    reader = Reader(10**9)
    reader.feed(path.read_bytes())
    return Incoming(reader.finish(), Envelope("pipe", sender))


@dataclass
class Alarms:
    """What was taken for a report among messages that are none."""

    messages: int
    read: list[str]
    accepted: list[str]
    theirs: int
    raised: int


def alarms(*, compare: bool = False) -> Alarms:
    """Read all messages of the corpus that are no reports."""
    result = Alarms(0, [], [], 0, 0)
    for path in _letters():
        result.messages += 1
        name = str(path.relative_to(CORPUS))
        if read_report(path.read_bytes()).kind != "none":
            result.read.append(name)
        if incoming(path, None).report or incoming(path, "").report:
            result.accepted.append(name)
        if compare:
            found = theirs(Row("", "", path, {}))
            result.theirs += bool(found)
            result.raised += found is None
    return result


def _letters() -> Iterator[Path]:
    for topic in OTHERS:
        for path in sorted((CORPUS / topic).glob("*/messages/**/*")):
            if path.is_file() and str(path.relative_to(CORPUS)) not in REPORTS_ELSEWHERE:
                yield path
    for source in REPORTS:
        for row in rows(source):
            if row.expected["kind"] in _NOT_REPORTS:
                yield row.path
