"""The web links of a message: found in text and in pages, bounded."""

from __future__ import annotations

from time import process_time

import pytest

from mailgate.mail.links import MAX_LENGTH, MAX_LINKS, find


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://a.test/x.", ["https://a.test/x"]),
        ("(https://a.test/x)", ["https://a.test/x"]),
        ("https://a.test/w_(y)", ["https://a.test/w_(y)"]),
        ("<http://a.test/?q=1&r=2>", ["http://a.test/?q=1&r=2"]),
        ("HTTPS://A.test", ["HTTPS://A.test"]),
        ("https://a.test https://b.test https://a.test", ["https://a.test", "https://b.test"]),
        ("ftp://a.test javascript:x www.a.test https://", []),
        ("https://a.test/\x1b[31m", ["https://a.test/"]),
        ("https://" + "a" * MAX_LENGTH, []),
    ],
)
def test_links_of_a_text_end_where_the_sentence_goes_on(text: str, links: list[str]) -> None:
    assert list(find(text, "")) == links


@pytest.mark.parametrize(
    ("page", "links"),
    [
        ('<a href="https://a.test/?x=1&amp;y=2">go</a>', ["https://a.test/?x=1&y=2"]),
        ("<a href=' http://a.test '>go</a>", ["http://a.test"]),
        ('<a href="javascript:alert(1)">go</a><a>x</a>', []),
        ('<img src="https://a.test/pixel.png">', []),
    ],
)
def test_links_of_a_page_are_those_that_can_be_followed(page: str, links: list[str]) -> None:
    assert list(find("", page)) == links


def test_a_link_in_both_is_there_once() -> None:
    assert find("https://a.test", '<a href="https://a.test">x</a>') == ("https://a.test",)


def test_a_flood_of_links_is_cut_and_takes_no_time() -> None:
    start = process_time()
    text = " ".join(f"https://a.test/{number}" for number in range(50_000))
    assert len(find(text, "")) == MAX_LINKS
    find("https://" * 200_000 + ")" * 200_000, "<a href=" * 50_000)
    assert process_time() - start < 2
