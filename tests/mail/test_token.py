"""Tokens name a record or a notification, and nobody without the key can make or change one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.token import (
    KEY_BYTES,
    LENGTH,
    looks_like,
    make,
    make_bounce,
    notification_of,
    record_of,
)

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
RECORDS = st.integers(min_value=1, max_value=2**63 - 1)
KEY, OTHER = b"k" * KEY_BYTES, b"o" * KEY_BYTES


@given(KEYS, RECORDS)
def test_a_token_names_its_record_in_whatever_case(key: bytes, record: int) -> None:
    token = make(key, record)
    assert looks_like(token)
    assert record_of((key,), token) == record_of((key,), token.upper()) == record
    assert record_of((key,), token.swapcase().title()) == record


@given(KEYS, RECORDS)
def test_a_token_fits_into_a_local_part(key: bytes, record: int) -> None:
    """RFC 5321 section 4.5.3.1.1: 64 octets; half of them are left to the name before it."""
    token = make(key, record)
    assert set(token) <= set(ALPHABET)
    assert len(token) == LENGTH <= 40


@given(RECORDS, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_an_altered_token_names_nothing(record: int, at: int, letter: str) -> None:
    token = make(KEY, record)
    altered = token[:at] + letter + token[at + 1 :]
    assert record_of((KEY,), altered) == (record if altered == token else None)


@given(RECORDS, RECORDS)
def test_the_hash_of_one_record_does_not_fit_another(one: int, other: int) -> None:
    """The number is the first 64 of 160 bits, so begins with 12 characters after the version."""
    ours, theirs = make(KEY, one), make(KEY, other)
    mixed = theirs[:13] + ours[13:]
    assert record_of((KEY,), mixed) == {ours: one, theirs: other}.get(mixed)


@given(RECORDS, st.integers(0, LENGTH - 1), st.sampled_from([*ALPHABET, "=", " ", "\n", ""]))
def test_a_token_cut_short_or_made_longer_names_nothing(record: int, end: int, more: str) -> None:
    token = make(KEY, record)
    assert record_of((KEY,), token[:end]) is None
    assert record_of((KEY,), token[end + 1 :]) is None
    assert record_of((KEY,), token + (more or "a")) is None


@given(RECORDS)
def test_only_the_keys_given_count(record: int) -> None:
    token = make(OTHER, record)
    assert record_of((KEY,), token) is None
    assert record_of((), token) is None
    assert record_of((KEY, OTHER), token) == record


@given(st.text(max_size=80) | st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1))
def test_what_was_made_without_the_key_names_nothing(text: str) -> None:
    assert record_of((KEY,), text) is None
    assert record_of((KEY,), "a" + text) is None


@pytest.mark.parametrize(
    "strange", ["_", "-", "+", " ", "0", "1", "8", "9", "\u212a", "\u0130", "\u0663"]
)
def test_other_characters_are_in_no_token(strange: str) -> None:
    """Also those that int() skips, that are digits elsewhere, or become a-z in lower case."""
    token = make(KEY, 5)
    for at in (0, 1, LENGTH - 1):
        text = token[:at] + strange + token[at + 1 :]
        assert not looks_like(text)
        assert record_of((KEY,), text) is None


@given(KEYS, RECORDS)
def test_a_bounce_token_names_its_notification_in_whatever_case(key: bytes, number: int) -> None:
    token = make_bounce(key, number)
    assert set(token) <= set(ALPHABET)
    assert len(token) == LENGTH
    assert notification_of((key,), token) == notification_of((key,), token.upper()) == number
    assert notification_of((OTHER, key), token) == number


@given(RECORDS, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_an_altered_bounce_token_names_nothing(number: int, at: int, letter: str) -> None:
    token = make_bounce(KEY, number)
    altered = token[:at] + letter + token[at + 1 :]
    assert notification_of((KEY,), altered) == (number if altered == token else None)


@given(RECORDS)
def test_a_token_of_one_purpose_is_none_of_the_other_even_under_its_letter(number: int) -> None:
    """Everybody who writes back sees reply tokens; they must not make a bounce credible."""
    reply, bounce = make(KEY, number), make_bounce(KEY, number)
    assert not looks_like(bounce)
    for seen in (reply, bounce[0] + reply[1:]):
        assert notification_of((KEY,), seen) is None
    for seen in (bounce, reply[0] + bounce[1:]):
        assert record_of((KEY,), seen) is None
