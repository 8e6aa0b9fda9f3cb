"""Charsets: the names that mail uses, the codecs they mean, and text from bytes of doubtful kind.

Only names in the table are known; no name from a message ever reaches the codec registry.
"""

from __future__ import annotations

_CODECS = """
utf_8: utf-8 utf8 utf8mb3 utf8mb4 utf-8-bom unicode-1-1-utf-8 x-utf-8 cp65001 csutf8 unicode
utf_7: utf-7 unicode-1-1-utf-7 x-unicode-2-0-utf-7
utf_16: utf-16 utf16 ucs-2 iso-10646-ucs-2
utf_16_le: utf-16le
utf_16_be: utf-16be
utf_32: utf-32 ucs-4 iso-10646-ucs-4
utf_32_le: utf-32le
utf_32_be: utf-32be
cp1252: us-ascii ascii ansi-x3-4-1968 iso646-us ansi-x3.4-1968 ansi iso-8859-1 latin1 latin-1 l1
 iso-latin-1 x-ansi windows-1252 cp1252 cp-1252 x-cp1252 win-1252 default unknown-8bit
 x-unknown 7bit 8bit
iso8859_2: iso-8859-2 latin2 latin-2 l2
iso8859_3: iso-8859-3 latin3
iso8859_4: iso-8859-4 latin4
iso8859_5: iso-8859-5 cyrillic
cp1256: windows-1256 cp1256 cp-1256 win-1256
iso8859_6: iso-8859-6 iso-8859-6-i iso-8859-6-e arabic
iso8859_7: iso-8859-7 greek
cp1255: windows-1255 cp1255 cp-1255 win-1255 iso-8859-8 iso-8859-8-i iso-8859-8-e hebrew logical
cp1254: windows-1254 cp1254 cp-1254 win-1254 iso-8859-9 latin5 latin-5
iso8859_10: iso-8859-10 latin6
cp874: windows-874 cp874 cp-874 iso-8859-11 tis-620 tis620 x-windows-874
iso8859_13: iso-8859-13 latin7
iso8859_14: iso-8859-14 latin8
iso8859_15: iso-8859-15 latin9 latin-9 latin0
iso8859_16: iso-8859-16 latin10
cp1250: windows-1250 cp1250 cp-1250 win-1250 x-cp1250
cp1251: windows-1251 cp1251 cp-1251 win-1251 x-cp1251
cp1253: windows-1253 cp1253 cp-1253 win-1253
cp1257: windows-1257 cp1257 cp-1257 win-1257
cp1258: windows-1258 cp1258 cp-1258 win-1258
cp437: cp437 cp-437 ibm437
cp737: cp737 cp-737
cp775: cp775 cp-775 ibm775
cp850: cp850 cp-850 ibm850 dos-850
cp852: cp852 cp-852 ibm852
cp855: cp855 cp-855 ibm855
cp857: cp857 cp-857 ibm857
cp858: cp858 cp-858 ibm00858
cp860: cp860 cp-860 ibm860
cp861: cp861 cp-861 ibm861
cp862: cp862 cp-862 ibm862
cp863: cp863 cp-863 ibm863
cp864: cp864 cp-864 ibm864
cp865: cp865 cp-865 ibm865
cp866: cp866 cp-866 ibm866
koi8_r: koi8-r koi8r koi8
koi8_u: koi8-u koi8u koi8-ru
koi8_t: koi8-t
mac_roman: macintosh mac x-mac-roman x-macroman macroman mac-roman
mac_cyrillic: x-mac-cyrillic x-mac-ukrainian
mac_greek: x-mac-greek
mac_turkish: x-mac-turkish
mac_latin2: x-mac-ce x-mac-centraleurroman x-mac-latin2
mac_iceland: x-mac-icelandic
mac_croatian: x-mac-croatian
mac_romanian: x-mac-romanian
gb18030: gb18030 gbk gb2312 gb-2312 gb-2312-80 euc-cn euccn cp936 x-gbk ms936 chinese x-euc-cn
hz: hz hz-gb-2312
big5hkscs: big5-hkscs big5hkscs
cp950|big5hkscs: big5 big-5 cp950 cp-950 x-big5 cn-big5
euc_jp|euc_jis_2004: euc-jp eucjp x-euc-jp x-euc euc-jisx0213
cp932|shift_jis_2004: shift-jis sjis s-jis x-sjis ms-kanji cp932 windows-31j ms932 shift-jisx0213
iso2022_jp|iso2022_jp_ext|ms: iso-2022-jp iso2022jp csiso2022jp iso-2022-jp-ms cp50220 cp50221
 cp50222 iso-2022-jp-1 iso-2022-jp-ext
iso2022_jp_2: iso-2022-jp-2
iso2022_jp_3: iso-2022-jp-3
iso2022_kr: iso-2022-kr
cp949: ks-c-5601 ks-c-5601-1987 ks-c-5601-1989 ksc5601 ksc-5601 euc-kr euckr cp949 cp-949 uhc
 windows-949 korean x-windows-949
johab: johab
ptcp154: ptcp154 pt154 cp154
kz1048: kz-1048 strk1048-2002 rk1048
"""


