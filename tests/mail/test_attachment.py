"""Names of attachments: safe to show, safe to write, each once."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.attachment import MAX_NAME, Names, safe_name

SAFE = [
    ("report.pdf", "report.pdf"),
    ("Größe 1.pdf", "Größe 1.pdf"),
    ("../../etc/passwd", "passwd"),
    ("C:\\Users\\me\\a.doc", "a.doc"),
    ("/absolute/name/", "name"),
    (".bashrc", "bashrc"),
    ("...", ""),
    ("..", ""),
    ("a..b.txt", "a.b.txt"),
    ("a\nb\0c\x1b.txt", "abc.txt"),
    ("exe.\u202efdp.scr", "exe.fdp.scr"),
    ("  spaces .txt ", "spaces .txt"),
    ("", ""),
]


@pytest.mark.parametrize(("original", "name"), SAFE)
def test_a_name_loses_what_is_dangerous(original: str, name: str) -> None:
    assert safe_name(original) == name


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_name("ä" * 500 + ".pdf")
    assert name.endswith("ä.pdf")
    assert 198 <= len(name.encode()) <= MAX_NAME


def test_a_name_that_is_missing_tells_number_and_type() -> None:
    names = Names()
    assert names.give("", "application/pdf") == "attachment-1.pdf"
    assert names.give("a.txt", "text/plain") == "a.txt"
    assert names.give("..", "image/png") == "attachment-3.png"
    assert names.give("", "message/rfc822") == "attachment-4.eml"
    assert names.give("", "x/y") == "attachment-5.bin"


def test_the_same_name_is_given_once_whatever_its_case() -> None:
    names = Names()
    given_names = [names.give(name, "x/y") for name in ("a.txt", "A.TXT", "a-2.txt", "a.txt", "b")]
    assert len({name.casefold() for name in given_names}) == 5
    assert given_names[0] == "a.txt"
    assert all(name.casefold().endswith(".txt") for name in given_names[:4])


def test_a_thousand_equal_names_take_little_time() -> None:
    names = Names()
    start = time.process_time()
    assert len({names.give("x" * 300 + ".txt", "x/y") for _ in range(1000)}) == 1000
    assert time.process_time() - start < 0.5


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=300), max_size=8))
def test_any_names_become_safe_and_unique(originals: list[str]) -> None:
    names = Names()
    given_names = [names.give(original, "x/y") for original in originals]
    assert len({name.casefold() for name in given_names}) == len(originals)
    for name in given_names:
        assert name
        assert len(name.encode()) <= MAX_NAME
        assert not name.startswith(".")
        assert ".." not in name
        assert "/" not in name
        assert "\\" not in name
        assert "\0" not in name
