"""Encoded words (RFC 2047): header values from bytes to text, bounded, linear, never raising.

Words are decoded wherever they stand, also where the RFC forbids them, since mailers put them
there. This module is imported on the accept path: it needs ``binascii`` only.
"""

from __future__ import annotations

import binascii

MAX_WORDS = 200
"""Encoded words decoded in one field; later ones stay as they are."""
MAX_CHARSET = 80
"""Bytes of a word's charset name, language tag (RFC 2231 section 5) included."""

_UTF_8 = (b"utf-8", b"utf8", b"us-ascii", b"ascii")
_LATIN = (b"iso-8859-1", b"latin1", b"latin-1", b"windows-1252", b"cp1252")
_REPLACED = dict.fromkeys([*range(32), *range(127, 160)], "�") | {9: " "}

_Word = tuple[bytes, bytes]
"""Charset in lower case, and the bytes in that charset."""


def decode(value: bytes, charset: str | None = None) -> str:
    """Return an unfolded raw header value as text.

    8-bit bytes outside of encoded words are read as UTF-8, else in ``charset`` (that of the
    message's first text part), else as cp1252. Controls become U+FFFD, a tab becomes a space.
    """
    text = _decode_words(value, charset) if b"=?" in value else _raw(value, charset)
    return clean(text).strip(" ")


def clean(text: str) -> str:
    """Return ``text`` with C0 and C1 controls as U+FFFD and tabs as spaces."""
    return text if text.isprintable() else text.translate(_REPLACED)


def _decode_words(value: bytes, charset: str | None) -> str:
    out: list[str] = []
    words: list[_Word] = []
    done = start = at = end = 0
    while done < MAX_WORDS:
        at = value.find(b"=?", at)
        if at < 0:
            break
        text_at = _word_text(value, at)
        if text_at and end < text_at:
            end = value.find(b"?=", text_at)
            if end < 0:
                break
        if not text_at or value.find(b"=?", text_at, end) >= 0:
            at += 2
            continue
        between = value[start:at]
        if not words or between.strip():
            out += [_join(words), _raw(between, charset)]
            words = []
        words.append(_word(value[at + 2 : text_at], value[text_at:end]))
        done += 1
        start = at = end + 2
    out += [_join(words), _raw(value[start:], charset)]
    return "".join(out)


def _word_text(value: bytes, at: int) -> int:
    """Return where the text of the word that begins at ``at`` begins, 0 where none does."""
    mark = value.find(b"?", at + 2, at + 2 + MAX_CHARSET)
    if mark <= at + 2 or value[mark + 1 : mark + 3] not in (b"B?", b"b?", b"Q?", b"q?"):
        return 0
    return 0 if b" " in value[at:mark] else mark + 3


def _word(prefix: bytes, text: bytes) -> _Word:
    charset, encoding = prefix[:-3].partition(b"*")[0].lower(), prefix[-2:-1]
    if encoding in b"Qq":
        return charset, binascii.a2b_qp(text, header=True)
    return charset, _base64(text)


def _base64(text: bytes) -> bytes:
    """Return what ``text`` encodes as far as it goes: mailers forget or misplace the padding."""
    for padded in (text + b"==", text + b"=", text, text[:-1] + b"=="):
        try:
            return binascii.a2b_base64(padded)
        except binascii.Error:
            continue
    return b""


def _join(words: list[_Word]) -> str:
    """Return the text of adjacent words; a character may be split between two of one charset."""
    out: list[str] = []
    first = 0
    for last in range(1, len(words) + 1):
        if last < len(words) and words[last][0] == words[first][0]:
            continue
        out.append(_text([data for _, data in words[first:last]], words[first][0]))
        first = last
    return "".join(out)


def _text(pieces: list[bytes], charset: bytes) -> str:
    data = b"".join(pieces)
    if charset in _UTF_8:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    elif charset in _LATIN:
        return data.decode("cp1252", "replace")
    from mailgate.mail import charset as charsets

    name = charset.decode("ascii", "replace")
    text = charsets.strict(data, name)
    if text is not None or charset in _UTF_8:
        return charsets.repaired_utf_8(data) if text is None else text
    return "".join([charsets.decode(piece, name)[0] for piece in pieces])


def _raw(data: bytes, charset: str | None) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if charset and charset.lower().encode("ascii", "replace") not in (*_UTF_8, *_LATIN):
        from mailgate.mail import charset as charsets

        text = charsets.strict(data, charset)
        if text is not None:
            return text
    return data.decode("cp1252", "replace")
