"""Copies of real messages say what the messages said: the same texts, the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgate.mail import compose, copy, message
from mailgate.mail.envelope import Envelope
from mailgate.mail.incoming import Incoming
from mailgate.mail.message import Content
from mailgate.mail.original import Reader

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
MAX_BYTES = 300_000


def content(data: bytes) -> tuple[object, ...]:
    """Return what people find in a message."""
    read: Content = message.read([data])
    files = [(file.filename, file.content_type, file.data) for file in read.attachments]
    return read.body_text, read.body_html, files


def test_the_corpus_is_there() -> None:
    assert len(list(CORPUS.glob("*/*"))) >= 20


@pytest.mark.parametrize("source", sorted(CORPUS.glob("*/*")), ids=lambda path: path.name)
def test_a_copy_reads_like_the_message(source: Path) -> None:
    for path in sorted((source / "messages").rglob("*")):
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            continue
        data = path.read_bytes()
        if data.startswith(b"From "):
            data = data.partition(b"\n")[2]
        reader = Reader(len(data), mbox=False)
        reader.feed(data)
        original = reader.finish()
        incoming = Incoming(original, Envelope("pipe"))
        fields = [
            ("To", copy.recipients(original.header, "to")),
            ("Subject", copy.subject(incoming.subject)),
            ("Date", copy.date(original.header, 0)),
            *copy.kept(original.header, incoming.kind),
        ]
        head = compose.header([("From", "a@x.org"), *fields])
        assert content(head + data[original.header.size :]) == content(data), path
