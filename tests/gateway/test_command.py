"""``mailgate deliver`` as an MTA runs it: envelope, exit statuses, and the one line it may say."""

from __future__ import annotations

import pytest
from gateway.house import House, letter
from gateway.program import Program, everything

KEYS = ["outcome", "message_id", "journal", "rule", "recipients", "records", "notice", "reason"]


def test_success_is_silent(program: Program, house: House) -> None:
    said = program.deliver("-f", "ann@x.org", "info@example.com")
    assert (said.status, said.out, said.err) == (0, b"", b"")
    assert [record[1:] for record in house.records()] == [
        ("lead", "Ten chairs", "ann@x.org", "open")
    ]


def test_what_was_accepted_is_unpacked_at_once(program: Program, house: House) -> None:
    program.deliver("info@example.com")
    assert house.rows("SELECT unpacked FROM message") == [("done",)]
    assert house.one("SELECT body_text FROM content").strip() == "Please."


def test_json_is_one_document_and_nothing_else(program: Program) -> None:
    said = program.deliver("--json", "info@example.com")
    assert (said.status, said.err) == (0, b"")
    assert list(said.json) == KEYS
    assert said.json["records"] == [
        {"id": 1, "model": "lead", "action": "created", "alias": "info@example.com"}
    ]
    refused = program.deliver("--json", "nobody@example.com")
    assert refused.json["outcome"] == "rejected"
    assert refused.json["recipients"][0]["status"] == "5.1.1"


@pytest.mark.parametrize(
    ("arguments", "environ", "address", "sender"),
    [
        (["-f", "a@x", "-r", "info@example.com"], {}, "info@example.com", "a@x"),
        (["info@example.com"], {"SENDER": "a@x"}, "info@example.com", "a@x"),
        (["info@example.com"], {"RECIPIENT": "no@x", "SENDER": ""}, "info@example.com", ""),
        (
            ["-f", "b@x"],
            {"SENDER": "a@x", "RECIPIENT": "info@example.com"},
            "info@example.com",
            "b@x",
        ),
        (
            [],
            {"ORIGINAL_RECIPIENT": "info+o@example.com", "RECIPIENT": "no@x", "SENDER": "<>"},
            "info+o@example.com",
            "",
        ),
        (
            [],
            {"LOCAL_PART": "info", "DOMAIN": "example.com", "SENDER": "MAILER-DAEMON"},
            "info@example.com",
            "",
        ),
        ([], {}, "info@example.com", None),
    ],
)
def test_every_source_of_the_envelope(
    program: Program,
    house: House,
    arguments: list[str],
    environ: dict[str, str],
    address: str,
    sender: str | None,
) -> None:
    """Options, else the environment, else the header."""
    said = program.deliver("--json", *arguments, raw=letter(), before=(), **environ)
    assert [r["address"] for r in said.json["recipients"]] == [address]
    assert house.rows("SELECT sender FROM journal") == [(sender,)]


def test_a_return_path_is_the_sender_where_the_channel_knows_none(
    program: Program, house: House
) -> None:
    program.deliver("info@example.com", raw=b"Return-Path: <ret@x.org>\n" + letter())
    assert house.rows("SELECT sender FROM journal") == [("ret@x.org",)]


@pytest.mark.parametrize(
    ("arguments", "raw", "status", "begins"),
    [
        (["nobody@example.com"], None, 67, "5.1.1 <nobody@example.com>: "),
        (["a b"], None, 67, "5.1.3 <a b>: "),
        (["closed@example.com"], None, 77, "5.7.1 <closed@example.com>: "),
        (["info@example.com"], b"", 65, "5.6.0 "),
        (["info@example.com"], b"\n\n", 65, "5.6.0 "),
        (["info@example.com"], b"no header at all\n\nFrom: a@x\n", 65, "5.6.0 "),
        (["info@example.com"], b"Received: x\n" * 51 + letter(), 69, "5.4.6 "),
        (["info@example.com"], letter(text="x" * 6000), 65, "5.3.4 "),
        (["--model", "nope", "any@example.com"], None, 75, "4.3.5 "),
        (["x" * 3000 + "@example.com"], None, 67, "5.1.3 "),
        (["a\x1b[31m\nb@example.com"], None, 67, "5.1.3 "),
    ],
)
def test_each_refusal_has_its_status_and_one_short_line(
    program: Program,
    house: House,
    arguments: list[str],
    raw: bytes | None,
    status: int,
    begins: str,
) -> None:
    house.alias("closed", policy="internal", on_refusal="reject")
    house.parameter("mail.message.max.bytes", "5000")
    said = program.deliver(*arguments, raw=raw)
    assert (said.status, said.out) == (status, b"")
    assert said.line.startswith(begins)
    assert said.line.isprintable()
    assert house.records() == []
    assert house.rows("SELECT count(*) FROM journal") == [(0 if status == 75 else 1,)]


