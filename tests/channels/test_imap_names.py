"""Folder names as IMAP writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.channels import imap_names as names
from mailgate.errors import ConfigurationError


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("INBOX", b"INBOX"),
        ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501, 5.1.3
        ("Entwürfe", b"Entw&APw-rfe"),
        ("R&D", b"R&-D"),
        ("&", b"&-"),
        ("a\tb", b"a&AAk-b"),
        ("😀", b"&2D3eAA-"),
        ("", b""),
    ],
)
def test_names_are_written_in_modified_utf_7(name: str, encoded: bytes) -> None:
    """And read back."""
    assert names.encode(name) == encoded
    assert names.decode(encoded) == name


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_every_name_comes_back(name: str) -> None:
    """Whatever its characters."""
    assert names.decode(names.encode(name)) == name


@given(st.binary(max_size=100))
def test_any_bytes_are_some_name(data: bytes) -> None:
    """A server may send what it likes."""
    assert isinstance(names.decode(data), str)


def test_what_is_no_modified_utf_7_is_read_as_utf_8() -> None:
    """As servers with UTF8=ACCEPT, and careless ones, send it."""
    assert names.decode("Entwürfe".encode()) == "Entwürfe"
    assert names.decode(b"R&D") == "R&D"


def test_a_quoted_string_hides_quotes_and_backslashes() -> None:
    """RFC 9051, 9: quoted."""
    assert names.quote('a"b\\c') == b'"a\\"b\\\\c"'


@pytest.mark.parametrize("bad", ["a\r\nb", "a\0", "\x7f"])
def test_control_characters_never_reach_the_wire(bad: str) -> None:
    """A line end in a name would begin another command."""
    with pytest.raises(ConfigurationError):
        names.quote(bad)
