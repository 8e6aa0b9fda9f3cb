"""Compression into zlib streams (RFC 1950) by the fastest library there is.

``isal`` does not know every processor; zlib writes the same. A single delivery is faster with
zlib, which it loads anyway: this is for those who take mail by the hundred.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from mailgate.mail.original import LEVEL

if TYPE_CHECKING:
    from mailgate.mail.original import Compressor

_compress: Callable[[int], Compressor] = zlib.compressobj
with suppress(ImportError):
    from isal import isal_zlib

    _compress = isal_zlib.compressobj


def compressor() -> Compressor:
    """Return what writes one stream."""
    return _compress(LEVEL)
