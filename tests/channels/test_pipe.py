"""The pipe: options, environment, reading, and the one line on failure."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.channels.pipe import (
    MAX_LINE,
    Options,
    complain,
    envelope,
    global_options,
    parse,
    printable,
    read,
    write,
)
from mailgate.errors import ConfigurationError, TemporaryError


@pytest.mark.parametrize(
    "words",
    [
        ["-f", "a@b", "-r", "c@d", "--model", "lead", "--size", "7", "--queue-id", "Q"],
        ["--sender", "a@b", "--recipient", "c@d", "--model=lead", "--size=7", "--queue-id=Q"],
        ["-fa@b", "-rc@d", "--model", "lead", "--size", " 7 ", "--queue-id", "Q"],
        ["--sender=a@b", "c@d", "--model", "lead", "--size", "7", "--queue-id", "Q"],
        ["--model", "lead", "--size", "7", "--queue-id", "Q", "-f", "a@b", "--", "c@d"],
    ],
)
def test_every_spelling_of_an_option_is_read_alike(words: list[str]) -> None:
    options = parse(words)
    assert options.sender == "a@b"
    assert options.recipients == ["c@d"]
    assert (options.model, options.size, options.queue_id) == ("lead", 7, "Q")
    assert not options.dry_run
    assert not options.json


def test_flags_stand_anywhere_and_recipients_may_be_many() -> None:
    options = parse(["x@d", "--json", "-r", "y@d", "--dry-run", "z@d"])
    assert options.json
    assert options.dry_run
    assert options.recipients == ["y@d", "x@d", "z@d"]


def test_after_two_dashes_everything_is_a_recipient() -> None:
    assert parse(["--", "--json", "-f", "--"]).recipients == ["--json", "-f", "--"]


@pytest.mark.parametrize(
    "words",
    [
        ["--unknown"], ["-x"], ["--sende", "a"], ["-f"], ["--sender"], ["--size"], ["--size", "x"],
        ["--size", "-1"], ["--size", ""], ["--size", "1.5"], ["--size", "9" * 19],
        ["--size", "\N{ARABIC-INDIC DIGIT ONE}"], ["--dry-run=yes"], ["--json=1"], ["--db", "x"],
        ["--version"],
    ],
)  # fmt: skip
def test_a_wrong_option_is_a_configuration_error(words: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        parse(words)


def test_global_options_are_read_before_the_command() -> None:
    assert global_options(["--db", "x", "-v", "--config=y", "-q"]) == {"--db": "x", "--config": "y"}
    assert global_options(["--db=x"]) == {"--db": "x"}


@pytest.mark.parametrize("words", [["--db"], ["--nope"], ["-x"], ["word"]])
def test_a_wrong_global_option_is_a_configuration_error(words: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        global_options(words)


@given(st.lists(st.text(max_size=12) | st.sampled_from(["-f", "--size", "--", "-r", "-"])))
def test_any_arguments_are_read_or_refused(words: list[str]) -> None:
    try:
        options = parse([word.replace("\0", "") for word in words])
    except ConfigurationError:
        return
    assert all(isinstance(text, str) for text in options.recipients)


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("Ann@X.org", "ann@x.org"),
        ("<ann@x.org>", "ann@x.org"),
        ("", ""),
        ("<>", ""),
        (" <> ", ""),
        ("MAILER-DAEMON", ""),
        ("mailer-daemon", ""),
        ("MAILER-DAEMON@x.org", "mailer-daemon@x.org"),
        ("no address", None),
    ],
)
def test_the_null_sender_has_three_spellings(text: str, sender: str | None) -> None:
    assert envelope(parse(["-f", text]), {}).sender == sender
    assert envelope(parse([]), {"SENDER": text}).sender == sender


def test_without_any_source_the_envelope_is_unknown() -> None:
    found = envelope(Options(), {})
    assert found.sender is None
    assert found.recipients is None
    assert found.channel == "pipe"


@pytest.mark.parametrize(
    ("environ", "recipients"),
    [
        ({"ORIGINAL_RECIPIENT": "a@d", "RECIPIENT": "b@d", "LOCAL_PART": "c"}, ("a@d",)),
        ({"RECIPIENT": "b@d", "LOCAL_PART": "c", "DOMAIN": "d"}, ("b@d",)),
        ({"LOCAL_PART": "c", "DOMAIN": "d"}, ("c@d",)),
        ({"LOCAL_PART": "c"}, None),
        ({"DOMAIN": "d"}, None),
        ({"ORIGINAL_RECIPIENT": "", "RECIPIENT": ""}, None),
        ({"ORIGINAL_RECIPIENT": "", "RECIPIENT": "b@d"}, ("b@d",)),
    ],
)
def test_the_environment_gives_what_the_options_do_not(
    environ: dict[str, str], recipients: tuple[str, ...] | None
) -> None:
    assert envelope(Options(), environ).recipients == recipients
    assert envelope(parse(["x@d"]), environ).recipients == ("x@d",)


def test_options_win_one_by_one() -> None:
    environ = {"SENDER": "s@d", "RECIPIENT": "r@d"}
    assert envelope(parse(["-f", "x@d"]), environ).recipients == ("r@d",)
    assert envelope(parse(["x@d"]), environ).sender == "s@d"
    assert envelope(parse(["-f", "", "x@d"]), environ).sender == ""


def test_a_batch_of_exim_is_a_configuration_error() -> None:
    batched = {"LOCAL_PART": "NULL", "DOMAIN": "d", "RECIPIENT": "@d"}
    with pytest.raises(ConfigurationError):
        envelope(Options(), batched)
    assert envelope(parse(["a@d"]), batched).recipients == ("a@d",)


def test_arguments_are_utf_8_whatever_the_locale() -> None:
    raw = os.fsdecode("größe@example.com".encode())
    latin = os.fsdecode(b"gr\xf6\xdfe@example.com")
    assert parse([raw]).recipients == ["größe@example.com"]
    assert parse([latin]).recipients == [
        "gr\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}e@example.com"
    ]


def pipe_with(data: bytes) -> int:
    """Return a descriptor from which the data can be read."""
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading


def test_reading_knows_a_message_that_was_cut_off() -> None:
    message = b"From: a@b\n\ntext\n"
    declared = len(message) - 3 + 2 * 3
    assert read(pipe_with(message), 1000, declared).size == len(message)
    assert read(pipe_with(message), 1000, None).complete
    assert read(pipe_with(message + b"more\n"), 1000, declared).complete
    with pytest.raises(TemporaryError, match="cut off"):
        read(pipe_with(message[:-5]), 1000, declared)


def test_a_message_over_the_limit_is_not_taken_for_one_that_was_cut_off() -> None:
    assert not read(pipe_with(b"From: a@b\n\n" + b"x" * 1000), 100, 5000).complete


def test_what_cannot_be_read_is_a_temporary_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(TemporaryError):
        read(reading, 1000, None)
    os.close(writing)


def test_writing_to_what_is_closed_changes_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    write(writing, b"x")
    os.close(writing)
    write(writing, b"x")


@given(st.text(max_size=400))
def test_the_line_on_failure_is_one_short_line(text: str) -> None:
    reading, writing = os.pipe()
    saved = os.dup(2)
    try:
        os.dup2(writing, 2)
        complain("5.1.1", text)
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(writing)
    line = os.read(reading, 4096)
    os.close(reading)
    assert line.startswith(b"5.1.1 ")
    assert line.endswith(b"\n")
    assert len(line) <= MAX_LINE
    assert line.decode()[:-1].isprintable()


def test_control_characters_are_not_shown() -> None:
    assert printable("a\x1b[31m\nb\N{RIGHT-TO-LEFT OVERRIDE}c\ud800") == "a [31m b c?"


def test_an_empty_recipient_is_a_macro_that_is_not_set() -> None:
    """Rejecting would bounce mail for a fault in the mail server's configuration."""
    with pytest.raises(ConfigurationError, match="empty recipient"):
        envelope(parse(["-f", "ann@x.org", ""]), {})
