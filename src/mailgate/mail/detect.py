"""Which charset bytes are in that nobody named: a few cheap traits, no statistics.

Called for bytes that are not UTF-8. Wrong guesses show wrong letters, never lose bytes: the
original is kept elsewhere.
"""

from __future__ import annotations

_TRIAL = 64 * 1024
"""Bytes that are looked at."""
_TRAITS = bytes([32] * 128 + [72] * 128)


def candidates(data: bytes) -> list[str]:
    """Return Python codecs to try, likeliest first; none where only cp1252 is likely."""
    sample = data[:_TRIAL]
    if b"\x1b$B" in sample or b"\x1b$@" in sample:
        return ["iso2022_jp", "iso2022_jp_ext", "ms"]
    if b"\x1b$)C" in sample:
        return ["iso2022_kr"]
    runs = sample.translate(_TRAITS).split()
    high = sum(map(len, runs))
    if not high:
        return []
    if _count(sample, 0x82, 0x84) * 4 > high:
        return ["cp932"]
    if high < len(runs) * 1.7:
        return []
    odd = sum(len(run) & 1 for run in runs)
    if odd * 10 > len(runs):
        return _uneven(sample, high)
    return _paired(sample, high)


def _count(sample: bytes, first: int, end: int) -> int:
    return sum(map(sample.count, range(first, end)))


def _uneven(sample: bytes, high: int) -> list[str]:
    """Alphabets with a byte a letter, and Big5, whose second bytes may be ASCII."""
    upper, lower = _count(sample, 0xC0, 0xE0), _count(sample, 0xE0, 0x100)
    if upper + lower < high * 0.9:
        return ["cp950"] if _count(sample, 0xA4, 0xC7) * 5 > high * 2 else []
    if upper > lower:
        return ["koi8_r"]
    if not upper and not _count(sample, 0xFB, 0x100):
        return ["cp1255"]
    return ["cp1251"]


def _paired(sample: bytes, high: int) -> list[str]:
    """Two bytes a character: kana for Japanese, a narrow range of first bytes for Korean."""
    leads = bytes(_leads(sample))
    if not leads:
        return []
    if _count(leads, 0xA4, 0xA6) * 4 > len(leads):
        return ["euc_jp", "euc_jis_2004"]
    if _count(leads, 0xB0, 0xC9) * 10 > len(leads) * 9:
        return ["cp949", "gb18030"]
    if high < 12 and _count(sample, 0xC0, 0x100) == high:
        return ["cp1251"]
    return ["gb18030"]


def _leads(sample: bytes) -> list[int]:
    found, at = [], 0
    while at < len(sample):
        if sample[at] > 0x7F:
            found.append(sample[at])
            at += 2
        else:
            at += 1
    return found
