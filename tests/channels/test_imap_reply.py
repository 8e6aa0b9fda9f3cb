"""Reading what IMAP servers say, by the examples of the RFCs and against nonsense."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.channels import imap_reply as reply
from mailgate.channels.imap_reply import Fetched, Unkept
from mailgate.channels.keys import GREATEST, Keys


@pytest.mark.parametrize(
    ("line", "size"),
    [
        (b"* 12 FETCH (BODY[HEADER] {342}", 342),  # RFC 9051, 8
        (b"* 1 FETCH (UID 1 BINARY[] ~{5}", 5),  # RFC 3516, literal8
        (b"* 1 FETCH (UID 1 BODY[] {7+}", 7),
        (b"* 1 FETCH (UID 1 BODY[] {0}", 0),
        (b"* 1 FETCH (UID 1 BODY[] {-1}", None),
        (b"* 1 FETCH (UID 1 BODY[] {1e3}", None),
        (b"* 1 FETCH (UID 1 BODY[] {9999999999999999999999}", None),
        (b"* 1 FETCH (UID 1 BODY[] {}", None),
        (b'* LIST () "/" {4}', 4),
    ],
)
def test_a_literal_is_announced_at_the_end_of_a_line(line: bytes, size: int | None) -> None:
    """RFC 9051, 9: literal, literal8."""
    assert reply.announced(line) == size


def test_text_for_people_announces_nothing() -> None:
    """A status response may end as it likes."""
    assert reply.is_status(b"* ok see {5}")
    assert not reply.is_status(b"* OKAY {5}")


def test_a_status_is_word_code_and_text() -> None:
    """RFC 9051, 7.1."""
    assert reply.status(b"OK [UIDNEXT 4392] Predicted next UID") == (
        b"OK",
        b"UIDNEXT 4392",
        b"Predicted next UID",
    )
    assert reply.status(b"no Such user [really]") == (b"NO", b"", b"Such user [really]")
    assert reply.status(b"") == (b"", b"", b"")


def test_the_value_of_a_code_is_what_stands_behind_its_name() -> None:
    """Names are compared without case."""
    assert reply.code_value(b"uidnext 7", b"UIDNEXT") == b"7"
    assert reply.code_value(b"UIDNEXT2 7", b"UIDNEXT") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"4294967295", GREATEST),
        (b"4294967296", None),
        (b"0", 0),
        (b"-1", None),
        (b"+1", None),
        (b"1_0", None),
        (b"", None),
        (None, None),
        (b"9" * 1000, None),
    ],
)
def test_numbers_have_32_bits(text: bytes | None, value: int | None) -> None:
    """RFC 9051, 9: number."""
    assert reply.number(text) == value


@pytest.mark.parametrize(
    ("parts", "fetched"),
    [
        ([b"* 1 FETCH (UID 5 RFC822.SIZE 44)"], Fetched(5, 44, None)),
        ([b"* 1 FETCH (RFC822.SIZE 44 UID 5)"], Fetched(5, 44, None)),
        ([b"* 1 fetch (uid 5 rfc822.size 44)"], Fetched(5, 44, None)),
        ([b"* 1 FETCH (UID 5 BODY[] {3}", b"abc", b")"], Fetched(5, None, b"abc")),
        ([b"* 1 FETCH (UID 5 BODY[] ~{3}", b"a\0c", b")"], Fetched(5, None, b"a\0c")),
        ([b"* 1 FETCH (BODY[]<0> {3}", b"abc", b" UID 5)"], Fetched(5, None, b"abc")),
        (
            [b"* 1 FETCH (FLAGS (\\Seen $a) UID 5 BODY[] {1}", b"a", b" X (1 (2) 3))"],
            Fetched(5, None, b"a"),
        ),
        ([b"* 1 FETCH (UID 5 BODY[] {9}", Unkept(9), b")"], Fetched(5, None, Unkept(9))),
        ([b'* 1 FETCH (UID 5 BODY[] "a\\"\\\\b")'], Fetched(5, None, b'a"\\b')),
        ([b'* 1 FETCH (UID 5 BODY[] "")'], Fetched(5, None, b"")),
        ([b"* 1 FETCH (UID 5 BODY[] NIL)"], Fetched(5, None, None)),
        ([b'* 1 FETCH (ENVELOPE ("UID 9" NIL) UID 5)'], Fetched(5, None, None)),
        (
            [b"* 1 FETCH (BODY[HEADER.FIELDS (FROM UID)] {4}", b"UID7", b" UID 5)"],
            Fetched(5, None, None),
        ),
        ([b"* 1 FETCH (UID 99999999999)"], Fetched(0, None, None)),
        ([b"* 1 FETCH (UID -1)"], Fetched(0, None, None)),
        ([b"* 1 FETCH ()"], Fetched(0, None, None)),
    ],
)
def test_a_fetch_response_is_read_in_any_order(parts: list[reply.Part], fetched: Fetched) -> None:
    """RFC 9051, 7.5.2."""
    assert reply.fetched(parts) == fetched


@pytest.mark.parametrize(
    "parts",
    [
        [b"* 1 FETCH (UID 5"],
        [b"* 1 FETCH (UID 5))"],
        [b'* 1 FETCH (UID 5 BODY[] "abc)'],
        [b"* 1 FETCH (UID 5 BODY[ 3)"],
        [b"* 1 FETCH (RFC822.SIZE -3)"],
        [b"* 1 FETCH (RFC822.SIZE 99999999999999999999)"],
        [b"* 1 FETCH (RFC822.SIZE {1}", b"x", b")"],
    ],
)
def test_nonsense_is_a_value_error(parts: list[reply.Part]) -> None:
    """The session drops the connection then."""
    with pytest.raises(ValueError):
        reply.fetched(parts)


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        (b"* SEARCH 2 3 6", Keys([2, 3, 6])),  # RFC 3501, 7.2.5
        (b"* search 6 2 6", Keys([2, 6])),
        (b"* SEARCH ", Keys()),
        (b"* SEARCH 2 5 (MODSEQ 917162500)", Keys([2, 5])),  # RFC 7162, 3.1.5
        (b'* ESEARCH (TAG "A285") UID ALL 4:18,21,28', Keys([*range(4, 19), 21, 28])),
        (b'* ESEARCH (TAG "A285") UID MIN 7 ALL 9:8', Keys([8, 9])),
        (b'* ESEARCH (TAG "A284")', Keys()),  # RFC 9051, 6.4.4: nothing found
        (b'* ESEARCH (TAG "ALL") UID COUNT 0', Keys()),
    ],
)
def test_what_a_search_found_is_a_set(line: bytes, keys: Keys) -> None:
    """RFC 9051, 7.3.4, and the older form."""
    assert reply.searched(line) == keys


@pytest.mark.parametrize(
    "line",
    [
        b"* SEARCH 0",
        b"* SEARCH 1 two",
        b"* SEARCH 4294967296",
        b'* ESEARCH (TAG "a") UID ALL *',
        b'* ESEARCH (TAG "a") UID ALL 1:',
        b'* ESEARCH (TAG "a") UID ALL 1,,2',
        b'* ESEARCH (TAG "a) UID ALL 1',
    ],
)
def test_a_search_that_found_no_numbers_is_a_value_error(line: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError):
        reply.searched(line)


def test_a_search_with_a_hundred_thousand_results_is_read_whole() -> None:
    """Slices are cut where numbers end."""
    numbers = range(1, 200_001, 2)
    line = b"* SEARCH " + b" ".join(b"%d" % number for number in numbers)
    assert list(reply.searched(line)) == list(numbers)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_no_bytes_raise_anything_but_value_error(texts: list[bytes]) -> None:
    """Whatever stands between the literals."""
    parts: list[reply.Part] = [b"* 1 FETCH (" + texts[0], *texts[1:]]
    for read in (lambda: reply.fetched(parts), lambda: reply.searched(b"* SEARCH " + texts[0])):
        try:
            read()
        except ValueError:
            continue


@pytest.mark.parametrize("piece", [b'"', b'"\\', b"[", b"a[", b"(", b"{", b" ", b'\\"', b"a[]"])
def test_reading_a_line_takes_time_in_proportion_to_its_length(piece: bytes) -> None:
    """A line of 64 KiB of anything is read in a moment."""
    begun = time.process_time()
    for line in (piece * (65536 // len(piece)), b'"' + piece * (65535 // len(piece))):
        try:
            reply.fetched([b"* 1 FETCH (" + line])
        except ValueError:
            continue
        finally:
            reply.announced(line)
            reply.status(line)
    assert time.process_time() - begun < 2


@given(st.integers(0, 10**10), st.integers(0, 10**20), st.binary(max_size=20))
def test_the_usual_answers_are_read_as_any_others_are(uid: int, size: int, data: bytes) -> None:
    """The short way says what the long way says of the same, written in capitals or not."""
    sized = b"* 1 FETCH (UID %d RFC822.SIZE %d)" % (uid, size)
    whole = b"* 1 FETCH (UID %d BODY[] {%d}" % (uid, len(data))
    cases: list[tuple[bytes, list[reply.Part]]] = [
        (sized, []),
        (whole, [data, b")"]),
        (whole, [Unkept(9), b")"]),
    ]
    for first, rest in cases:
        answers = []
        for line in (first, first.replace(b"FETCH", b"fetch")):
            try:
                answers.append(reply.fetched([line, *rest]))
            except ValueError:
                answers.append(Fetched(0, None, None))
        assert answers[0] == answers[1]
