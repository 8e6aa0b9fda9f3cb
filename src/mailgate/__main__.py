"""The entry of the program: ``deliver`` goes straight to the pipe, all else to click."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

if not __package__:
    # Run as a file, perhaps without ``site``: the package is found from where the file is.
    sys.path.insert(0, __file__.rpartition("/")[0].rpartition("/")[0])

_WITH_VALUE = ("--db", "--config")
_COLLECT_AFTER = 50_000
"""Objects after which garbage is looked for: a delivery makes far fewer, if it is not hostile."""
_FLAGS = ("-v", "-q", "--verbose", "--quiet", "--json")


def main() -> int:
    """Run the command that the arguments name and return the exit status."""
    before, after = _around_deliver(sys.argv[1:])
    _hurry()
    if after is not None and not _asks_for_help(after):
        import posix

        from mailgate.gateway import command

        status = command.run(after, before)
        # Without the interpreter's end: closing the database would write its log back each time.
        posix._exit(status)
    from mailgate.cli.main import main as cli

    return cli(sys.argv[1:])


def run() -> NoReturn:
    """Run the program and end the process, without the interpreter's end where that can be.

    Forgetting every module takes longer than many commands take.
    """
    import posix

    status = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(status)
    posix._exit(status)


def _hurry() -> None:
    """Spend as little as possible on starting: that is what delivering a message costs."""
    import gc

    from mailgate.importing import install

    gc.set_threshold(_COLLECT_AFTER)
    install("mailgate")


def _around_deliver(arguments: list[str]) -> tuple[list[str], list[str] | None]:
    """Return the words before and after the command ``deliver``; None after it for another one.

    Where an unknown option makes it doubtful which word is the command, it is ``deliver``: the
    only one whose exit status decides over mail.
    """
    rest = list(arguments)
    before: list[str] = []
    doubtful = False
    while rest:
        word = rest.pop(0)
        if word == "deliver":
            return before, rest
        before.append(word)
        if word in _WITH_VALUE and rest:
            if rest[0] == "deliver" and "deliver" not in rest[1:]:
                return before, rest[1:]
            before.append(rest.pop(0))
        elif word[:1] != "-" and not doubtful:
            return before, None
        elif word not in _FLAGS and word.partition("=")[0] not in _WITH_VALUE:
            doubtful = word not in ("--help", "--version")
    return before, None


def _asks_for_help(words: list[str]) -> bool:
    """Tell whether the words after ``deliver`` ask for its help.

    ``-h`` could be the recipient that a mail server names: it is help where no mail can follow.
    """
    if words == ["-h"]:
        return _is_without_mail()
    return "--help" in words and all(word[:2] == "--" != word for word in words)


def _is_without_mail() -> bool:
    """Tell whether standard input is a device (a terminal, /dev/null), never a message."""
    import posix

    try:
        return posix.fstat(0).st_mode & 0o170000 == 0o020000
    except OSError:
        return False


if __name__ == "__main__":
    run()
