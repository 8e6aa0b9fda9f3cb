"""Breaks a delivery at a chosen step: stands in an altered copy of mailgate, never in the product.

``FAULT`` is ``STEP:ACTION``. A step is a function before or after which it breaks (``BEFORE`` and
``AFTER`` below), ``write-N`` for the N-th write of the transaction, ``chunk-N`` for the N-th read
of standard input; ``child-...`` steps break the child that unpacks. ``SETTINGS`` is
``module.NAME=NUMBER,...``: constants to replace. ``pause`` is no break, it widens a window.
``SKIP`` is how often a step passes before it breaks.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import time
from collections.abc import Callable
from typing import Any

BEFORE_AND_AFTER = {
    "read": ("mailgate.channels.pipe", "read"),
    "fork": ("mailgate.gateway.child", "Child.__init__"),
    "open": ("mailgate.gateway.deliver", "Gateway.__init__"),
    "begin": ("mailgate.store.sqlite", "Writing.__enter__"),
    "gather": ("mailgate.gateway.deliver", "gather"),
    "plan": ("mailgate.gateway.deliver", "plan"),
    "apply": ("mailgate.gateway.deliver", "apply"),
    "commit": ("mailgate.store.sqlite", "Writing.__exit__"),
    "answer": ("mailgate.gateway.command", "_answer"),
    "follow-up": ("mailgate.gateway.command", "_follow_up"),
    "checkpoint": ("mailgate.store.sqlite", "Database.checkpoint"),
}
IN_CHILD = {
    "child": ("mailgate.gateway.unpack", "unpack"),
    "child-read": ("mailgate.gateway.unpack", "read"),
    "child-keep": ("mailgate.gateway.unpack", "keep"),
}
IN_FETCH = {
    "store": ("mailgate.channels.imap", "ImapFolder.mark"),
    "delete": ("mailgate.channels.pop3", "Pop3Maildrop.mark"),
    "quit": ("mailgate.channels.pop3", "Pop3Maildrop.finish"),
    "group": ("mailgate.gateway.group", "take_group"),
}
"""Steps of ``fetch``, in the process that reads a mailbox: around commit and acknowledgement."""
WRITES = 12
"""Writes of one delivery that are broken off one by one, at most."""
ACTIONS = ("kill", "term", "raise", "memory", "exit", "oserror")
STEPS = (
    *(f"{when}-{name}" for name in BEFORE_AND_AFTER for when in ("before", "after")),
    *(f"write-{number}" for number in range(1, WRITES + 1)),
    "chunk-1",
    "chunk-2",
)
CHILD_STEPS = tuple(f"{when}-{name}" for name in IN_CHILD for when in ("before", "after"))
CHILD_ACTIONS = ("kill", "raise", "memory", "exit", "parent")


def arm() -> None:
    """Do as the environment says; called before the program starts."""
    for setting in filter(None, os.environ.get("SETTINGS", "").split(",")):
        name, value = setting.split("=")
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, float(value))
    step, _, action = os.environ.get("FAULT", "").partition(":")
    if step:
        _break(step, lambda: _act(action))


def _act(action: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "parent":
        os.kill(os.getppid(), signal.SIGKILL)
    elif action == "term":
        os.kill(os.getpid(), signal.SIGTERM)
    elif action == "raise":
        raise RuntimeError("broken\non purpose " + "x" * 300)
    elif action == "memory":
        raise MemoryError
    elif action == "exit":
        os._exit(1)
    elif action == "oserror":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    elif action == "pause":
        time.sleep(0.1)
    else:
        raise ValueError(action)


def _break(step: str, act: Callable[[], None]) -> None:
    when, _, name = step.partition("-")
    if when == "write":
        _count("mailgate.store.intake", int(name), act)
    elif when == "chunk":
        _reads(int(name), act)
    else:
        module, path = (BEFORE_AND_AFTER | IN_CHILD | IN_FETCH)[name]
        _wrap(importlib.import_module(module), path, when, act)


def _wrap(module: object, path: str, when: str, act: Callable[[], None]) -> None:
    owner, _, name = path.rpartition(".")
    place = getattr(module, owner) if owner else module
    original = getattr(place, name)

    left = [int(os.environ.get("SKIP", "0"))]

    def wrapped(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if when == "before" and left[0] < 0:
            act()
        result = original(*arguments, **named)
        if when == "after" and left[0] < 0:
            act()
        return result

    setattr(place, name, wrapped)


def _count(module: str, number: int, act: Callable[[], None]) -> None:
    """Break in the middle of a transaction: before its write of that number."""
    place = importlib.import_module(module)
    calls = [0]

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            calls[0] += 1
            if calls[0] == number:
                act()
            return original(*arguments)

        return call

    for name in [name for name in vars(place) if name.startswith(("add_", "use_", "touch_"))]:
        setattr(place, name, counted(getattr(place, name)))


def _reads(number: int, act: Callable[[], None]) -> None:
    """Break while the message is read, before its chunk of that number."""
    from mailgate.channels import pipe

    pipe.CHUNK = 1024
    calls = [0]

    class System:
        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def read(self, descriptor: int, size: int) -> bytes:
            calls[0] += 1
            if calls[0] == number:
                act()
            return os.read(descriptor, size)

    vars(pipe)["os"] = System()
