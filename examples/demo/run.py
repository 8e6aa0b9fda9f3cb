"""What mailgate does, in a minute: an embedded database, real messages, the real command line."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
MAILGATE = Path(sys.executable).parent / "mailgate"

NOW = "2026-11-23T12:05:00Z"
"""The clock of the demonstration, so that its times fit its messages."""

Step = tuple[str, list[str], str]
STEPS: list[Step] = [
    (
        "One command makes the database: a domain, two addresses of its own, three models.",
        [
            "-q",
            "init",
            "--domain",
            "example.com",
            "--company",
            "Example Ltd",
            "--contact",
            "office@example.com",
        ],
        "",
    ),
    (
        "Two addresses get work to do: sales@ starts leads, support@ starts tickets.",
        [
            "-q",
            "alias",
            "add",
            "sales@example.com",
            "--model",
            "lead",
            "--follower",
            "ann@example.com",
        ],
        "",
    ),
    ("", ["-q", "alias", "add", "support@example.com", "--model", "ticket"], ""),
    (
        "A customer writes to sales@. The mail server runs this, with the message on stdin:",
        ["deliver", "-f", "joerg@customer.example", "sales@example.com"],
        "1-new-lead.eml",
    ),
    (
        "The mail server is not sure that it worked and tries again. Nothing happens twice:",
        ["deliver", "-f", "joerg@customer.example", "sales@example.com"],
        "1-new-lead.eml",
    ),
    (
        "He adds something, by an answer to the catchall address: it finds its conversation.",
        ["deliver", "-f", "joerg@customer.example", "catchall@example.com"],
        "2-answer-to-catchall.eml",
    ),
    (
        "Eve writes a new letter to the catchall, which takes replies only: she is told so.",
        ["deliver", "-f", "eve@elsewhere.example", "catchall@example.com"],
        "3-letter-to-catchall.eml",
    ),
    (
        "An out-of-office reply starts no lead.",
        ["deliver", "-f", "ann@partner.example", "sales@example.com"],
        "4-out-of-office.eml",
    ),
    (
        "One letter to two addresses that the mail server hands over as one call: two records.",
        ["deliver", "-f", "tom@customer.example", "support@example.com", "sales@example.com"],
        "5-support.eml",
    ),
    (
        "Nobody has this address. The exit status makes the mail server say so to the sender:",
        ["deliver", "-f", "tom@customer.example", "nobody@example.com"],
        "5-support.eml",
    ),
    ("What became of it all: the records ...", ["record", "list"], ""),
    (
        "... a conversation, with what was said and what was attached ...",
        ["record", "show", "1"],
        "",
    ),
    (
        "... and the journal, which says for every message what happened and why.",
        ["journal", "list"],
        "",
    ),
    (
        "Why did Eve's letter become nothing? Each entry has the reason:",
        ["journal", "show", "4"],
        "",
    ),
]


def main() -> int:
    """Run every step and show what a person would see."""
    with tempfile.TemporaryDirectory(prefix="mailgate-demo-") as folder:
        environment = dict(os.environ, MAILGATE_DB=f"{folder}/demo.db", MAILGATE_NOW=NOW)
        environment.pop("MAILGATE_CONFIG", None)
        for text, words, message in STEPS:
            show(text, words, message, environment)
    print(
        "\nThe database was a file in a private folder, and is gone again."
        " README.md goes on from here."
    )
    return 0


def show(text: str, words: list[str], message: str, environment: dict[str, str]) -> None:
    """Say what is about to happen, do it, and show the exit status where it is not 0."""
    if text:
        print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}")
    shown = " ".join(word for word in words if word != "-q")
    print(f"  $ mailgate {shown}" + (f" < {message}" if message else ""), flush=True)
    stdin = (HERE / message).open("rb") if message else None
    done = subprocess.run([str(MAILGATE), *words], stdin=stdin, env=environment, check=False)
    if done.returncode:
        print(f"  exit status {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())