def test_one_exit_status_speaks_for_all_recipients(program: Program, house: House) -> None:
    assert program.deliver("nobody@example.com", "info@example.com").status == 0
    assert program.deliver("a@example.com", "b@example.com").status == 67
    assert len(house.records()) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), ["--nope"]),
        ((), ["-x", "info@example.com"]),
        ((), ["-f"]),
        ((), ["--size", "many"]),
        ((), ["--version"]),
        (("--nope",), ["info@example.com"]),
        (("--nope", "value"), ["info@example.com"]),
        (("-x",), ["info@example.com"]),
        (("--db",), ["info@example.com"]),
        (("--db",), ["-f", "a@x"]),
        (("--config",), []),
        (("--config", "/nonexistent/mailgate.toml", "--db", ""), ["info@example.com"]),
    ],
)
def test_a_wrong_option_anywhere_lets_the_mta_try_again(
    program: Program, before: tuple[str, ...], after: list[str]
) -> None:
    database = "" if "--config" in before else program.house.path
    said = program.deliver(*after, before=before, MAILGATE_DB=database)
    assert said.status == 75
    assert said.line.startswith("4.3.5 mailgate: ")


def test_the_options_before_the_command_count(program: Program, house: House) -> None:
    said = program.deliver("info@example.com", before=("-v", "--db", house.path), MAILGATE_DB="/no")
    assert said.status == 0
    said = program.deliver(
        "help@example.com", before=(f"--db={house.path}", "-q"), MAILGATE_DB="/no"
    )
    assert said.status == 0
    assert len(house.records()) == 2


@pytest.mark.parametrize("arguments", [["--json"], ["--json", "--nope"], ["--nope", "--json"]])
def test_a_deferral_says_so_in_json_too(program: Program, arguments: list[str]) -> None:
    said = program.deliver(*arguments, "info@example.com", MAILGATE_DB="/nonexistent/x.db")
    assert said.status == 75
    assert said.json["outcome"] == "deferred"
    assert said.line.startswith("4.3.")


def test_a_batch_of_exim_is_a_configuration_error(program: Program) -> None:
    said = program.deliver(LOCAL_PART="NULL", DOMAIN="example.com", RECIPIENT="@example.com")
    assert (said.status, said.line[:6]) == (75, "4.3.5 ")


def test_a_dry_run_says_all_and_changes_nothing(program: Program, house: House) -> None:
    before = everything(house)
    said = program.deliver("--dry-run", "--json", "info@example.com", "nobody@example.com")
    assert said.status == 0
    assert (said.json["journal"], said.json["outcome"]) == (None, "created")
    assert said.json["records"][0]["id"] is None
    assert program.deliver("--dry-run", "nobody@example.com").status == 67
    assert everything(house) == before


def test_a_message_that_was_cut_off_is_deferred(program: Program, house: House) -> None:
    """Postfix: each line's bytes and 2 more, or 3 where it is longer than 127."""
    raw = b"From: ann@x.org\n\n" + b"x" * 200 + b"\nend\n"
    declared = (15 + 2) + 2 + (200 + 3) + (3 + 2)
    said = program.deliver("--size", str(declared), "info@example.com", raw=raw[:-4])
    assert said.status == 75
    assert "cut off" in said.line
    assert house.rows("SELECT count(*) FROM journal") == [(0,)]
    prepended = b"Return-Path: <ann@x.org>\nX-Original-To: info@example.com\n"
    said = program.deliver("--size", str(declared), "info@example.com", raw=prepended + raw[:-4])
    assert said.status == 75
    said = program.deliver("--size", str(declared), "info@example.com", raw=prepended + raw)
    assert said.status == 0


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_line_of_an_mbox_goes_with_its_blank_line(
    program: Program, house: House, end: bytes
) -> None:
    raw = letter().replace(b"\n", end)
    mbox = b"From ann@x.org Sun Nov 22 17:00:00 2026" + end + raw + end
    assert program.deliver("info@example.com", raw=mbox).status == 0
    assert program.deliver("help@example.com", raw=raw).status == 0
    assert house.one("SELECT count(DISTINCT digest) FROM message") == 1


def test_lf_and_crlf_are_one_message(program: Program, house: House) -> None:
    raw = letter("")
    assert program.deliver("info@example.com", raw=raw).status == 0
    again = program.deliver("--json", "info@example.com", raw=raw.replace(b"\n", b"\r\n"))
    assert again.json["outcome"] == "duplicate"
