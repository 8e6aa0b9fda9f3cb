"""``mailgate post``: a text on standard input becomes a message of a record."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli.tool import Tool

LETTER = b"From: Ann <ann@x.org>\nSubject: Chairs\nMessage-ID: <1@x.org>\n\nTen, please.\n"
KEYS = (
    "id message_id record parent kind direction sender sender_name to cc subject date at body_text"
    " body_html reply_text automatic class stranger unpacked defects attachments authentication"
).split()


@pytest.fixture(scope="module")
def begun(template: Tool, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """A gateway with record 1, to be copied."""
    tool = template.copy(tmp_path_factory.mktemp("begun"))
    tool.ok("alias", "add", "info", "--model", "lead", "--follower", "boss@corp.org")
    tool.deliver(LETTER, "-f", "ann@x.org", "info@example.com")
    return tool


@pytest.fixture
def filled(begun: Tool, tmp_path: Path) -> Tool:
    """A gateway with record 1, which Ann began and the boss follows."""
    return begun.copy(tmp_path)


def test_it_prints_the_message_as_record_show_does(filled: Tool) -> None:
    result = filled.ok("post", "1", input="Grüße!\n")
    assert "message 2 waits in the outbox for ann@x.org, boss@corp.org" in result.stderr
    assert "Grüße!" in result.stdout
    assert result.stdout in filled.ok("record", "show", "1").stdout
    waiting = filled.json("outbox", "list")
    assert [item["recipients"] for item in waiting][:2] == [["boss@corp.org"], ["ann@x.org"]]


def test_in_json_it_is_the_object_of_the_message(filled: Tool) -> None:
    result = filled.ok("post", "1", "--to", "bob@y.org", "--json", input="Hello.\n")
    shown = filled.json("record", "show", "1")["messages"][-1]
    assert list(shown) == KEYS
    assert result.stdout.isascii()
    assert shown["to"] == ["bob@y.org"]
    assert (shown["direction"], shown["kind"], shown["class"]) == ("out", "email", "person")
    assert shown["message_id"] in result.stdout


def test_the_outbox_shows_what_will_be_sent(filled: Tool, tmp_path: Path) -> None:
    file = tmp_path / "Größe, klein.txt"
    file.write_text("1 m")
    filled.ok("post", "1", "--attach", str(file), "--subject", "Größe", input="See the file.\n")
    number = filled.json("outbox", "list")[0]["id"]
    letter = filled.json("outbox", "show", str(number))
    headers = {item["name"].lower(): item["value"] for item in letter["headers"]}
    assert (headers["to"], headers["subject"]) == ("boss@corp.org", "Größe")
    assert headers["from"] == "Example Ltd <info@example.com>"
    assert letter["sender"] == "bounce@example.com"
    assert letter["body"].strip() == "See the file."
    (kept,) = filled.json("record", "show", "1")["messages"][-1]["attachments"]
    assert (kept["filename"], kept["size"]) == ("Größe, klein.txt", 3)


def test_who_is_left_out_is_named(filled: Tool) -> None:
    result = filled.ok("post", "1", "--to", "info@example.com", input="Hello.\n")
    assert "info@example.com does not get it: it is one of our addresses" in result.stderr


def test_a_message_for_nobody_says_so(filled: Tool) -> None:
    for address in ("ann@x.org", "boss@corp.org"):
        filled.ok("record", "unfollow", "1", address)
    assert "nobody gets it" in filled.ok("post", "1", input="Hello.\n").stderr


def test_a_note_stays_inside(filled: Tool) -> None:
    before = filled.json("outbox", "list", "--all")
    result = filled.ok("post", "1", "--note", input="Ann called.\n")
    assert "it stays inside" in result.stderr
    assert filled.json("outbox", "list", "--all") == before
    assert "--note excludes" in filled.error("post", "1", "--note", "--to", "a@b.org", status=2)


def test_what_cannot_be_posted_is_one_line_and_changes_nothing(
    filled: Tool, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("x")
    cases: list[tuple[list[str], bytes, str]] = [
        (["1"], b"", "there is no text"),
        (["1"], b" \n\n", "there is no text"),
        (["1"], b"Gr\xfc\xdfe\nx", "byte 0xfc at 3, in line 1"),
        (["1"], b"\xef\xbb\xbfa\n\nb\xff", "byte 0xff at 8, in line 3"),
        (["1"], b"a\0b", "NUL byte"),
        (["9"], b"Hello.", "no record 9"),
        (["1", "--to", "a b@x.org"], b"Hello.", "is no address"),
        (["1", "--from", "eve@evil.org"], b"Hello.", "contact add eve@evil.org --internal"),
        (["1", "--attach", str(tmp_path / "gone")], b"Hello.", "No such file"),
        (["1", "--attach", str(tmp_path)], b"Hello.", "Is a directory"),
    ]
    before = filled.json("record", "show", "1")
    for words, text, expected in cases:
        assert expected in filled.error("post", *words, input=text), words
    assert filled.json("record", "show", "1") == before


def test_what_is_larger_than_a_message_may_be_is_not_read_to_its_end(
    filled: Tool, tmp_path: Path
) -> None:
    filled.ok("param", "set", "mail.message.max.bytes", "4000")
    (tmp_path / "big").write_bytes(b"x" * 4001)
    assert "longer than" in filled.error("post", "1", input="x" * 4001)
    assert "too large" in filled.error("post", "1", "--attach", "/dev/zero", input="Hello.")
    assert "too large" in filled.error("post", "1", "--attach", str(tmp_path / "big"), input="x")
    (tmp_path / "half").write_bytes(b"x" * 2100)
    twice = ["--attach", str(tmp_path / "half")] * 2
    assert "too large" in filled.error("post", "1", *twice, input="x")
    assert "would have" in filled.error("post", "1", *twice[:2], input="x" * 3000)
    assert filled.json("record", "show", "1")["messages"][1:] == []


def test_a_file_name_need_not_be_text(filled: Tool, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9\n.txt"
    Path(os.fsdecode(path)).write_bytes(b"1")
    done = filled.process("post", "1", "--attach", path, "--json", input=b"Hello.")
    assert done.returncode == 0, done.stderr
    (kept,) = filled.json("record", "show", "1")["messages"][-1]["attachments"]
    assert kept["original_filename"] == "caf\ufffd .txt"


def test_explain_says_whom_a_message_would_be_sent_on_to(filled: Tool, tmp_path: Path) -> None:
    letter = tmp_path / "letter.eml"
    letter.write_bytes(LETTER.replace(b"<1@", b"<2@"))
    words = ("explain", "-f", "ann@x.org", "-r", "info@example.com", str(letter))
    assert filled.json(*words)["sent_on"] == [{"record": None, "to": ["boss@corp.org"]}]
    assert "sent on to a follower: boss@corp.org" in " ".join(filled.ok(*words).stdout.split())
    letter.write_bytes(
        b"Auto-Submitted: auto-replied\nIn-Reply-To: <1@x.org>\n" + LETTER.replace(b"<1@", b"<2@")
    )
    assert filled.json(*words)["sent_on"] == [{"record": 1, "to": []}]
    shown = " ".join(filled.ok(*words).stdout.split())
    assert "not sent on: it is an automatic answer" in shown


def test_deleting_a_record_cancels_its_letters(filled: Tool) -> None:
    filled.ok("post", "1", input="Hello.\n")
    filled.ok("record", "delete", "1", "--yes")
    assert {item["status"] for item in filled.json("outbox", "list", "--all")} == {"cancelled"}
    assert filled.json("notification", "list") == []
