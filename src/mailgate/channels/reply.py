"""Replies of an SMTP server, and what they mean for a letter (RFC 5321, 3463, 2034)."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.channels.outgoing import DEFERRED, FAILED, SENT, Result, one_line

CLOSING = 421
"""The service is not available and the server closes the connection."""
_STATUS = {
    421: "4.3.2",
    450: "4.2.0",
    451: "4.3.0",
    452: "4.3.1",
    455: "4.5.4",
    500: "5.5.2",
    501: "5.5.4",
    502: "5.5.1",
    503: "5.5.1",
    504: "5.5.4",
    521: "5.3.2",
    530: "5.7.0",
    535: "5.7.8",
    551: "5.1.6",
    552: "5.2.2",
    553: "5.1.3",
    555: "5.5.4",
    556: "5.1.10",
}
"""The status code of a reply that names none, from what RFC 5321, 4954 and 7504 say of it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply: its code, and the text of each line."""

    code: int
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        """Tell whether the server did what it was told."""
        return 200 <= self.code < 300

    @property
    def text(self) -> str:
        """The reply in one line."""
        return one_line(f"{self.code} {' '.join(self.lines)}")

    def status(self, command: str) -> str:
        """Return the status code: the one in its text, if its class fits, else a derived one.

        ``command`` is MAIL, RCPT or DATA, or the end of the data: ``.``.
        """
        first = str(self.code)[0]
        named = self.lines[0].partition(" ")[0] if self.lines else ""
        if named[:2] == f"{first}." and _is_status(named):
            return named
        if self.code == 550 and command == "RCPT":
            return "5.1.1"
        if self.code == 552 and command != "RCPT":
            return "5.3.4"
        return _STATUS.get(self.code, f"{first}.0.0")

    def result(self, command: str) -> Result:
        """Return what the reply to a command means for the letter."""
        if self.positive:
            return Result(SENT, "2.0.0", self.text)
        status = self.status(command)
        return Result(FAILED if self.code >= 500 else DEFERRED, status, self.text)


def _is_status(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 3 and all(
        part.isascii() and part.isdigit() and len(part) <= 3 for part in parts
    )
