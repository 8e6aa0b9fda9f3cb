"""What flufl.bounce makes of a message: a second opinion, kept within bounds.

Its detectors read each line with many regular expressions, some of them quadratic; they fail at
mail without a From field and at 8-bit fields, and log that to the standard error. So they get a
short copy of the message, in ASCII.
"""

from __future__ import annotations

from mailgate.mail.address import normalise

MAX_BYTES = 48 * 1024
MAX_LINES = 1500
MAX_LINE = 250
MAX_WORD = 60
"""Characters of a word that holds no ``@``."""
MAX_PARTS = 20
_ASCII = bytes(range(128)) + b"?" * 128


def failures(data: bytes) -> tuple[list[str], list[str]]:
    """Return the normalised addresses that failed for a time, and for good; never raises."""
    short = _short(data)
    if short.count(b"\n--") > 4 * MAX_PARTS or short.count(b"multipart/") > MAX_PARTS:
        return [], []
    try:
        import logging
        from email import message_from_bytes

        from flufl.bounce import all_failures

        logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
        message = message_from_bytes(short)
        if not message.get("from"):
            del message["from"]
            message["from"] = "<>"
        temporary, permanent = all_failures(message)
        return _addresses(temporary), _addresses(permanent)
    except Exception:  # noqa: BLE001  its detectors raise what they like
        return [], []


def _addresses(found: frozenset[bytes]) -> list[str]:
    texts = (each.decode("ascii", "replace") for each in sorted(found))
    return [address for text in texts if "@" in text and (address := normalise(text))]


def _short(data: bytes) -> bytes:
    text = data[:MAX_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").translate(_ASCII)
    lines = text.split(b"\n", MAX_LINES)[:MAX_LINES]
    return b"\n".join(_line(line[:MAX_LINE]) for line in lines)


def _line(line: bytes) -> bytes:
    if len(line) <= MAX_WORD:
        return line
    words = [word if b"@" in word else word[:MAX_WORD] for word in line.split(b" ")]
    return b" ".join(words)
