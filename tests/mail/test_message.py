"""A whole message: what it says, however it is put together or broken."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail import message, mime

PLAIN = (
    b"From: =?utf-8?Q?Ann_M=C3=BCller?= <Ann@Example.com>\r\n"
    b"To: info@example.com, Bo <bo@example.com>\r\n"
    b"To: more@example.com\r\n"
    b"Cc: cc@example.com\r\n"
    b"Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n"
    b" from here\r\n"
    b"Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"Gr=C3=BC=C3=9Fe\r\n\r\nOn 2 Nov 2026, Bo wrote:\r\n> Hello\r\n"
)


def read(*lines: str) -> message.Content:
    return message.read(["\n".join(lines).encode("utf-8", "surrogateescape")])


def test_a_plain_message_says_what_its_fields_and_text_say() -> None:
    content = message.read([PLAIN])
    assert content.sender_name == "Ann Müller"
    assert content.subject == "Grüße from here"
    assert content.to == ("info@example.com", "bo@example.com", "more@example.com")
    assert content.cc == ("cc@example.com",)
    assert content.date == "1997-11-21T15:55:06Z"
    assert content.body_text == "Grüße\n\nOn 2 Nov 2026, Bo wrote:\n> Hello"
    assert content.reply_text == "Grüße"
    assert content.body_html == ""
    assert content.attachments == ()
    assert content.defects == ()


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_the_size_of_the_chunks_changes_nothing(size: int) -> None:
    chunks = [PLAIN[at : at + size] for at in range(0, len(PLAIN), size)]
    content, whole = message.read(chunks), message.read([PLAIN])
    for name in message.Content.__slots__:
        assert getattr(content, name) == getattr(whole, name)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_all_line_ends_read_alike(end: bytes) -> None:
    content = message.read([PLAIN.replace(b"\r\n", end)])
    assert content.subject == "Grüße from here"
    assert content.body_text == "Grüße\n\nOn 2 Nov 2026, Bo wrote:\n> Hello"


def test_raw_fields_are_in_the_charset_of_the_text() -> None:
    content = message.read(
        [
            b"Subject: \xef\xf0\xe8\xe2\xe5\xf2\nFrom: \xdf <a@example.com>\n"
            b"Content-Type: text/plain; charset=windows-1251\n\n\xe4\xe0"
        ]
    )
    assert (content.subject, content.sender_name, content.body_text) == ("привет", "Я", "да")


ALTERNATIVE = [
    "Content-Type: multipart/alternative; boundary=x",
    "",
    "--x",
    "Content-Type: text/plain",
    "",
    "plain",
    "--x",
    "Content-Type: text/html",
    "",
    "<p>rich</p>",
]


@pytest.mark.parametrize("end", [["--x--", ""], [], ["--x"], ["--x--", "epilogue"]])
def test_an_alternative_is_kept_in_both_forms_however_it_ends(end: list[str]) -> None:
    content = read(*ALTERNATIVE, *end)
    assert content.body_text == "plain"
    assert content.body_html == "<p>rich</p>"
    assert [file.size for file in content.attachments if file.size] == []


def test_no_blank_line_before_the_first_boundary_is_needed() -> None:
    content = read("Subject: s", ALTERNATIVE[0], *ALTERNATIVE[2:], "--x--")
    assert (content.subject, content.body_text) == ("s", "plain")
    assert "header-without-blank-line" in content.defects


def test_white_space_before_a_colon_is_no_matter() -> None:
    content = read("Subject : s", "Content-Type : text/html", "", "<b>b</b>")
    assert (content.subject, content.body_text, content.body_html) == ("s", "b", "<b>b</b>")


def test_html_alone_gives_the_text_too() -> None:
    content = read("Content-Type: text/html", "", '<p>see <a href="http://x.example">this</a></p>')
    assert content.body_text == "see this <http://x.example>"


def test_blank_plain_text_beside_html_gives_way_to_it() -> None:
    lines = ["" if line == "plain" else line for line in ALTERNATIVE]
    assert read(*lines, "--x--").body_text == "rich"


def part(kind: str, body: str, *fields: str) -> list[str]:
    return ["--y", f"Content-Type: {kind}", *fields, "", body]


def test_texts_inside_mixed_are_joined() -> None:
    content = read(
        "Content-Type: multipart/mixed; boundary=y",
        "",
        *part("text/plain", "one"),
        *part("text/html", "<p>two</p>"),
        *part("text/plain", "three < 4"),
        "--y--",
    )
    assert content.body_text == "one\ntwo\nthree < 4"
    assert content.body_html == "<pre>one</pre>\n<p>two</p>\n<pre>three &lt; 4</pre>"
    assert content.attachments == ()


def test_apples_alternative_gives_both_pages_and_the_pdf() -> None:
    content = read(
        *ALTERNATIVE[:6],
        "--x",
        "Content-Type: multipart/mixed; boundary=y",
        "",
        *part("text/html", "<p>one</p>"),
        *part("application/pdf", "PDF", 'Content-Disposition: inline; filename="a.pdf"'),
        *part("text/html", "<p>two</p>"),
        "--y--",
        "--x--",
    )
    assert content.body_text == "plain"
    assert content.body_html == "<p>one</p>\n<p>two</p>"
    assert [(file.filename, file.data) for file in content.attachments] == [("a.pdf", b"PDF")]


def test_what_is_no_body_is_an_attachment() -> None:
    content = read(
        "Content-Type: multipart/mixed; boundary=y",
        "",
        *part("text/plain", "body"),
        *part("text/plain", "note", "Content-Disposition: attachment"),
        *part('text/plain; name="../n.txt"', "named"),
        *part("text/calendar", "BEGIN:VCALENDAR"),
        *part("image/png", "iVBORw==", "Content-Transfer-Encoding: base64", "Content-ID: <i@x>"),
        *part("message/rfc822", "Subject: inner\n\nContent-Type: text/plain\n\ninner text"),
        "--y--",
    )
    assert content.body_text == "body"
    files = {file.filename: file for file in content.attachments}
    assert list(files) == [
        "attachment-1.txt",
        "n.txt",
        "attachment-3.ics",
        "attachment-4.png",
        "attachment-5.eml",
    ]
    assert files["n.txt"].original_filename == "../n.txt"
    assert files["attachment-4.png"].data == b"\x89PNG"
    assert files["attachment-4.png"].content_id == "i@x"
    assert files["attachment-5.eml"].content_type == "message/rfc822"
    assert files["attachment-5.eml"].data.startswith(b"Subject: inner\n\nContent-Type")


def test_of_a_report_only_the_first_part_is_text() -> None:
    content = read(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=y",
        "",
        *part("text/plain", "Sorry."),
        *part("message/delivery-status", "Reporting-MTA: dns; x\n\nAction: failed"),
        *part("text/rfc822-headers", "Subject: s"),
        "--y--",
    )
    assert content.body_text == "Sorry."
    assert [file.data for file in content.attachments] == [
        b"Reporting-MTA: dns; x\n\nAction: failed",
        b"Subject: s",
    ]


def test_a_signed_message_is_read_and_its_signature_kept() -> None:
    content = read(
        "Content-Type: multipart/signed; boundary=y",
        "",
        *part("text/plain", "signed"),
        *part("application/pgp-signature", "SIGNATURE"),
        "--y--",
    )
    assert content.body_text == "signed"
    assert [file.filename for file in content.attachments] == ["attachment-1.asc"]


def test_uuencoded_files_in_text_become_attachments() -> None:
    content = read("Subject: s", "", "before", "begin 644 a.txt", "%:&5L;&\\ ", "`", "end", "after")
    assert content.body_text == "before\nafter"
    assert [(file.filename, file.data) for file in content.attachments] == [("a.txt", b"hello")]


def test_an_attachment_is_never_transcoded() -> None:
    content = read(
        "Content-Type: multipart/mixed; boundary=y",
        "",
        *part(
            "text/csv; charset=iso-8859-1", "caf\udce9;\udc80", "Content-Disposition: attachment"
        ),
        "--y--",
    )
    assert content.attachments[0].data == b"caf\xe9;\x80"


def test_a_multipart_without_boundary_is_read_as_text() -> None:
    content = read("Content-Type: multipart/mixed", "", "some text")
    assert content.body_text == "some text"
    assert content.defects == ("boundary-missing",)


@pytest.mark.parametrize("text", ["", "\n", "\n\n", "no field", "\0", "Subject:", "a: b"])
def test_almost_nothing_is_still_a_message(text: str) -> None:
    assert message.read([text.encode()]).attachments == ()


def nested(depth: int) -> bytes:
    lines = []
    for level in range(depth):
        lines += [f"Content-Type: multipart/mixed; boundary=b{level}", "", f"--b{level}"]
    return "\n".join([*lines, "", "deep"]).encode()


def test_a_hundred_levels_are_read_and_more_stay_whole() -> None:
    assert message.read([nested(100)]).body_text == "deep"
    content = message.read([nested(5000)])
    assert "too-deep" in content.defects
    assert sum(file.data.count(b"boundary") for file in content.attachments) == 5000 - 101


def test_a_thousand_parts_are_read_and_no_more() -> None:
    body = b"\n--x\n\na" * 200_000
    start = time.process_time()
    content = message.read([b"Content-Type: multipart/mixed; boundary=x\n\n", body])
    assert "too-many-parts" in content.defects
    assert content.body_text.startswith("a\na\na")
    assert time.process_time() - start < 3


HOSTILE = [
    b"Content-Type: text/plain; name*\n\n",
    b"Content-Type: text/plain; charset=zlib_codec\n\nx\x9c",
    b"Content-Type: text/plain; charset=idna\n\n\xff",
    b'Content-Type: multipart/mixed; boundary="' + b"x" * 9999 + b'"\n\n--x\n',
    b"Content-Type: multipart/mixed; boundary=x" + b"; a=b" * 9999 + b"\n\n--x\n\ny",
    b"Subject: " + b"=?utf-8?Q?a?= " * 9999 + b"\n\n",
    b"To: " + b"(" * 50_000 + b"\n\n",
    b"To: " + b"a@b.example, " * 50_000 + b"\n\n",
    b"Date: " + b"1" * 50_000 + b"\n\n",
    b"Content-Type: message/rfc822\n\n" * 9999,
    b"Content-Type: text/html\n\n" + b"<div>" * 100_000,
    b"\n" + b"\r" * 500_000,
    b"x: y\n" * 50_000,
    b"Content-Type: text/plain; " + b"".join(b"n*%d=a;" % n for n in range(9999)) + b"\n\n",
]


@pytest.mark.parametrize("data", HOSTILE, ids=lambda data: repr(data[:30]))
def test_hostile_input_costs_little_and_raises_nothing(data: bytes) -> None:
    start = time.process_time()
    content = message.read([data])
    assert time.process_time() - start < 2
    assert not [defect for defect in content.defects if "failed" in defect]


def test_a_large_attachment_takes_less_than_three_times_its_message() -> None:
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3\r\n"
    block = line * 800
    count = 100
    head = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n--x\r\n"
        b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    tracemalloc.start()
    content = message.read(piece for piece in [head, *[block] * count, b"--x--\r\n"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert content.attachments[0].size == count * 800 * 60
    assert peak < 3 * len(block) * count


def test_a_plain_message_needs_no_heavy_module() -> None:
    program = (
        "import sys, email.parser, binascii; known = set(sys.modules)\n"
        "from mailgate.mail import message\n"
        f"message.read([{PLAIN!r}])\n"
        "print('\\n'.join(set(sys.modules) - known))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    new = {
        name for name in run.stdout.decode().split() if not name.startswith(("mailgate", "email."))
    }
    assert new <= {"__future__", "encodings.cp1252", "unicodedata"}


pieces = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=x\n",
        b"Content-Type: multipart/alternative; boundary=y\n",
        b"Content-Type: text/html\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Disposition: attachment; filename=a\n",
        b"Subject: =?utf-8?B?w6Q=?=\n",
        b"\n",
        b"\r",
        b"--x\n",
        b"--x--\n",
        b"--y\n",
        b"--y--\n",
        b"text\n",
        b"\0\xff\n",
        b"<p>a<b>",
    ]
)


@given(st.lists(pieces, max_size=25).map(b"".join), st.binary(max_size=40))
def test_any_bytes_are_a_message(data: bytes, more: bytes) -> None:
    content = message.read([data, more])
    texts = [content.subject, content.body_text, content.body_html, content.reply_text]
    for text in [*texts, *[file.filename for file in content.attachments], *content.defects]:
        text.encode()
        assert "\0" not in text
    assert bool(content.reply_text.strip()) == bool(content.body_text.strip())
    assert not [defect for defect in content.defects if "failed" in defect]


def test_reading_stops_where_lines_times_depth_grow_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mime, "MAX_WORK", 100_000)
    content = message.read([b"Subject: s\n\n", *[b"a\n" * 32_768] * 9])
    assert "too-much-structure" in content.defects
    assert content.body_text.startswith("a\na")
