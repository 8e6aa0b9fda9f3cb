"""What goes out is read again: a field, text or file that nobody meant is found."""

from __future__ import annotations

import pytest

from mailgate.mail import compose
from mailgate.mail.parts import File, body
from mailgate.mail.proof import prove, prove_header

FIELDS = [("From", "a@x.org"), ("Subject", "chairs"), ("X-Empty", "")]
FILE = File("a.bin", b"one")
TEXT = "Hello.\n"


def build(*files: File) -> tuple[bytes, list[tuple[str, str]]]:
    """Return a letter and its whole header."""
    mime, data = body(TEXT, files)
    return compose.header([*FIELDS, *mime]) + data, [*FIELDS, *mime]


def test_a_letter_as_it_was_meant_passes() -> None:
    for files in ((), (FILE,)):
        data, fields = build(*files)
        prove(data, fields, TEXT, files)
        prove_header(data, fields)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"Subject: chairs\n", b"Subject: chairs\nBcc: eve@evil.org\n"),
        (b"Subject: chairs\n", b"Subject: chairs\r\nBcc: eve@evil.org\n"),
        (b"Subject: chairs\n", b"Subject: chairs\rBcc: eve@evil.org\n"),
        (b"Subject: chairs\n", b""),
        (b"Subject: chairs\n", b"Subject: chairs\n\nIt was a trap.\n"),
        (b"Subject: chairs\n", b"Subject: tables\n"),
        (b"Subject: chairs\n", b"no field\nSubject: chairs\n"),
        (b"Hello.", b"Goodbye."),
        (b'filename="a.bin"', b'filename="b.bin"'),
        (b"b25l", b"dHdv"),
        (b"--\n", b"\n"),
    ],
)
def test_whatever_else_is_read_is_refused(was: bytes, now: bytes) -> None:
    """CVE-2024-6923: a library wrote line breaks within values as they were."""
    data, fields = build(FILE)
    assert was in data
    with pytest.raises(ValueError, match="would be read"):
        prove(data.replace(was, now), fields, TEXT, (FILE,))


def test_a_header_is_not_written_where_a_name_makes_another() -> None:
    with pytest.raises(ValueError, match="another"):
        compose.header([("Subject: x\nBcc", "eve@evil.org")])
    with pytest.raises(ValueError, match="another"):
        compose.header([("Sub ject", "x")])
