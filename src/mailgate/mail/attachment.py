"""Attachments: their bytes, and names that are safe to show and to write."""

from __future__ import annotations

MAX_NAME = 200
"""Bytes of a file name in UTF-8."""
_INVISIBLE = {
    **dict.fromkeys([*range(32), *range(127, 160), 0xFFFD]),
    **dict.fromkeys([0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF]),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
}
"""Controls, bidirectional overrides, and what has no width: out of file names."""
_EXTENSIONS = {
    "application/gzip": "gz",
    "application/json": "json",
    "application/msword": "doc",
    "application/ms-tnef": "dat",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "asc",
    "application/pgp-keys": "asc",
    "application/pgp-signature": "asc",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.ms-tnef": "dat",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-pkcs7-mime": "p7m",
    "application/x-pkcs7-signature": "p7s",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/global": "eml",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/directory": "vcf",
    "text/html": "html",
    "text/markdown": "md",
    "text/rfc822-headers": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/xml": "xml",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}


class Attachment:
    """One file of a message; a value, not to be changed.

    ``filename`` is safe and unique in its message, ``original_filename`` what the sender wrote
    (empty where there was none), ``size`` the number of bytes of ``data``, ``content_id`` the id
    by which HTML shows it, without angle brackets, or None.
    """

    __slots__ = ("content_id", "content_type", "data", "filename", "original_filename", "size")

    def __init__(
        self,
        filename: str,
        original_filename: str,
        content_type: str,
        content_id: str | None,
        data: bytes,
    ) -> None:
        self.filename = filename
        self.original_filename = original_filename
        self.content_type = content_type
        self.content_id = content_id
        self.data = data
        self.size = len(data)


class Names:
    """The file names of one message: safe, and each given once (case does not tell them apart)."""

    __slots__ = ("_count", "_repeats", "_taken")

    def __init__(self) -> None:
        self._count = 0
        self._taken: set[str] = set()
        self._repeats: dict[str, int] = {}

    def give(self, original: str, content_type: str) -> str:
        """Return the name for the next attachment."""
        self._count += 1
        name = safe_name(original)
        if not name:
            name = f"attachment-{self._count}.{extension(content_type)}"
        key = name.casefold()
        while key in self._taken:
            again = self._repeats[name] = self._repeats.get(name, 1) + 1
            numbered = _with_suffix(name, f"-{again}")
            key = numbered.casefold()
            if key not in self._taken:
                name = numbered
        self._taken.add(key)
        return name


def extension(content_type: str) -> str:
    """Return the usual extension of a media type, ``bin`` where there is none."""
    known = _EXTENSIONS.get(content_type)
    if known:
        return known
    return "txt" if content_type.startswith(("text/", "message/")) else "bin"


def safe_name(original: str) -> str:
    """Return a file name without path, controls, bidi characters and leading dots; may be empty."""
    name = original.translate(_INVISIBLE).replace("\\", "/").rstrip("/ ")
    name = name.rpartition("/")[2]
    while ".." in name:
        name = name.replace("..", ".")
    return _cut(name.lstrip(". ").rstrip(". "), MAX_NAME)


def _with_suffix(name: str, suffix: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 16:
        stem, dot, ending = name, "", ""
    room = MAX_NAME - len((suffix + dot + ending).encode())
    return _bytes_cut(stem, room) + suffix + dot + ending


def _cut(name: str, size: int) -> str:
    """Return a name of at most ``size`` bytes; the extension stays."""
    if len(name) <= size and len(name.encode()) <= size:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > 16:
        return _bytes_cut(name, size)
    return _bytes_cut(stem, size - len((dot + ending).encode())) + dot + ending


def _bytes_cut(text: str, size: int) -> str:
    return text[:size].encode()[:size].decode("utf-8", "ignore").rstrip(". ")
