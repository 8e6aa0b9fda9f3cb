"""Outgoing bodies with files: whatever they are called, readers find name and bytes as meant."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail.hostile import TEXTS

from mailgate.mail import compose, message
from mailgate.mail.parts import BINARY, File, body
from mailgate.mail.proof import prove

QUICK = settings(max_examples=100, deadline=None)
START = [("From", "a@x.org"), ("Subject", "files")]


def letter(text: str, *files: File) -> bytes:
    """Return a whole letter, proven."""
    fields, data = body(text, files)
    whole = compose.header([*START, *fields]) + data
    prove(whole, [*START, *fields], text, files)
    return whole


@QUICK
@given(TEXTS, st.binary(max_size=200))
def test_a_file_of_any_name_arrives_as_it_is(name: str, data: bytes) -> None:
    file = File(name, data)
    whole = letter("Hello.", file)
    assert max(map(len, whole.split(b"\n"))) <= 998
    (found,) = message.read([whole]).attachments
    assert (found.original_filename, found.data) == (file.name, data)
    modern = message_from_bytes(whole, policy=policy.default)
    assert isinstance(modern, EmailMessage)
    (theirs,) = modern.iter_attachments()
    assert theirs["content-disposition"].params["filename"] == file.name
    assert list(modern.keys()) == ["From", "Subject", "MIME-Version", "Content-Type"]


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("offer.pdf", "offer.pdf"),
        ("Größe.pdf", "Größe.pdf"),
        ("a\nb: c.txt", "a b: c.txt"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("x" * 300, "x" * 200),
        ("\u202egpj.exe", "gpj.exe"),
        ("", "file"),
        ("\ud800.txt", "?.txt"),
    ],
)
def test_a_name_is_sent_without_what_is_no_name(name: str, sent: str) -> None:
    assert File(name, b"").name == sent


def test_names_are_written_as_rfc_2231_has_it() -> None:
    """Sections 3 and 4: numbered pieces, the charset in the first, percent-encoded."""
    whole = letter("Hello.", File("Größe " * 12 + ".pdf", b"1"))
    lines = [line for line in whole.split(b"\n") if b"filename" in line]
    assert lines[0].startswith(b" filename*0*=utf-8''Gr%C3%B6%C3%9Fe%20")
    assert lines[1].startswith(b" filename*1*=")
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pdf", b"", "application/pdf"),
        ("a.PNG", b"", "image/png"),
        ("a.txt", "Grüße".encode(), 'text/plain; charset="utf-8"'),
        ("a.txt", "Grüße".encode("latin-1"), BINARY),
        ("a.tar.gz", b"", BINARY),
        ("a.eml", b"", BINARY),
        ("a", b"", BINARY),
        ("a.pdf; x=y", b"", BINARY),
    ],
)
def test_a_type_is_one_that_can_be_sent_in_base64(name: str, data: bytes, kind: str) -> None:
    """RFC 2046 section 5.2.1: message/rfc822 cannot."""
    assert File(name, data).content_type == kind


@QUICK
@given(st.text(max_size=300).map(lambda text: text.replace("\r", "\n")))
def test_a_text_beside_files_comes_back_as_it_was(text: str) -> None:
    meant = text.encode("utf-8", "replace").decode()
    letter(meant, File("one.bin", b"\0" * 100), File("one.bin", b"--\n"))


def test_a_text_with_controls_is_encoded() -> None:
    for control in "\0\x0b\x1b\x7f":
        assert dict(compose.text_part(f"a{control}b")[0])["Content-Transfer-Encoding"] != "7bit"
