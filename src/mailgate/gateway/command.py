"""``mailgate deliver`` from its arguments to its exit status.

Whatever goes wrong on our side ends in 75 (EX_TEMPFAIL), so the MTA keeps the message.
"""

from __future__ import annotations

import _signal as signal
import posix
import sys
from time import monotonic

from mailgate import clock
from mailgate.channels import pipe
from mailgate.errors import ConfigurationError, MailgateError, TemporaryError
from mailgate.gateway.child import Child
from mailgate.gateway.deliver import Gateway, Result
from mailgate.status import TEMPORARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DEADLINE = 55.0
"""Seconds after which a delivery gives up by itself; MTAs turn a longer wait into a bounce."""
LAST_SECONDS = 58.0
"""Seconds after which it does not wait for its child any more, the message being on disk."""
_CAUGHT = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGXCPU,
)


def run(arguments: Sequence[str], before: Sequence[str] = ()) -> int:
    """Deliver one message from standard input and return the exit status.

    ``before`` are the words before the word ``deliver``: the global options.
    """
    wants_json = "--json" in arguments or "--json" in before
    try:
        _guard()
        options = pipe.parse(arguments)
        options.json = wants_json = options.json or "--json" in before
        return _deliver(options, _path(pipe.global_options(before)))
    except MailgateError as error:
        code = "4.3.5" if isinstance(error, ConfigurationError) else "4.3.0"
        return _defer(code, str(error), wants_json=wants_json)
    except MemoryError:
        return _defer("4.3.0", "out of memory", wants_json=wants_json)
    except BaseException as error:  # noqa: BLE001
        text = f"internal error: {type(error).__name__}: {error}"
        return _defer("4.3.0", text, wants_json=wants_json)


def _deliver(options: pipe.Options, path: str) -> int:
    started = monotonic()
    environ = pipe.environment(posix.environ)
    envelope = pipe.envelope(options, environ)
    at = clock.at(environ.get("MAILGATE_NOW"))
    child = None if options.dry_run else Child(path)
    try:
        gateway = Gateway(path)
        gateway.require_space()
        original = pipe.read(0, gateway.limits.max_bytes, options.size)
        if options.dry_run:
            result = gateway.decide(original, envelope, at)
        else:
            left = DEADLINE - (monotonic() - started)
            took = lambda: int((monotonic() - started) * 1000)  # noqa: E731
            result = gateway.deliver(original, envelope, at, took, left)
    except BaseException:
        if child is not None:
            child.dismiss()
        raise
    signal.setitimer(signal.ITIMER_REAL, 0)
    status = _answer(result, options)
    if child is not None:
        _follow_up(gateway, result, child, LAST_SECONDS - (monotonic() - started))
    return status


def _follow_up(gateway: Gateway, result: Result, child: Child, left: float) -> None:
    """Do what may fail without harm: the message is on disk."""
    try:
        del result.message
        applied, result.applied = result.applied, None
        if applied is not None and (applied.messages or applied.reports):
            child.unpack(applied.messages, applied.reports, left)
        else:
            child.dismiss()
        gateway.tidy()
    except BaseException:  # noqa: BLE001
        return


def _answer(result: Result, options: pipe.Options) -> int:
    decided = result.plan
    if options.json:
        from mailgate.gateway.document import as_json

        pipe.write(1, as_json(result))
    if decided.exit_code:
        recipient, verdict = next(
            ((r, v) for r, v in decided.judged if v.outcome == "rejected"),
            (None, decided.best),
        )
        text = verdict.reason
        if recipient is not None and recipient.address:
            text = f"<{recipient.address}>: {text.removeprefix(recipient.address + ': ')}"
        pipe.complain(verdict.status, text)
    return decided.exit_code


def _defer(code: str, reason: str, *, wants_json: bool) -> int:
    try:
        if wants_json:
            from json import dumps

            pipe.write(1, dumps({"outcome": "deferred", "reason": reason}).encode() + b"\n")
        pipe.complain(code, f"mailgate: {reason}")
    except BaseException:  # noqa: BLE001
        return TEMPORARY
    return TEMPORARY


def _path(given: dict[str, str]) -> str:
    path = given.get("--db") or pipe.environment(posix.environ).get("MAILGATE_DB")
    if not path or "://" in path:
        import os

        from mailgate.config import database_path

        path = database_path(given.get("--db"), given.get("--config"), os.environ)
    return path if path[:1] == "/" else f"{posix.getcwd()}/{path}"


def _guard() -> None:
    """Turn signals and a passed deadline into exceptions, and keep files to owner and group.

    Standard descriptors that are closed are taken, so that no file of ours gets their numbers;
    standard input cannot be read then.
    """
    while (descriptor := posix.open("/dev/null", posix.O_WRONLY)) <= 2:
        pass
    posix.close(descriptor)
    sys.setrecursionlimit(1000)
    posix.umask(0o007)
    for number in _CAUGHT:
        signal.signal(number, _stopped)
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, DEADLINE)


def _stopped(number: int, frame: object) -> None:
    raise TemporaryError(f"stopped by signal {number}")


def _late(number: int, frame: object) -> None:
    raise TemporaryError(f"not done within {DEADLINE:.0f} s")
