"""Names of addresses and domains: what is possible, and the advice where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.entities import names
from mailgate.errors import MailgateError


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("Déboulonneur info", "deboulonneur-info"),
        ("a..b", "a.b"),
        (".sales.", "sales"),
        ("Ærøskøbing post", "ærøskøbing-post"),
        ("日本 語", "日本-語"),
        ("sales & marketing", "sales-marketing"),
        ("!!!", "info"),
        ("", "info"),
        ("x" * 100, "x" * 64),
        ("info@", "info"),
    ],
)
def test_the_nearest_possible_name_is_the_advice(text: str, advice: str) -> None:
    assert names.advice(text) == advice


@given(st.text(max_size=300))
def test_advice_can_always_be_followed(text: str) -> None:
    advice = names.advice(text)
    assert names.local_part(advice) == advice


@given(st.text(max_size=100))
def test_a_local_part_is_normal_or_refused(text: str) -> None:
    try:
        name = names.local_part(text)
    except MailgateError:
        return
    assert names.local_part(name) == name
    assert 0 < len(name.encode()) <= 64
    assert "@" not in name
    assert name.isprintable()


@pytest.mark.parametrize("text", ["info", "a.b", "o'hara", "x+y", "größe", "a_b-c", "{x}"])
def test_dot_atoms_are_names(text: str) -> None:
    """RFC 5321 section 4.1.2, with RFC 6531 section 3.3."""
    assert names.local_part(text) == text


@pytest.mark.parametrize(
    "text", ["a b", '"a"b', "a.", ".a", "a..b", "a,b", "a\u202eb", "a\u00a0b", "a@b", "\x1b", "<a>"]
)
def test_what_is_no_dot_atom_is_refused(text: str) -> None:
    with pytest.raises(MailgateError, match="could be"):
        names.local_part(text)


def test_quotes_that_are_not_needed_go() -> None:
    assert names.local_part('"Info"') == "info"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.COM.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("a-b.c0.example", "a-b.c0.example"),
    ],
)
def test_domains_are_lower_case_a_labels(text: str, name: str) -> None:
    assert names.domain_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "a..b", "-a.b", "a-.b", "a_b.c", "a b", "[1.2.3.4]", "a@b", "a/b"),
        "x" * 64 + ".de",
        ".".join(["abcdefgh"] * 29),
    ],
)
def test_what_is_no_host_name_is_refused(text: str) -> None:
    """RFC 1123 section 2.1: letters, digits, hyphens; 63 a label, 253 in all."""
    with pytest.raises(MailgateError, match="no domain name"):
        names.domain_name(text)


def test_addresses_are_normalised_or_refused() -> None:
    assert names.address(" <Ann@Example.COM> ") == "ann@example.com"
    for text in ("ann", "@example.com", "ann@", "a b@c", "a@b\udcff"):
        with pytest.raises(MailgateError, match="is no address"):
            names.address(text)
