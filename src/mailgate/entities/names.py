"""What the addresses of this installation may be called: local parts and domains.

What cannot be a name is refused with the nearest possible one as advice.
"""

from __future__ import annotations

from mailgate.errors import MailgateError
from mailgate.mail.address import normalise, normalise_domain, normalise_local_part

MAX_LOCAL_PART = 64
"""Octets (RFC 5321 section 4.5.3.1.1)."""
MAX_DOMAIN = 253
_SPECIAL = frozenset("!#$%&'*+-/=?^_`{|}~.")


def local_part(text: str) -> str:
    """Return a local part normalised: a dot-atom of RFC 5321, or of RFC 6531 characters."""
    name = normalise_local_part(text)
    if name is None or not _is_possible(name):
        raise MailgateError(
            f"{_shown(text)} cannot be the name of an address: {advice(text)} could be"
        )
    return name


def advice(text: str) -> str:
    """Return the nearest possible local part: ``Déboulonneur info`` gives ``deboulonneur-info``."""
    from unicodedata import combining, normalize

    letters = [c for c in normalize("NFKD", text[:200]) if not combining(c)]
    words = "".join(c if c.isalnum() or c in "._+" else " " for c in letters).lower().split()
    name = "-".join(word.strip(".") for word in words if word.strip("."))
    while ".." in name:
        name = name.replace("..", ".")
    while len(name.encode("utf-8", "replace")) > MAX_LOCAL_PART:
        name = name[:-1]
    name = normalize("NFC", name.strip(".-"))
    return name if name and _is_possible(name) else "info"


def domain_name(text: str) -> str:
    """Return a domain in lower-case A-labels, checked as a host name (RFC 1123 section 2.1)."""
    name = normalise_domain(text)
    labels = [] if name is None else name.split(".")
    if name is None or len(name) > MAX_DOMAIN or not all(map(_is_label, labels)):
        raise MailgateError(
            f"{_shown(text)} is no domain name: it has letters, digits and hyphens between dots,"
            " as example.com"
        )
    if labels[-1].isdigit():
        raise MailgateError(f"{_shown(text)} is no domain name: its last part is a number")
    return name


def address(text: str, default_domain: str | None = None) -> str:
    """Return an address normalised; raises MailgateError where it cannot be one."""
    found = normalise(text, default_domain)
    if found is None or any("\ud800" <= c <= "\udfff" for c in found):
        raise MailgateError(f"{_shown(text)} is no address: write it as name@example.com")
    return found


def pair(text: str, default_domain: str | None) -> tuple[str, str]:
    """Return local part and domain of an address that is to be ours, both checked."""
    local, at, domain = text.strip().rpartition("@")
    if not at:
        local, domain = text.strip(), default_domain or ""
    if not domain:
        raise MailgateError(f"{_shown(text)} has no domain: write it as {advice(text)}@example.com")
    return local_part(local), domain_name(domain)


def _is_possible(name: str) -> bool:
    if len(name.encode("utf-8", "replace")) > MAX_LOCAL_PART or name[0] == '"':
        return False
    atoms = name.split(".")
    return all(atoms) and all(c.isalnum() or c in _SPECIAL or c >= "\xa1" for c in name)


def _is_label(label: str) -> bool:
    return label.replace("-", "").isalnum() and label[0] != "-" and label[-1] != "-"


def _shown(text: str) -> str:
    short = text if len(text) <= 80 else text[:79] + "…"
    return short if short and short == short.strip() else f"'{short}'"
