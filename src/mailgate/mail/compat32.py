"""The parser of the standard library's ``email`` package, without ``email.utils``.

For one function of it the parser imports sockets, random numbers, URLs, dates and calendars:
two thirds of what the parser costs, at every message. A stand-in with that function takes the
place of ``email.utils`` while the parser is imported; whatever else is asked of it comes from the
real module, which is imported then.
"""

from __future__ import annotations

import sys

_NAME = "email.utils"


class _Utils:
    """As much of ``email.utils`` as parsing needs."""

    __spec__ = None

    def _has_surrogates(self, text: str) -> bool:
        try:
            text.encode()
        except UnicodeEncodeError:
            return True
        return False

    def unquote(self, text: str) -> str:
        """Return a parameter's value without its quotes, as the real one does."""
        if len(text) > 1 and text[0] == text[-1] == '"':
            return text[1:-1].replace("\\\\", "\\").replace('\\"', '"')
        if len(text) > 1 and text[0] == "<" and text[-1] == ">":
            return text[1:-1]
        return text

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") or isinstance(sys.modules.get(_NAME), _Utils):
            raise AttributeError(name)
        import email.utils

        return getattr(email.utils, name)


def _load() -> None:
    if _NAME in sys.modules or "email.feedparser" in sys.modules:
        return
    try:
        sys.modules[_NAME] = _Utils()  # type: ignore[assignment]
        import email.feedparser
        import email.message  # noqa: F401
    except (ImportError, AttributeError):
        for name in [name for name in sys.modules if name.startswith("email.")]:
            del sys.modules[name]
    finally:
        sys.modules.pop(_NAME, None)


_load()

from email.feedparser import BytesFeedParser  # noqa: E402
from email.message import Message  # noqa: E402

__all__ = ["BytesFeedParser", "Message"]
