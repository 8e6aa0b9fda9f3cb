"""The sh front: however the worker ends, a mail server reads 0, a refusal, or 75 and one line."""

from __future__ import annotations

import pytest
from system.house import House, expect


@pytest.mark.parametrize("status", [0, 65, 67, 69, 77])
def test_an_answer_passes(house: House, status: int) -> None:
    house.worker(f"exit {status}")
    expect(house.run(), status)


@pytest.mark.parametrize(
    "status", [1, 2, 64, 66, 68, 70, 71, 73, 74, 75, 76, 78, 120, 126, 127, 255]
)
def test_any_other_status_means_try_again(house: House, status: int) -> None:
    house.worker(f"exit {status}")
    line = expect(house.run(), 75)
    assert line == f"4.3.0 mailgate: could not run, status {status}; trying again later\n".encode()


def test_the_worker_gets_options_and_arguments_as_they_came(house: House) -> None:
    house.worker('for a; do printf "[%s]" "$a"; done')
    odd = ["--sender", "", "--", "a b@x", "*", "$(id)", "new\nline", "größe@x", "-n"]
    answer = house.run(*odd)
    expect(answer, 0)
    assert answer.stdout.decode().split("site-packages]")[1] == "".join(
        f"[{argument}]" for argument in ["deliver", *odd]
    )


def test_the_interpreter_starts_isolated_and_without_site(house: House) -> None:
    house.worker('echo "$1 $2"')
    assert house.run().stdout == b"-I -S\n"


def test_stdin_and_stdout_pass_byte_for_byte(house: House) -> None:
    house.worker("cat; exit 67")
    message = bytes(range(256)) * 8192
    answer = house.run(stdin=message)
    expect(answer, 67)
    assert answer.stdout == message


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("5.1.1 <nobody@example.com>: no such address here", 67),
        ("5.6.0 no header", 65),
        ("5.4.6 mail loop", 69),
        ("5.7.1 <boss@example.com>: not for you", 77),
        ("4.3.0 mailgate: the database is locked", 75),
        ("4.3.10 two digits", 75),
        ("5.1.1 größe", 67),
    ],
)
def test_the_worker_s_line_passes_with_its_status(house: House, said: str, status: int) -> None:
    house.worker(f"echo '{said}' >&2; exit {status}")
    assert expect(house.run(), status) == said.encode() + b"\n"


@pytest.mark.parametrize(
    ("said", "status", "passed"),
    [
        ("5.7.1 this would bounce", 75, 75),
        ("2.1.5 so would this", 75, 75),
        ("4.3.0 this would wait for ever", 67, 67),
        ("5.1.1 a line beside a crash", 1, 75),
        ("4.3.0 a line beside a crash", 127, 75),
        (".1.1 almost a status", 78, 75),
        ("5.1.1", 67, 67),
        ("5.1.1no blank", 67, 67),
        ("5.1.1111 too long", 67, 67),
        ("DeprecationWarning: 5.1.1 later", 67, 67),
        ("", 77, 77),
    ],
)
def test_a_line_that_contradicts_the_status_is_replaced(
    house: House, said: str, status: int, passed: int
) -> None:
    house.worker(f"echo '{said}' >&2; exit {status}")
    assert b"mailgate: " in expect(house.run(), passed)


def test_only_the_first_line_passes(house: House) -> None:
    house.worker("printf '5.1.1 first\\nsecond\\n5.1.1 third' >&2; exit 67")
    assert expect(house.run(), 67) == b"5.1.1 first\n"


def test_a_line_without_an_end_gets_one(house: House) -> None:
    house.worker("printf '5.1.1 first' >&2; exit 67")
    assert expect(house.run(), 67) == b"5.1.1 first\n"


def test_a_line_is_cut_at_200_bytes(house: House) -> None:
    house.worker("printf '5.1.1 %0500d\\n' 7 >&2; exit 67")
    assert expect(house.run(), 67) == b"5.1.1 ".ljust(199, b"0") + b"\n"


@pytest.mark.parametrize("status", [0, 1, 65, 75])
@pytest.mark.parametrize("junk", ["x", "\\\\n", "5.1.1 x\\\\n"])
def test_a_megabyte_of_chatter_changes_no_status(house: House, status: int, junk: str) -> None:
    house.worker(f"yes \"$(printf '{junk}')\" | head -c 1048576 >&2; exit {status}")
    expect(house.run(), 75 if status == 1 else status)


@pytest.mark.parametrize("status", [0, 1, 67, 75])
def test_output_that_is_not_text_changes_no_status(house: House, status: int) -> None:
    house.worker(f"printf '\\377\\376\\000\\200 \\033[31m' >&2; exit {status}")
    expect(house.run(), 75 if status == 1 else status)


def test_a_status_line_that_is_not_utf8_passes_as_it_is(house: House) -> None:
    house.worker("printf '5.1.1 <\\377\\344@x>: nobody\\n' >&2; exit 67")
    assert expect(house.run(), 67) == b"5.1.1 <\xff\xe4@x>: nobody\n"


@pytest.mark.parametrize("status", [0, 1, 67])
def test_a_worker_that_reads_nothing_is_no_trouble(house: House, status: int) -> None:
    house.worker(f"exit {status}")
    expect(house.run(stdin=b"x" * 4_000_000), 75 if status == 1 else status)
