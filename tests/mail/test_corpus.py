"""Real messages, with what other programs and people expect of them."""

from __future__ import annotations

import html
import json
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import nh3
import pytest

from mailgate.mail import message, quotation

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
SECONDS = 2.0
"""CPU for one message; most take a thousandth of it."""


def sources(topic: str) -> list[Path]:
    return sorted(path.parent for path in (CORPUS / topic).glob("*/expected.jsonl"))


def rows(source: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in (source / "expected.jsonl").read_text("utf-8").split("\n")
        if line
    ]


def read(path: Path) -> message.Content:
    data = path.read_bytes()
    return message.read([data.partition(b"\n")[2] if data.startswith(b"From ") else data])


def solid(text: str) -> str:
    return "".join(text.split())


def test_the_corpus_is_there() -> None:
    assert len(list(CORPUS.glob("*/*/expected.jsonl"))) >= 20


@pytest.mark.parametrize("source", sorted(CORPUS.glob("*/*")), ids=lambda path: path.name)
def test_every_message_is_read_quickly_and_gives_clean_text(source: Path) -> None:
    for path in sorted((source / "messages").rglob("*")):
        if not path.is_file():
            continue
        start = time.process_time()
        content = read(path)
        assert time.process_time() - start < SECONDS, path
        assert not [defect for defect in content.defects if "failed" in defect], path
        texts = [content.subject, content.sender_name, content.body_text, content.body_html]
        for text in [*texts, content.reply_text, *[file.filename for file in content.attachments]]:
            assert "\0" not in text, path
            text.encode()
        assert bool(content.reply_text.strip()) == bool(content.body_text.strip()), path


SUBJECTS = {
    "legacy-020.eml": "raw Latin-1 in the Subject is read, not replaced",
    "legacy-022.eml": "raw Latin-1 in the Subject is read, not replaced",
}
TEXTS = {
    "malformed-005.eml": "an inner boundary that equals the end of the outer one",
    "malformed-020.eml": "the text stands before the first boundary",
    "malformed-021.eml": "the text stands before the first boundary",
    "thirdparty-002.eml": "text where base64 is declared is kept as text",
    "legacy-049.eml": "uuencoded files leave the text and become attachments",
}
NAMES = {
    "legacy-026.eml": "raw Latin-1 in a name is read, not replaced",
    "legacy-035.eml": "backslashes of a path are kept in the original name",
    "legacy-039.eml": "backslashes of a path are kept in the original name",
}


def test_subjects_are_those_that_another_parser_reads() -> None:
    wrong = {
        row["file"][len("messages/") :]
        for source in sources("mime")
        for row in rows(source)
        if "subject" in row and solid(row["subject"]) != solid(read(source / row["file"]).subject)
    }
    assert wrong == set(SUBJECTS)


def test_plain_texts_are_those_that_other_parsers_read() -> None:
    wrong = set()
    for source in sources("mime"):
        for row in rows(source):
            texts = [*row.get("text", []), row.get("text_nows", "")]
            found = solid(read(source / row["file"]).body_text)
            if not all(solid(text) in found for text in texts):
                wrong.add(row["file"][len("messages/") :])
    assert wrong == set(TEXTS)


def test_pages_say_what_another_parser_reads_in_them() -> None:
    for source in sources("mime"):
        for row in rows(source):
            if "html_text_nows" in row:
                page = read(source / row["file"]).body_html
                text = solid(html.unescape(nh3.clean(page, tags=set())))
                assert text == row["html_text_nows"], row["file"]


def test_attachments_have_the_names_that_another_parser_reads() -> None:
    wrong = set()
    for source in sources("mime"):
        for row in rows(source):
            expected = row.get("attachments", [])
            files = read(source / row["file"]).attachments
            if isinstance(expected, int):
                assert len(files) >= expected, row["file"]
                continue
            names = {file.original_filename for file in files}
            if not {file["name"] for file in expected if file["name"]} <= names:
                wrong.add(row["file"][len("messages/") :])
    assert wrong == set(NAMES)


def test_images_come_out_byte_for_byte() -> None:
    seen = 0
    for row in rows(CORPUS / "mime" / "stalwart-mail-parser"):
        path = CORPUS / "mime" / "stalwart-mail-parser" / row["file"]
        if b"uuencode" in path.read_bytes():
            continue  # the other parser leaves them encoded
        files = {sha256(file.data).hexdigest() for file in read(path).attachments}
        for file in row.get("attachments", []):
            kind = file["content_type"] or ""
            if kind.startswith(("image/", "application/")) and file["sha256"]:
                seen += 1
                assert file["sha256"] in files, row["file"]
    assert seen > 20


REPLIES = {
    "embedded_email_4.txt": "quoted with | instead of >",
    "embedded_email_12.txt": "an attribution over four lines with blank ones between",
    "embedded_email_16.txt": "a quotation that is answered as a whole is not part of the answer",
    "embedded_email_18.txt": "an attribution without quotation, and nothing before it",
    "forwarded_message.txt": "a message that is only forwarded is kept whole",
    "signatures.txt": "a list of two dozen signatures of mobile programs",
    "inline-link_closed_with_quotation_marker_on_new_line-1.txt": "a header of two fields",
}


def test_answers_are_those_that_people_see_in_replies() -> None:
    wrong = set()
    for source in sources("reply"):
        for row in rows(source):
            if row["kind"] != "reply_text":
                continue
            path = source / row["file"]
            text = read(path).body_text if path.suffix == ".eml" else path.read_bytes().decode()
            if not _fits(" ".join(quotation.reply(text).split()), row):
                wrong.add(path.name)
    assert wrong == set(REPLIES)


def _fits(answer: str, row: dict[str, Any]) -> bool:
    def flat(text: str) -> str:
        return " ".join(text.split())

    if row.get("reply_text") and answer != flat(row["reply_text"]):
        return False
    if not answer.startswith(flat(row.get("reply_starts", ""))):
        return False
    if not all(flat(text) in answer for text in row.get("reply_contains", [])):
        return False
    return not any(flat(text) in answer for text in row.get("reply_not_contains", []))
