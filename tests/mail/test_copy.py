"""The head of a copy: what others wrote comes through as it was meant, and nothing else does."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail.hostile import BYTES, TEXTS

from mailgate.mail import compose, copy
from mailgate.mail.automatic import AUTO_GENERATED, BULK, LIST, PERSON
from mailgate.mail.header import MAX_VALUE, Header, scan

QUICK = settings(max_examples=150, deadline=None)
NAMES = ["from", "to", "cc", "date", "subject", "x-loop", "auto-submitted", "precedence"]
MIME = ["content-type", "content-transfer-encoding", "mime-version", "content-disposition"]
OURS = "Mime-Version Content-Type Content-Transfer-Encoding Content-Disposition".split()
KINDS = [PERSON, LIST, BULK, AUTO_GENERATED]


def write(header: Header, kind: str = PERSON) -> bytes:
    """Return the head of a copy as the gateway composes it."""
    name = copy.author_name(header, "ann@x.org")
    return compose.header(
        [
            ("From", copy.via(name, "Chairs, Ltd.", "info@example.com")),
            ("To", copy.recipients(header, "to")),
            ("Cc", copy.recipients(header, "cc")),
            ("Subject", copy.subject(header.text("subject"))),
            ("Date", copy.date(header, 0)),
            *(("X-Loop", loop) for loop in copy.loops(header)),
            *copy.kept(header, kind),
        ]
    )


@QUICK
@given(
    st.lists(st.tuples(st.sampled_from([*NAMES, *MIME, "bcc"]), BYTES), max_size=12),
    st.sampled_from(KINDS),
)
def test_no_original_makes_a_field_that_was_not_meant(
    fields: list[tuple[str, bytes]], kind: str
) -> None:
    raw = b"".join(name.encode() + b": " + value + b"\n" for name, value in fields) + b"\n"
    head = write(scan(raw), kind)
    allowed = {*NAMES, *MIME, "list-id", "x-auto-response-suppress"}
    ours = scan(head)
    assert not ours.defects
    assert {name for name, _ in ours.fields} <= allowed
    assert [name for name, _ in ours.fields].count("from") == 1
    theirs = message_from_bytes(head, policy=policy.compat32)
    assert [name.lower() for name in theirs.keys()] == [n for n, _ in ours.fields]  # noqa: SIM118
    assert head.endswith(b"\n\n")
    assert b"\n\n" not in head[:-2]
    assert b"\r" not in head
    assert b"\0" not in head


@QUICK
@given(st.lists(st.tuples(TEXTS, st.sampled_from(["bob@y.org", "a@b", "x+y@z.org"])), max_size=5))
def test_addresses_are_written_anew_and_stay_the_same(pairs: list[tuple[str, str]]) -> None:
    value = ", ".join(compose.mailbox(name, address) for name, address in pairs)
    again = copy.recipients(Header([("to", value.encode())]), "to")
    read = copy.recipients(Header([("to", again.encode())]), "to")
    assert again == read
    found = compose.header([("To", again)]).decode()
    for _, address in pairs:
        assert address in found


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        (b"text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        (b'multipart/mixed;\n\tboundary="a b"', 'multipart/mixed; boundary="a b"'),
        (b"multipart/mixed;\r\n boundary=x\r\n ", "multipart/mixed; boundary=x"),
        (b"multipart/mixed; boundary=x\rBcc: eve@evil.org", "multipart/mixed; boundary=x"),
        (b'text/plain; name="\xe4"', 'text/plain; name="\xe4"'),
        (b'text/plain; name="a\0b"', 'text/plain; name="a b"'),
        (b";;; =", ";;; ="),
        (b'multipart/mixed; boundary="' + b"a" * 70 + b'  b"', None),
        (b'multipart/mixed; boundary="a' + b" b" * 60 + b'"', None),
    ],
)
def test_mime_fields_mean_the_same(raw: bytes, meant: str | None) -> None:
    """Folded, damaged, with 8-bit bytes or with what would be a line of its own."""
    header = scan(b"Content-Type: " + raw + b"\n\n")
    head = compose.header(copy.kept(header, PERSON))
    expected = raw.decode("latin-1") if meant is None else meant
    assert scan(head).fields == [("content-type", expected.encode("latin-1"))]


def test_a_long_word_is_broken_behind_its_semicolons_only() -> None:
    value = b"a/b;" + b";".join(b"name*%d*=%s" % (n, b"x;" * 3) for n in range(90)) + b'; b="p;q"'
    head = compose.header(copy.kept(Header([("content-type", value)]), PERSON))
    assert max(map(len, head.split(b"\n"))) <= 998
    assert head.replace(b"\n", b"").replace(b" ", b"") == b"Content-Type:" + value.replace(
        b" ", b""
    )
    assert b'b="p;q"' in head


def test_what_no_program_writes_is_left_out() -> None:
    fields = [("content-type", b"x" * MAX_VALUE), *[("content-x", b"1")] * 1000]
    fields += [("content-\xe9", b"1"), ("content-", b"1"), ("content-a_b", b"1")]
    head = compose.header(copy.kept(Header(fields), PERSON))
    assert len(head) < 2000
    assert {name for name, _ in scan(head).fields} == {"content-x"}


@pytest.mark.parametrize(
    ("kind", "fields", "kept"),
    [
        (PERSON, [("auto-submitted", b"no"), ("precedence", b"list"), ("list-id", b"<l>")], {}),
        (
            AUTO_GENERATED,
            [("auto-submitted", b"auto-generated (by \xe9)")],
            {"auto-submitted": b"auto-generated (by )"},
        ),
        (AUTO_GENERATED, [], {"auto-submitted": b"auto-generated"}),
        (
            LIST,
            [("list-id", b"Chairs <l.x.org>")],
            {"precedence": b"list", "list-id": b"Chairs <l.x.org>"},
        ),
        (BULK, [("precedence", b"bulk")], {"precedence": b"bulk"}),
    ],
)
def test_what_no_person_wrote_still_says_so(
    kind: str, fields: list[tuple[str, bytes]], kept: dict[str, bytes]
) -> None:
    """RFC 3834: programs do not answer such mail."""
    found = dict(scan(compose.header([("A", "1"), *copy.kept(Header(fields), kind)])).fields)
    del found["a"]
    suppressed = found.pop("x-auto-response-suppress", None)
    assert found == kept
    assert (suppressed is not None) == (kind != PERSON)


def test_a_date_is_kept_where_it_is_readable() -> None:
    for text, at, meant in (
        (b"Sun, 22 Nov 2026 17:00:00 +0100", 0, "Sun, 22 Nov 2026 16:00:00 +0000"),
        (b"yesterday", 0, "Thu, 01 Jan 1970 00:00:00 +0000"),
        (b"Sun, 99 Nov 2026 17:00:00 +0100", 60, "Thu, 01 Jan 1970 00:01:00 +0000"),
    ):
        assert copy.date(Header([("date", text)]), at) == meant


def test_lists_of_recipients_are_bounded_and_ascii() -> None:
    many = ", ".join(f"p{n}@x.org" for n in range(500)).encode()
    assert copy.recipients(Header([("to", many)]), "to").count("@") == copy.MAX_MAILBOXES
    odd = '"a b"@x.org, größe@x.org, Bob <bob@y.org>, nobody, BOB@y.org'.encode()
    assert copy.recipients(Header([("cc", odd)]), "cc") == "Bob <bob@y.org>"


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b"Ann <ann@x.org>", "Ann"),
        (b"=?utf-8?q?Ann_M=C3=BCller?= <ANN@x.org>", "Ann Müller"),
        (b"ann@x.org", "ann@x.org"),
        (b"Eve <eve@evil.org>, Ann <ann@x.org>", "Ann"),
        (b"", "ann@x.org"),
    ],
)
def test_an_author_goes_by_the_name_in_from(field: bytes, name: str) -> None:
    assert copy.author_name(Header([("from", field)]), "ann@x.org") == name
