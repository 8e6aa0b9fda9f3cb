"""What proves an author: Authentication-Results (RFC 8601) of the one system that is trusted."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.mail.address import parse_list
from mailgate.mail.authentication import (
    MAX_RESULTS,
    Authentication,
    aligned,
    is_plain_from,
    judge,
    trusted_results,
)
from mailgate.mail.header import Header, scan, to_text

MX = "mx.example.com"


def header(*fields: str, author: str = "ann@x.org") -> Header:
    """Return a header of these fields below a From."""
    return scan("\n".join([f"From: {author}", *fields, "", ""]).encode())


def results(*values: str, author: str = "ann@x.org") -> Authentication:
    """Judge ann by the values of Authentication-Results, topmost first."""
    fields = [f"Authentication-Results: {value}" for value in values]
    return judge(header(*fields, author=author), MX, "ann@x.org")


@pytest.mark.parametrize(
    "value",
    [
        f"{MX}; dkim=pass header.d=x.org",
        f"{MX} 1; dkim=pass header.d=x.org",
        f'"{MX}"; dkim=pass header.d=x.org',
        f"(a comment) {MX} (another); dkim=pass header.d=x.org",
        "MX.Example.COM; DKIM=Pass Header.D=X.org",
        f"{MX}; dkim=pass (2048-bit key; unprotected) header.d=x.org header.i=@x.org",
        f"{MX}; dkim = pass header.d = x.org",
        f"{MX}; dkim/1=pass header.d=x.org",
        f"{MX}; dkim=pass header.i=@x.org header.s=sel header.b=AbC=",
        f"{MX}; dkim=pass header.b=AbC= header.d=x.org",
        f"{MX}; dkim=fail header.d=x.org; dkim=pass header.d=x.org",
        f"{MX};\n\tspf=pass smtp.mailfrom=ann@x.org;\n\tdkim=none",
        f"{MX}; spf=pass smtp.mailfrom=x.org",
        f"{MX}; spf=pass smtp.mailfrom=bounce-4711-ann=y.org@x.org",
        f"{MX}; spf=pass smtp.mailfrom=bounces@mail.x.org",
        f"{MX}; dkim=pass header.d=mail.x.org; dmarc=pass header.from=x.org",
        f'{MX}; spf=pass reason="it; said (so" smtp.mailfrom=x.org',
    ],
)
def test_a_pass_for_the_authors_domain_is_proof(value: str) -> None:
    judged = results(value)
    assert judged.passed, judged.reason


@pytest.mark.parametrize(
    "value",
    [
        f"{MX}; none",
        f"{MX};",
        MX,
        "",
        ";",
        f"{MX}; dkim=fail header.d=x.org",
        f"{MX}; dkim=pass",
        f"{MX}; dkim=pass header.d=y.org",
        f"{MX}; dkim=pass header.d=notx.org",
        f"{MX}; dkim=pass header.s=x.org header.d=y.org",
        f"{MX}; spf=pass smtp.helo=x.org",
        f"{MX}; spf=softfail smtp.mailfrom=x.org",
        f"{MX}; spf=pass smtp.mailfrom=x.org=eve@y.org",
        f"{MX}; spf=pass smtp.mailfrom=ann@x.org=eve@y.org",
        f'{MX}; spf=pass smtp.mailfrom="x; dkim=pass header.d=x.org"@y.org',
        f'{MX}; spf=pass smtp.mailfrom="a smtp.mailfrom=x.org b"@y.org',
        f"{MX}; spf=none (dkim=pass header.d=x.org) smtp.mailfrom=y.org",
        f"{MX}; spf=none (a (nested; dkim=pass header.d=x.org) one) smtp.mailfrom=y.org",
        f"{MX}; spf=none (an escaped \\) dkim=pass header.d=x.org) smtp.mailfrom=y.org",
        f"{MX}; dmarc=pass header.from=x.org",
        f"{MX}; dmarc=fail header.from=x.org; dkim=pass header.d=x.org",
        f"{MX}; dkim=pass header.d=x.org; dmarc=FAIL (p=none) header.from=x.org",
        f"{MX}; arc=pass header.d=x.org",
        f"{MX}.evil.org; dkim=pass header.d=x.org",
        f"evil.org {MX}; dkim=pass header.d=x.org",
        f"evil.org; dkim=pass header.d=x.org; {MX}; spf=pass smtp.mailfrom=x.org",
    ],
)
def test_anything_else_is_not(value: str) -> None:
    assert not results(value).passed


def test_no_results_at_all_are_no_proof() -> None:
    judged = results()
    assert (judged.passed, judged.results) == (False, ())
    assert judged.reason == "no DKIM or SPF pass for x.org"


def test_only_what_stands_above_every_field_of_others_counts() -> None:
    good, other = f"{MX}; dkim=pass header.d=x.org", "mx.evil.org; dkim=pass header.d=y.org"
    assert results(good, other).passed
    assert results(f"{MX}; spf=none", good).passed
    assert not results(other, good).passed
    assert not results(f"{MX}; spf=none", other, good).passed
    assert not results("", good).passed


def test_a_dmarc_failure_counts_however_many_signatures_stand_before_it() -> None:
    many = "; ".join(["dkim=pass header.d=x.org"] * (MAX_RESULTS + 5))
    assert results(f"{MX}; {many}").passed
    judged = results(f"{MX}; {many}; dmarc=fail header.from=x.org")
    assert (judged.passed, judged.reason) == (False, "DMARC failed")
    assert len(judged.results) == MAX_RESULTS + 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("x.org", "x.org", True),
        ("mail.x.org", "x.org", True),
        ("x.org", "mail.x.org", True),
        ("x.org", "ax.org", False),
        ("a.x.org", "b.x.org", False),
        ("x.org", "", False),
        ("", "", False),
    ],
)
def test_domains_align_where_one_is_in_the_other(
    first: str, second: str, *, expected: bool
) -> None:
    assert aligned(first, second) is expected


@pytest.mark.parametrize(
    "author",
    [
        "ann@x.org",
        "<ann@x.org>",
        "Ann <ann@x.org>",
        '"Ann, of X" <ann@x.org>',
        "Ann (by the way) <ann@x.org>",
        "=?utf-8?q?eve=40y=2Eorg?= <ann@x.org>",
        '"eve@y.org" <ann@x.org>',
    ],
)
def test_one_author_in_any_usual_form_is_plain(author: str) -> None:
    assert is_plain_from(header(author=author))


@pytest.mark.parametrize(
    "author",
    [
        "",
        "ann@x.org, eve@y.org",
        "Doe, Ann <ann@x.org>",
        "eve@y.org <ann@x.org>",
        "<eve@y.org> <ann@x.org>",
        "Ann <ann@x.org> <eve@y.org>",
        "Ann <ann@x.org> eve@y.org",
        "Ann <ann@x.org>, Eve <eve@y.org>",
        "ann@x.org <eve@y.org",
        "<ann@x.org",
        "friends: ann@x.org;",
        "<@y.org:ann@x.org>",
        "(eve@y.org) ann@x.org",
        "Ann (eve@y.org) <ann@x.org>",
        "Ann (a) (b) <ann@x.org>",
        '"Ann\\" <eve@y.org>" <ann@x.org>',
        '"Ann" <eve@y.org> "b" <ann@x.org>',
        "<ann@x.org@y.org>",
        "<ann @x.org>",
        "ann@x.org eve@y.org",
        "ann@x.org)eve@y.org",
        "alice@example.org)bob@example.net",
        "ann@x.org\nFrom: eve@y.org",
    ],
)
def test_what_parsers_may_read_in_several_ways_is_never_proof(author: str) -> None:
    assert not is_plain_from(header(author=author))
    judged = results(f"{MX}; dkim=pass header.d=x.org", author=author)
    assert (judged.passed, judged.reason) == (False, "From names no single author")


def test_nobody_is_proven() -> None:
    assert not judge(header(f"Authentication-Results: {MX}; spf=pass"), MX, None).passed


def test_what_is_kept_says_all_that_was_found() -> None:
    judged = results(f"{MX}; dkim=pass header.d=X.org; spf=fail smtp.mailfrom=<; dmarc=none")
    assert json.loads(judged.as_json()) == {
        "authserv": MX,
        "result": "pass",
        "reason": "DKIM passed",
        "results": [
            {"method": "dkim", "result": "pass", "domain": "x.org"},
            {"method": "spf", "result": "fail", "domain": ""},
            {"method": "dmarc", "result": "none", "domain": ""},
        ],
    }


WORDS = f"{MX} evil.org ; = dkim spf dmarc pass fail header.d header.i smtp.mailfrom x.org y.org"
PARTS = st.sampled_from([*WORDS.split(), *'()"\\@/1é \t\0'])


@settings(max_examples=150, deadline=None)
@given(st.lists(PARTS, max_size=40).map("".join), st.text(max_size=40))
def test_no_field_breaks_the_reading_of_it(value: str, author: str) -> None:
    fields = scan(f"From: {author}\nAuthentication-Results: {value}\n\n".encode("utf-8", "replace"))
    judged = judge(fields, MX, "ann@x.org")
    assert not judged.passed or MX in value.lower()
    for method, result, domain in judged.results:
        assert method
        assert result
        assert " " not in domain


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from('<>@",;:()\\ abx.org'), max_size=24).map("".join))
def test_a_plain_from_names_one_mailbox_at_most(author: str) -> None:
    fields = header(author=author)
    if is_plain_from(fields):
        found = [mailbox.address for mailbox in parse_list(to_text(fields.all("from")[0]))]
        assert len(found) <= 1


@pytest.mark.parametrize("unit", ["(", ")", '"', "\\", ";", "=", "a=b ", "; dkim=pass", "( ) "])
def test_reading_takes_linear_time(unit: str) -> None:
    fields = header(f"Authentication-Results: {MX}; {unit * (60_000 // len(unit))}")
    start = time.process_time()
    trusted_results(fields, MX)
    assert time.process_time() - start < 0.5