def _table(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.replace("\n ", " ").split("\n"):
        name, _, aliases = line.partition(": ")
        found.update(dict.fromkeys(aliases.replace("_", "-").split(), name))
    return found


_BY_NAME = _table(_CODECS)
_VAGUE = frozenset(["us-ascii", "ascii", "ansi-x3-4-1968", "ansi-x3.4-1968", "iso646-us", "7bit"])
_VAGUE |= {"8bit", "default", "unicode", "unknown-8bit", "x-unknown"}
"""Names that say nothing about bytes above 127."""


def codec(name: str) -> str | None:
    """Return the Python codec that a charset name of a message means, None for an unknown one."""
    known = _codecs(_key(name))
    return known[0] if known else None


def strict(data: bytes, name: str) -> str | None:
    """Return ``data`` in the charset ``name``, None where that is unknown or does not fit.

    The text may hold other controls, but neither NUL (it becomes U+FFFD) nor surrogates.
    """
    for python in _codecs(_key(name)):
        text = _try(data, python)
        if text is not None:
            return text
    return None


def decode(data: bytes, declared: str | None) -> tuple[str, str | None]:
    """Return ``data`` as text without NUL and surrogates, and a defect or None.

    The declared charset counts where it decodes; without a declaration, or with one that says
    nothing, UTF-8, then detection, then cp1252 with replacement.
    """
    key = _key(declared or "")
    if not key:
        return _guess(data), None
    shown = ascii(declared)[1:-1][:40]
    codecs = _codecs(key)
    if not codecs:
        return _guess(data), "charset-unknown:" + shown
    if key in _VAGUE:
        return _guess(data), None if data.isascii() else "charset-wrong:" + shown
    for python in codecs:
        text = _try(data, python)
        if text is not None:
            return text, None
    return _repaired(data, codecs[0]), "charset-wrong:" + shown


def repaired_utf_8(data: bytes) -> str:
    """Return damaged UTF-8 with U+FFFD; bytes without one intact UTF-8 character as cp1252."""
    text = data.decode("utf-8", "replace")
    if any(char > "\x7f" and char != "�" for char in text):
        return _clean(text)
    return _guess(data)


def _key(name: str) -> str:
    key = name[:80].strip(" \t\"'").lower().replace("_", "-").replace(" ", "-")
    return key.removeprefix("charset=")


def _codecs(key: str) -> tuple[str, ...]:
    for name in (key, key.removeprefix("cs"), key.partition(":")[0]):
        if name.startswith("iso8859"):
            name = "iso-8859-" + name[7:].lstrip("-")
        if name in _BY_NAME:
            return tuple(_BY_NAME[name].split("|"))
    return ()


def _try(data: bytes, python: str) -> str | None:
    """Return ``data`` decoded by one of our codecs, or None."""
    try:
        if python == "ms":
            return _clean(_iso_2022_jp_ms(data))
        if python == "cp1252":
            return _clean(_cp1252(data))
        if python == "utf_16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            python = "utf_16_le" if data[1::2].count(0) > data[::2].count(0) else "utf_16_be"
        return _clean(data.decode(python))
    except (UnicodeError, LookupError, ValueError):
        return None


def _clean(text: str) -> str:
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        text = text.replace("\0", "�")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _cp1252(data: bytes) -> str:
    """Return cp1252, the five bytes that it does not define as U+FFFD."""
    return data.decode("cp1252", "replace")


def _repaired(data: bytes, python: str) -> str:
    if python == "utf_8":
        return repaired_utf_8(data)
    other = None if data.isascii() else _try(data, "utf_8")
    if other is not None:
        return other
    return _clean(data.decode(python, "replace"))


def _guess(data: bytes) -> str:
    """Return bytes of undeclared charset as text."""
    if data.isascii() and b"\x1b" not in data:
        return _clean(data.decode("ascii"))
    text = _try(data, "utf_16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf_8")
    if text is not None and "\x1b$" not in text:
        return text
    from mailgate.mail import detect

    for python in detect.candidates(data):
        text = _try(data, python)
        if text is not None:
            return text
    return _clean(_cp1252(data))


def _iso_2022_jp_ms(data: bytes) -> str:
    """Return ISO-2022-JP as Microsoft writes it: with cp932's characters and half-width kana."""
    parts = data.split(b"\x1b")
    out = [parts[0].decode("ascii", "replace")]
    for part in parts[1:]:
        mode, text = part[:2], part[2:]
        if mode in (b"$B", b"$@"):
            out.append(_jis(text))
        elif mode == b"(I":
            out.append(bytes(byte | 0x80 for byte in text).decode("cp932", "replace"))
        elif mode in (b"(B", b"(J"):
            out.append(text.decode("ascii", "replace"))
        else:
            raise ValueError
    return "".join(out)


def _jis(text: bytes) -> str:
    """Return the double bytes of JIS X 0208, moved to their places in cp932."""
    moved = bytearray()
    for row, cell in zip(text[::2], text[1::2], strict=False):
        if row < 0x21 or cell < 0x21:
            moved += bytes((row, cell))
            continue
        lead = ((row - 0x21) >> 1) + 0x81
        moved.append(lead if lead < 0xA0 else lead + 0x40)
        if row & 1:
            moved.append(cell + (0x1F if cell < 0x60 else 0x20))
        else:
            moved.append(cell + 0x7E)
    return moved.decode("cp932", "replace")
