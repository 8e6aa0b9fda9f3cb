"""Real reports: whom they name, what kind they are, and that nothing else is taken for one."""

from __future__ import annotations

import pytest
from mail import scoring

from mailgate.mail.dsn import read_report

MOST_EXCEPTIONS = 0.02


@pytest.fixture(scope="module")
def scores() -> dict[str, scoring.Score]:
    return {source: scoring.score(source) for source in scoring.REPORTS}


def test_the_corpus_is_there() -> None:
    assert sum(1 for source in scoring.REPORTS for _ in scoring.rows(source)) >= 400


def test_most_reports_of_modern_systems_are_read_exactly(scores: dict[str, scoring.Score]) -> None:
    """Ninety-two in a hundred exactly, one in a hundred wrong: what is promised."""
    assert scores["sisimai"].share("exact") >= 0.92
    assert scores["sisimai"].share("wrong") <= 0.01


def test_old_reports_without_fields_are_all_read_exactly(scores: dict[str, scoring.Score]) -> None:
    assert scores["flufl.bounce"].share("exact") == 1.0
    assert not scores["flufl.bounce"].wrong


@pytest.mark.parametrize("source", scoring.REPORTS)
def test_the_kind_of_a_report_is_what_it_says(
    scores: dict[str, scoring.Score], source: str
) -> None:
    counts = scores[source].ours
    assert counts["kind"] >= 0.98 * (counts["kind"] + counts["other kind"])


@pytest.mark.parametrize("source", ["sisimai", "bounce_email"])
def test_the_class_of_the_status_is_the_expected_one(
    scores: dict[str, scoring.Score], source: str
) -> None:
    counts = scores[source].ours
    assert counts["class"] >= 0.98 * (counts["class"] + counts["other class"])


@pytest.mark.parametrize("source", scoring.REPORTS)
def test_a_report_is_recognised_when_it_comes_in_with_the_null_sender(
    scores: dict[str, scoring.Score], source: str
) -> None:
    counts = scores[source].ours
    known, unknown = counts["accepted as report"], counts["not recognised"]
    assert known >= 0.98 * (known + unknown)


def test_exceptions_are_few_and_name_existing_messages_and_an_rfc() -> None:
    for source, files in scoring.EXCEPTIONS.items():
        names = {row.name for row in scoring.rows(source)}
        assert set(files) <= names
        assert len(files) <= MOST_EXCEPTIONS * len(names)
        assert all(reason.startswith("RFC ") for reason in files.values())


def test_nothing_that_is_no_report_is_taken_for_one() -> None:
    """Neither when it is read, nor when it comes in, even with the null sender."""
    found = scoring.alarms()
    assert found.messages >= 700
    assert not found.read
    assert not found.accepted


def test_reports_in_the_other_parts_of_the_corpus_are_read() -> None:
    kinds = {
        name: read_report((scoring.CORPUS / name).read_bytes()).kind
        for name in scoring.REPORTS_ELSEWHERE
    }
    assert {name for name, kind in kinds.items() if kind == "none"} == {
        "mime/cpython-test_email/messages/msg_05.eml"  # its fields for machines are empty
    }


def test_the_returned_message_is_known_by_its_id_wherever_it_is_said_to_be_there() -> None:
    missing = {
        row.name
        for row in scoring.rows("bounce_email")
        if row.expected.get("has_original")
        and not row.expected.get("disputed")
        and not read_report(row.path.read_bytes()).message_ids
    }
    assert not missing


def test_a_receipt_names_its_message_and_its_recipient() -> None:
    (row,) = scoring.rows("mdn")
    report = read_report(row.path.read_bytes())
    assert report.message_ids[0] == f"<{row.expected['original_message_id']}>"
    assert [said.recipient for said in report.said] == [row.expected["final_recipient"].lower()]
    assert [said.action for said in report.said] == [""]


def test_feedback_names_its_type() -> None:
    for row in scoring.rows("sisimai"):
        types = {
            fact["feedback_type"]
            for fact in row.expected.get("facts", [])
            if "feedback_type" in fact
        }
        report = read_report(row.path.read_bytes())
        if types and report.kind == "feedback":
            assert {report.feedback_type} == types, row.name
