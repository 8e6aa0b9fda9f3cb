"""Messages in files: mbox in both quotings, Maildirs, directories, whatever the size."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.channels import files
from mailgate.channels.files import MBOXO, MBOXRD, source
from mailgate.errors import MailgateError

SEPARATOR = b"From ann@x.org Sun Nov 22 17:00:00 2026\n"
ONE = b"Subject: one\n\nfirst\n"
TWO = b"Subject: two\n\nsecond\n"


def read(path: Path, quoting: str = MBOXRD, offset: int = 0) -> list[bytes]:
    found = files.messages("", str(path), offset, quoting)
    return [b"".join(stored.chunks) for stored in found]


def written(tmp_path: Path, data: bytes, name: str = "a.mbox") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_an_mbox_is_split_at_the_lines_that_begin_messages(tmp_path: Path) -> None:
    path = written(tmp_path, SEPARATOR + ONE + b"\n" + SEPARATOR + TWO + b"\n")
    assert read(path) == [ONE, TWO]


def test_the_blank_line_at_the_end_may_be_missing(tmp_path: Path) -> None:
    assert read(written(tmp_path, SEPARATOR + ONE + b"\n" + SEPARATOR + TWO)) == [ONE, TWO]
    assert read(written(tmp_path, SEPARATOR + b"Subject: x\n\nno line end")) == [
        b"Subject: x\n\nno line end"
    ]


def test_line_ends_of_two_bytes_are_kept(tmp_path: Path) -> None:
    one, two = ONE.replace(b"\n", b"\r\n"), TWO.replace(b"\n", b"\r\n")
    line = SEPARATOR.replace(b"\n", b"\r\n")
    assert read(written(tmp_path, line + one + b"\r\n" + line + two + b"\r\n")) == [one, two]


@pytest.mark.parametrize(
    "text",
    [
        b"Subject: x\n\nhello\nFrom here on 17:00 2026\n",
        b"Subject: x\n\nhello\n\nFrom here on it is text\n",
        b"Subject: x\n\nhello\n\nFromage 17:00 2026\n",
    ],
    ids=["no blank line before it", "no time and year in it", "another word"],
)
def test_text_that_only_looks_like_a_separator_stays_text(tmp_path: Path, text: bytes) -> None:
    assert read(written(tmp_path, SEPARATOR + text + b"\n" + SEPARATOR + TWO)) == [text, TWO]


@pytest.mark.parametrize(
    ("quoting", "plain"),
    [
        (MBOXRD, b"From a\n>From b\n>>From c\n> From d\n"),
        (MBOXO, b"From a\n>>From b\n>>>From c\n> From d\n"),
    ],
)
def test_quoted_lines_are_as_they_were_written(tmp_path: Path, quoting: str, plain: bytes) -> None:
    """mboxrd quotes every line of > and From once more, mboxo only bare ones."""
    body = b"Subject: x\n\n>From a\n>>From b\n>>>From c\n> From d\n"
    assert read(written(tmp_path, SEPARATOR + body), quoting) == [b"Subject: x\n\n" + plain]


def test_where_the_first_separator_has_no_date_the_others_need_none(tmp_path: Path) -> None:
    path = written(tmp_path, b"From -\n" + ONE + b"\nFrom ann@x.org\n" + TWO)
    assert read(path) == [ONE, TWO]
    stored = next(files.messages("", str(path)))
    assert b"".join(stored.chunks) == ONE
    assert read(path, offset=stored.place.offset) == [TWO]


def test_a_file_without_a_separator_is_one_message(tmp_path: Path) -> None:
    assert read(written(tmp_path, ONE, "one.eml")) == [ONE]


@pytest.mark.parametrize("name", ["empty.mbox", "empty.eml", "empty"])
def test_an_empty_file_has_no_messages(tmp_path: Path, name: str) -> None:
    """A mail spool that was emptied is such a file."""
    assert read(written(tmp_path, b"", name)) == []


def test_reading_goes_on_from_where_a_message_ended(tmp_path: Path) -> None:
    path = written(tmp_path, SEPARATOR + ONE + b"\n" + SEPARATOR + TWO)
    stored = next(files.messages("", str(path)))
    assert b"".join(stored.chunks) == ONE
    assert read(path, offset=stored.place.offset) == [TWO]


def test_a_large_message_comes_in_chunks_of_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "CHUNK", 4096)
    text = b"Subject: x\n\n" + b"x" * 100_000 + b"\n" + b"line\n" * 20_000
    path = written(tmp_path, SEPARATOR + text + b"\n" + SEPARATOR + TWO)
    first, second = [list(stored.chunks) for stored in files.messages("", str(path))]
    assert b"".join(first) == text
    assert max(map(len, first)) < 16384
    assert b"".join(second) == TWO


_lines = st.lists(
    st.sampled_from(
        [b"", b"text", b"From x", b">From y", b">>From z", b">", b"x" * 1200, b"F", b"\r", b"From"]
    ),
    max_size=12,
)


@given(st.lists(_lines, min_size=1, max_size=5), st.integers(min_value=1, max_value=300))
def test_what_mboxrd_wrote_is_read_as_it_was_whatever_the_chunks(
    tmp_path_factory: pytest.TempPathFactory, letters: list[list[bytes]], chunk: int
) -> None:
    messages = [b"Subject: x\n\n" + b"\n".join(lines) + b"\n" for lines in letters]
    box = b""
    for message in messages:
        quoted = [
            b">" + line if line.lstrip(b">").startswith(b"From ") else line
            for line in message.split(b"\n")
        ]
        box += SEPARATOR + b"\n".join(quoted) + b"\n"
    path = tmp_path_factory.mktemp("mbox") / "a.mbox"
    path.write_bytes(box)
    before = files.CHUNK
    files.CHUNK = chunk
    try:
        assert read(path) == messages
    finally:
        files.CHUNK = before


def test_a_maildir_is_read_new_and_seen_but_not_deleted(tmp_path: Path) -> None:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "2.host").write_bytes(TWO)
    (tmp_path / "cur" / "1.host:2,S").write_bytes(ONE)
    (tmp_path / "cur" / "3.host:2,ST").write_bytes(ONE)
    (tmp_path / "tmp" / "4.host").write_bytes(ONE)
    found = source(str(tmp_path)).files
    assert [name for name, _ in found] == ["1.host", "2.host"]


def test_a_directory_is_read_with_those_below_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.eml").write_bytes(ONE)
    (tmp_path / "deep" / "a.EML").write_bytes(TWO)
    (tmp_path / "notes.txt").write_bytes(b"no mail")
    assert [name for name, _ in source(str(tmp_path)).files] == ["b.eml", "deep/a.EML"]


@pytest.mark.parametrize(("name", "text"), [("missing", "No such file"), ("", "neither new/")])
def test_what_holds_no_mail_is_said(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(MailgateError, match=text):
        source(str(tmp_path / name))


def test_a_separator_is_known_by_time_and_year() -> None:
    for line in (
        b"From ann@x.org Sun Nov 22 17:00:00 2026",
        b"From - Mon Jan  1 00:00:00 1996",
        b"From MAILER-DAEMON Fri Jul  8 12:08 2011 +0200",
    ):
        assert files.is_separator(line)
    assert not files.is_separator(b"From now on, see you in 2026")


def test_what_can_be_read_only_once_or_is_compressed_is_said(tmp_path: Path) -> None:
    """A pipe cannot be gone back in; one file of several messages would pass for one message."""
    pipe, packed = tmp_path / "pipe", tmp_path / "old.mbox.gz"
    os.mkfifo(pipe)
    writing = os.open(pipe, os.O_RDWR)
    packed.write_bytes(gzip.compress(b"From a Sun Nov 22 17:00:00 2026\n\n"))
    for path, text in ((pipe, "read once only"), (packed, "gunzip it first")):
        with pytest.raises(MailgateError, match=text):
            source(str(path))
    os.close(writing)
