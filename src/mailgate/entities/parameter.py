"""The parameters: each with its kind, default, description, and the form its value is kept in.

The accept path takes only the defaults, from ``defaults``.
"""

from __future__ import annotations

from mailgate.entities.defaults import DEFAULTS
from mailgate.entities.field import FALSE, TRUE
from mailgate.errors import MailgateError

LARGEST = 10**12


class Parameter:
    """One parameter.

    ``kind`` is ``number`` (whole, at least ``least``), ``flag``, or the name of a form of text;
    ``default`` is in the form in which values are kept.
    """

    __slots__ = ("default", "description", "key", "kind", "least")

    def __init__(self, key: str, kind: str, description: str, least: int = 0) -> None:
        self.key = key
        self.kind = kind
        self.default = DEFAULTS[key]
        self.description = description
        self.least = least


_NUMBERS = {
    "mail.gateway.loop.minutes": ("window of the loop limit, in minutes", 1),
    "mail.gateway.loop.threshold": (
        "new records one author may start per model and window, and messages of one author in one"
        " record that are sent on to its followers; 0: no limit",
        0,
    ),
    "mail.gateway.alias.threshold": (
        "new records per alias and window, whoever the authors are; 0: no limit",
        0,
    ),
    "mail.message.max.bytes": ("the largest message that is taken, in bytes", 1),
    "mail.notice.interval.minutes": (
        "minutes between two notices of one kind to one sender; 0: no bound",
        0,
    ),
    "mail.notice.max.per.hour": ("notices sent in an hour, all together", 0),
    "mail.bounce.limit": (
        "permanent failures, over more than a week, after which a contact is no longer written"
        " to; 0: never",
        0,
    ),
    "mail.original.keep.days": (
        "days the original bytes are kept, compressed; 0: not at all, -1: for ever",
        -1,
    ),
    "mail.quarantine.keep.days": ("days quarantined mail is kept", 0),
    "mail.disk.floor.mb": ("free disk space, in MB, below which no mail is taken for now", 0),
}
_OTHERS = {
    "mail.catchall.domain.allowed": (
        "domains",
        "domains, comma separated, in which aliases with local-part detection match, besides the"
        " alias domains; empty: any",
    ),
    "mail.spam.header": (
        "header",
        "header field and value that mark spam, as 'X-Spam-Flag: YES'; empty: none",
    ),
    "mail.recipient.delimiter": (
        "delimiter",
        "the character before the detail of a subaddress; empty: no subaddresses",
    ),
    "mail.bounce.verp": (
        "flag",
        "put a token that names the recipient into the return path of what goes to followers, so"
        " that a bounce marks whom it is about; needs subaddresses at the bounce address",
    ),
    "mail.reply.tokens": (
        "flag",
        "put a token that names the record into Reply-To, so that answers find it where a mail"
        " program drops References; needs subaddresses at aliases and catchall",
    ),
    "mail.trusted.authserv": (
        "authserv",
        "authserv-id (RFC 8601) of the server whose Authentication-Results count; empty: none",
    ),
}
_ALL = [Parameter(key, "number", text, least) for key, (text, least) in _NUMBERS.items()]
_ALL += [Parameter(key, kind, text) for key, (kind, text) in _OTHERS.items()]
PARAMETERS = {parameter.key: parameter for parameter in sorted(_ALL, key=lambda p: p.key)}
"""Every parameter by its key, in the order of the keys."""


def find(key: str) -> Parameter:
    """Return a parameter; raises MailgateError with the nearest known key."""
    found = PARAMETERS.get(key.strip().lower())
    if found is None:
        from mailgate.entities.nearest import unknown

        raise unknown("parameter", key, PARAMETERS, "mailgate param list")
    return found


def canonical(parameter: Parameter, text: str) -> str:
    """Return a value in the form in which it is kept; raises MailgateError."""
    forms = {
        "number": _number,
        "flag": _flag,
        "domains": _domains,
        "header": _header,
        "delimiter": _delimiter,
        "authserv": _authserv,
    }
    return forms[parameter.kind](parameter, text.strip())


def typed(parameter: Parameter, value: str) -> str | int | bool:
    """Return a kept value as JSON has it: true or false, number, text."""
    if parameter.kind == "number":
        return int(value)
    return value == "true" if parameter.kind == "flag" else value


def _refuse(parameter: Parameter, text: str, advice: str) -> MailgateError:
    return MailgateError(f"{parameter.key} cannot be {text[:80]!a}: {advice}")


def _number(parameter: Parameter, text: str) -> str:
    digits = text[1:] if text[:1] == "-" else text
    good = digits.isascii() and digits.isdigit() and len(digits) < 14
    if not good or not parameter.least <= int(text) <= LARGEST:
        raise _refuse(parameter, text, f"write a whole number from {parameter.least} to {LARGEST}")
    return str(int(text))


def _flag(parameter: Parameter, text: str) -> str:
    folded = text.lower()
    if folded not in TRUE | FALSE:
        raise _refuse(parameter, text, "write on or off")
    return "true" if folded in TRUE else "false"


def _domains(parameter: Parameter, text: str) -> str:
    from mailgate.entities.names import domain_name

    names = [domain_name(part) for part in text.split(",") if part.strip()]
    if text and not names:
        raise _refuse(parameter, text, "write domains with commas between them")
    return ",".join(dict.fromkeys(names))


def _header(parameter: Parameter, text: str) -> str:
    if not text:
        return ""
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    legal = name.isascii() and name.isprintable() and " " not in name
    if not colon or not name or not value or not legal or not value.isprintable():
        raise _refuse(parameter, text, "write field and value, as 'X-Spam-Flag: YES'")
    return f"{name}: {value}"


def _delimiter(parameter: Parameter, text: str) -> str:
    if text and (len(text) > 1 or text not in "!#$%&'*+-/=?^_`{|}~"):
        raise _refuse(parameter, text, "write one character, as + or -, or '' for none")
    return text


def _authserv(parameter: Parameter, text: str) -> str:
    name = text.lower()
    if name and (not name.isascii() or not set(name) <= _TOKEN or len(name) > 255):
        raise _refuse(parameter, text, "write the name that server puts first, as mx.example.com")
    return name


_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")
