"""SQLite's C module, without what it imports for one function.

``_sqlite3`` imports ``functools``, and with it collections, reprlib, types and more, only for
``lru_cache`` around its statements. That is a third of the interpreter's start, at every message.
While it is imported first, a stand-in hands it the C function that ``lru_cache`` wraps anyway.
"""

from __future__ import annotations

import sys

_NAME = "functools"


class _Functools:
    """As much of functools as ``_sqlite3`` looks for."""

    def __init__(self) -> None:
        from _functools import _lru_cache_wrapper  # type: ignore[import-not-found]

        self.lru_cache = lambda size: lambda call: _lru_cache_wrapper(call, size, False, tuple)


def _load() -> None:
    if _NAME in sys.modules or "_sqlite3" in sys.modules:
        return
    try:
        sys.modules[_NAME] = _Functools()  # type: ignore[assignment]
        import _sqlite3

        _sqlite3.connect(":memory:").execute("SELECT 1")
    except (ImportError, AttributeError, TypeError):
        sys.modules.pop("_sqlite3", None)
    finally:
        sys.modules.pop(_NAME, None)


_load()

from _sqlite3 import Connection, Error, connect  # noqa: E402

__all__ = ["Connection", "Error", "connect"]
