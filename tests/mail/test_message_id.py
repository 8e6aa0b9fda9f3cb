"""Message-IDs: found in fields that keep the rules, and mended in those that do not."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.message_id import MAX_LENGTH, MAX_REFERENCES, all_ids, canonical, first_id, made

HOSTILE = st.text(alphabet=' <>@,()\\"\t\0aé\N{RIGHT-TO-LEFT OVERRIDE}', max_size=80)


@pytest.mark.parametrize(
    ("field", "ids"),
    [
        ("<a@b>", ["<a@b>"]),
        ("  <a@b>  ", ["<a@b>"]),
        ("<a@b> <c@d>", ["<a@b>", "<c@d>"]),
        ("<a@b><c@d>", ["<a@b>", "<c@d>"]),
        ("<a@b>,<c@d>, <e@f>", ["<a@b>", "<c@d>", "<e@f>"]),
        ("<a@ b>", ["<a@b>"]),
        ("<a\t@b>", ["<a@b>"]),
        ("a@b", ["<a@b>"]),
        ("a@b, c@d", ["<a@b>", "<c@d>"]),
        ("a@b>", ["<a@b>"]),
        ("<a@b", ["<a@b>"]),
        ("<a@b <c@d>", ["<a@b>", "<c@d>"]),
        ("<<a@b>>", ["<a@b>"]),
        ("(said) <a@b> (x <no@no> (deep) y)", ["<a@b>"]),
        ("<a(1)@b>", ["<a(1)@b>"]),
        ("Your message of Monday <a@b>", ["<a@b>"]),
        ("<no-at-sign>", ["<no-at-sign>"]),
        ("just words", []),
        ("", []),
        ("<>", []),
        ("< >", []),
        ("@", []),
        ("<Case@Kept>", ["<Case@Kept>"]),
    ],
)
def test_ids_are_found_and_mended(field: str, ids: list[str]) -> None:
    """RFC 5322 section 3.6.4, and what mailers make of it."""
    assert all_ids(field) == ids
    assert first_id(field) == (ids[0] if ids else None)


def test_only_the_newest_references_are_looked_at() -> None:
    field = " ".join(f"<{number}@x>" for number in range(100))
    assert all_ids(field) == [f"<{number}@x>" for number in range(100 - MAX_REFERENCES, 100)]


def test_a_very_long_id_is_known_by_its_hash() -> None:
    long = "a" * MAX_LENGTH + "@b"
    assert canonical(f"<{long}>") == canonical(long) != canonical("x" + long)
    assert len(canonical(long)) < MAX_LENGTH


def test_made_ids_are_told_apart_by_content() -> None:
    assert made(b"a") == made(b"a") != made(b"b")


@given(HOSTILE | st.text(max_size=80))
def test_finding_ids_never_raises_and_finds_whole_ids(field: str) -> None:
    for identifier in all_ids(field):
        assert identifier[0] == "<"
        assert identifier[-1] == ">"
        assert 2 < len(identifier) <= MAX_LENGTH + 2
        assert identifier.split() == [identifier]
        assert all_ids(identifier) == [identifier]


@pytest.mark.parametrize("unit", ["<", ">", "<a", "a@b ", "(", "<(", "()", ",", " ", "@", "<a@b>"])
def test_finding_ids_takes_linear_time(unit: str) -> None:
    started = process_time()
    all_ids(unit * (100_000 // len(unit)))
    first_id("a" + unit * (100_000 // len(unit)))
    assert process_time() - started < 2
