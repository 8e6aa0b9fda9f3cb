"""Mail addresses as RFC 5321, 5322 and 6532 know them: split, normalised, and read from fields.

One result on every Python, whatever its ``email`` package does; bounded and linear.
"""

from __future__ import annotations

MAX_LENGTH = 1000
"""Characters of one address; RFC 5321 section 4.5.3.1 asks for 64 + 1 + 255."""
MAX_ADDRESSES = 1000
"""Mailboxes of one field that are read."""

_SPECIAL = frozenset('"(,;:\\')
"""What makes a field more than one address, perhaps with a name before it."""
_ATOM_EXTRA = frozenset("!#$%&'*+-/=?^_`{|}~.")


class Mailbox:
    """One mailbox of an address field.

    ``name`` is the display name, encoded words and all; ``address`` is normalised, or None where
    it cannot be an address.
    """

    __slots__ = ("address", "name")

    def __init__(self, name: str, address: str | None) -> None:
        self.name = name
        self.address = address


def normalise(text: str, default_domain: str | None = None) -> str | None:
    """Return ``local@domain`` as it is compared, or None where ``text`` cannot be an address.

    Quotes that are not needed go; the local part is in NFC and lower case (not folded further),
    the domain in lower-case A-labels. Without a domain, ``default_domain`` is taken.
    """
    text = text.strip()
    if text[:1] == "<" and text[-1:] == ">":
        text = text[1:-1].strip()
    if not text or len(text) > MAX_LENGTH:
        return None
    local_part, at, domain = text.rpartition("@")
    if not at:
        local_part, domain = text, default_domain or ""
    local = normalise_local_part(local_part)
    name = normalise_domain(domain)
    if local is None or name is None:
        return None
    return f"{local}@{name}"


def normalise_local_part(text: str) -> str | None:
    """Return a local part as it is compared, or None where it cannot be one."""
    quoted = len(text) > 1 and text[0] == '"' and text[-1] == '"'
    if quoted:
        text = _unquote(text[1:-1])
    if not text.isascii():
        from unicodedata import normalize

        # A lower-case letter may have a composed form where the capital has none.
        text = normalize("NFC", normalize("NFC", text).lower())
    else:
        text = text.lower()
    if not text or not text.isprintable():
        return None
    if is_dot_atom(text):
        return text
    if not quoted:
        return None
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def normalise_domain(text: str) -> str | None:
    """Return a domain in lower-case A-labels (IDNA 2008), or None where it cannot be one."""
    text = text.strip()
    if not text.isascii():
        text = _to_ascii(text)
    text = text.lower().removesuffix(".")
    if not text or len(text) > 255:
        return None
    if len(text) < 64 and text.replace(".", "").isalnum() and text[0] != "." and ".." not in text:
        return text if text[-1] != "." else None
    if text[0] == "[" and text[-1] == "]":
        return text if text[1:-1].replace(".", "").replace(":", "").isalnum() else None
    for label in text.split("."):
        bare = label.replace("-", "").replace("_", "")
        if not label or len(label) > 63 or not bare.isalnum() or not label.isascii():
            return None
    return text


def printable(text: str) -> str:
    """Return any text in a form that can be stored and shown on one line, cut short."""
    shown = text.encode("utf-8", "replace").decode("utf-8")[:320]
    return " ".join("".join(c if c.isprintable() else " " for c in shown).split())


def split(address: str) -> tuple[str, str]:
    """Return local part and domain of a normalised address."""
    local_part, _, domain = address.rpartition("@")
    return local_part, domain


def is_dot_atom(text: str) -> bool:
    """Tell whether a local part needs no quotes (RFC 5321 section 4.1.2, RFC 6531 section 3.3).

    Empty atoms (``a..b``) pass: mailboxes of that form exist.
    """
    if text.isascii() and text.replace(".", "").replace("-", "").isalnum():
        return True
    for character in text:
        if not (character.isalnum() or character in _ATOM_EXTRA or character >= "\x80"):
            return False
    return bool(text)


def parse_list(text: str, default_domain: str | None = None) -> list[Mailbox]:
    """Read an address field (RFC 5322 section 3.4): groups opened, comments dropped.

    Addresses without a domain get ``default_domain``.
    """
    if _SPECIAL.isdisjoint(text):
        mailbox = _simple(text, default_domain)
        return [] if mailbox is None else [mailbox]
    mailboxes: list[Mailbox] = []
    for phrase, angle in _pieces(text):
        if len(mailboxes) >= MAX_ADDRESSES:
            break
        if angle is not None:
            address = normalise(_without_route(angle), default_domain)
            mailboxes.append(Mailbox(phrase.strip(), address))
        elif phrase.strip():
            mailboxes.append(Mailbox("", normalise(phrase, default_domain)))
    return mailboxes


def _simple(text: str, default_domain: str | None) -> Mailbox | None:
    before, angle, rest = text.partition("<")
    if angle:
        address = normalise(_without_route(rest.partition(">")[0]), default_domain)
        return Mailbox(before.strip(), address)
    text = text.strip()
    return Mailbox("", normalise(text, default_domain)) if text else None


def _pieces(text: str) -> list[tuple[str, str | None]]:
    """Split a field at its commas into pairs of phrase and what stood in angle brackets."""
    pieces: list[tuple[str, str | None]] = []
    phrase: list[str] = []
    angle: list[str] | None = None
    inside = at_sign = unclosed = False
    position, length = 0, len(text)
    while position < length and len(pieces) <= MAX_ADDRESSES:
        character = text[position]
        position += 1
        target = angle if inside and angle is not None else phrase
        if character == '"' and not unclosed:
            end = _skip_quoted(text, position)
            if end < 0:
                unclosed = True
                continue
            quoted = text[position - 1 : end]
            target.append(
                quoted if inside or text[end : end + 1] == "@" else _unquote(quoted[1:-1])
            )
            position = end
        elif character == "(":
            position = _skip_comment(text, position)
        elif character == "<" and not inside:
            angle, inside = [], True
        elif character == ">" and inside:
            inside = False
        elif character in ",;" and not (inside and angle and angle[0] == "@"):
            pieces.append(("".join(phrase), "".join(angle) if angle is not None else None))
            phrase, angle, inside, at_sign = [], None, False, False
        elif character == ":" and not inside and not at_sign:
            phrase = []
        else:
            target.append(character)
            at_sign = at_sign or (character == "@" and not inside)
    pieces.append(("".join(phrase), "".join(angle) if angle is not None else None))
    return pieces


def _skip_quoted(text: str, position: int) -> int:
    """Return the position behind the closing quote, -1 where there is none."""
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == '"':
            return position + 1
        position += 1
    return -1


def _skip_comment(text: str, position: int) -> int:
    depth = 1
    while position < len(text) and depth:
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        position += 1
    return position


def _without_route(text: str) -> str:
    text = "".join(text.split()) if '"' not in text else text.strip()
    return text.rpartition(":")[2] if text[:1] == "@" else text


def _unquote(text: str) -> str:
    if "\\" not in text:
        return text
    result, escaped = [], False
    for character in text:
        if character == "\\" and not escaped:
            escaped = True
            continue
        result.append(character)
        escaped = False
    return "".join(result)


def _to_ascii(domain: str) -> str:
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""
