"""The pipe of an MTA: one message on standard input, its envelope from options and environment.

The options are read by hand because ``click`` costs three times the interpreter's start.
"""

from __future__ import annotations

import posix
import sys

from mailgate.errors import ConfigurationError, TemporaryError
from mailgate.mail.address import normalise
from mailgate.mail.envelope import Envelope
from mailgate.mail.original import Original, Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHUNK = 256 * 1024
MAX_LINE = 200
"""Bytes of the one line that is ever written on failure."""

_VALUES = {
    "-f": "sender",
    "--sender": "sender",
    "-r": "recipient",
    "--recipient": "recipient",
    "--model": "model",
    "--size": "size",
    "--queue-id": "queue_id",
}
_FLAGS = {"--dry-run": "dry_run", "--json": "json", "--help": "help"}


class Options:
    """The options of ``deliver``: texts as given, None where not given.

    ``recipients`` come from ``--recipient`` and the arguments, in their order.
    """

    __slots__ = ("dry_run", "help", "json", "model", "queue_id", "recipients", "sender", "size")

    def __init__(self) -> None:
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.model: str | None = None
        self.size: int | None = None
        self.queue_id: str | None = None
        self.dry_run = False
        self.json = False
        self.help = False


def parse(arguments: Sequence[str]) -> Options:
    """Read the options and arguments that follow the word ``deliver``."""
    options = Options()
    named: list[str] = []
    plain: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            plain += rest
            break
        if len(word) < 2 or word[0] != "-":
            plain.append(word)
        elif word in _FLAGS:
            setattr(options, _FLAGS[word], True)
        else:
            name, value = _option(word, rest)
            if name == "recipient":
                named.append(value)
            elif name == "size":
                options.size = _number(value)
            else:
                setattr(options, name, value)
    options.recipients = [_utf8(text) for text in (*named, *plain)]
    return options


def global_options(words: Sequence[str]) -> dict[str, str]:
    """Read the options before the word ``deliver``: those that matter here, by name."""
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        key, equals, value = word.partition("=")
        if key in ("--db", "--config"):
            if not equals and not rest:
                raise ConfigurationError(f"option {key} needs a value, then the word deliver")
            found[key] = value if equals else rest.pop(0)
        elif word == "--json":
            found[word] = "yes"
        elif word not in ("-v", "-q", "--verbose", "--quiet"):
            raise ConfigurationError(f"mailgate has no option {printable(key)}")
    return found


def _option(word: str, rest: list[str]) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if word[:2] != "--" and len(word) > 2:
        key, equals, value = word[:2], "=", word[2:]
    if key not in _VALUES:
        raise ConfigurationError(f"deliver has no option {printable(key)}")
    if equals:
        return _VALUES[key], value
    if not rest:
        raise ConfigurationError(f"option {key} of deliver needs a value")
    return _VALUES[key], rest.pop(0)


def _number(text: str) -> int:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ConfigurationError(f"--size takes a number of bytes, not {printable(text)}")
    return int(text)


def envelope(options: Options, environ: Mapping[str, str]) -> Envelope:
    """Return the envelope: from the options, and what they do not give from the environment."""
    sender = options.sender if options.sender is not None else environ.get("SENDER")
    recipients = options.recipients or _from_environment(environ)
    if "" in recipients:
        raise ConfigurationError("an empty recipient: a macro of the mail server is not set")
    return Envelope(
        "pipe",
        None if sender is None else _sender(_utf8(sender)),
        tuple(recipients) if recipients else None,
        queue_id=_utf8(options.queue_id)[:100] if options.queue_id else None,
        model=_utf8(options.model) if options.model else None,
    )


def _from_environment(environ: Mapping[str, str]) -> list[str]:
    if environ.get("ORIGINAL_RECIPIENT"):
        return [_utf8(environ["ORIGINAL_RECIPIENT"])]
    local_part, domain = environ.get("LOCAL_PART"), environ.get("DOMAIN")
    if local_part == "NULL":
        raise ConfigurationError(
            "LOCAL_PART is NULL: Exim hands over a batch; give $pipe_addresses as arguments"
        )
    if environ.get("RECIPIENT"):
        return [_utf8(environ["RECIPIENT"])]
    return [_utf8(f"{local_part}@{domain}")] if local_part and domain else []


def _sender(text: str) -> str | None:
    text = text.strip()
    if text in ("", "<>") or text.upper() == "MAILER-DAEMON":
        return ""
    return normalise(text)


def read(descriptor: int, limit: int, declared: int | None) -> Original:
    """Read a message to its end, or to the limit; raises TemporaryError where it was cut off."""
    reader = Reader(limit)
    size = None
    if declared is not None:
        from mailgate.channels.size import Size

        size = Size()
    while True:
        try:
            chunk = posix.read(descriptor, CHUNK)
        except OSError as error:
            raise TemporaryError(f"cannot read the message: {error.strerror}") from error
        if not chunk:
            break
        if size is not None:
            size.feed(chunk)
        if not reader.feed(chunk):
            return reader.finish()
    if size is not None and declared is not None and size.finish() < declared:
        raise TemporaryError(
            f"the message was cut off: {declared} bytes were declared, {size.total} came"
        )
    return reader.finish()


def write(descriptor: int, data: bytes) -> None:
    """Write to a descriptor; one that cannot be written changes nothing."""
    try:
        while data:
            data = data[posix.write(descriptor, data) :]
    except OSError:
        return


def complain(status: str, text: str) -> None:
    """Write the one line on standard error that an MTA puts into its bounce or log."""
    line = f"{status} {printable(text)}".encode("utf-8", "replace")[: MAX_LINE - 1]
    write(2, line.decode("utf-8", "ignore").encode() + b"\n")


def printable(text: str) -> str:
    """Return a text on one line without anything a terminal or a bounce would act upon."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in text)


def _utf8(text: str) -> str:
    """Return what the system handed over as bytes, read as UTF-8 whatever the locale says."""
    return text if text.isascii() else _bytes(text).decode("utf-8", "replace")


def _bytes(text: str) -> bytes:
    return text.encode(sys.getfilesystemencoding(), "surrogateescape")


def environment(variables: Mapping[bytes, bytes]) -> dict[str, str]:
    """Return the environment as text, read as UTF-8 whatever the locale says."""
    return {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for name, value in variables.items()
    }
