"""What the receiving system found out about the author: Authentication-Results (RFC 8601).

Only results by the configured authserv-id count, and only those above every field by another.
"""

from __future__ import annotations

from _json import encode_basestring_ascii

from mailgate.mail.address import normalise_domain
from mailgate.mail.header import Header, to_text

MAX_RESULTS = 100
"""Results of one message that count; of those beyond only a failure of DMARC does."""
_PASSED = "pass"
_FAIL = "fail"


class Authentication:
    """Whether the author's domain is proven, and the results that say so.

    ``results`` holds (method, result, domain) as found; ``reason`` is why it is not, or what
    proves it.
    """

    __slots__ = ("authserv", "passed", "reason", "results")

    def __init__(
        self, authserv: str, results: tuple[tuple[str, str, str], ...], reason: str, *, passed: bool
    ) -> None:
        self.authserv = authserv
        self.results = results
        self.reason = reason
        self.passed = passed

    def as_json(self) -> str:
        """Return what is kept with the message: an object, without the cost of the json package."""
        results = [
            _object(method=method, result=result, domain=domain)
            for method, result, domain in self.results
        ]
        whole = _object(
            authserv=self.authserv, result=_PASSED if self.passed else _FAIL, reason=self.reason
        )
        return f'{whole[:-1]}, "results": [{", ".join(results)}]}}'


def _object(**texts: str) -> str:
    """Return a JSON object of texts."""
    pairs = (f'"{name}": {encode_basestring_ascii(text)}' for name, text in texts.items())
    return "{" + ", ".join(pairs) + "}"


def judge(header: Header, authserv: str, author: str | None) -> Authentication:
    """Judge an author by the results of one authserv-id.

    A DMARC failure, or no aligned pass of DKIM or SPF (equal, or one a subdomain of the other),
    is no proof; nor is a From that names several authors or can be read in several ways.
    """
    results = tuple(trusted_results(header, authserv))
    passed, reason = False, ""
    if author is None or not is_plain_from(header):
        reason = "From names no single author"
    elif any(method == "dmarc" and result == _FAIL for method, result, _ in results):
        reason = "DMARC failed"
    else:
        domain = author.rpartition("@")[2]
        proof = next(
            (
                method
                for method, result, other in results
                if method in ("dkim", "spf") and result == _PASSED and aligned(domain, other)
            ),
            None,
        )
        passed = proof is not None
        reason = f"{(proof or '').upper()} passed" if proof else f"no DKIM or SPF pass for {domain}"
    return Authentication(authserv, results, reason, passed=passed)


def aligned(first: str, second: str) -> bool:
    """Tell whether two domains are equal, or one is a subdomain of the other."""
    if not first or not second:
        return False
    return first == second or first.endswith("." + second) or second.endswith("." + first)


def is_plain_from(header: Header) -> bool:
    """Tell whether From holds one address that every parser reads alike."""
    fields = header.all("from")
    if len(fields) != 1:
        return False
    text = to_text(fields[0])
    name, angle, rest = text.rpartition("<")
    address, closed, tail = rest.partition(">")
    if angle and (not closed or tail.strip()):
        return False
    if not angle and any(character in text for character in ' \t"(),:;<>'):
        return not any(character in text.strip() for character in ' \t"(),:;<>')
    name = _without_comment(_without_quoted(name.strip()))
    if any(character in name for character in '@<>(),:;"\\'):
        return False
    return address.count("@") == 1 and not any(c in address for c in ' \t"(),:;\\')


def _without_quoted(name: str) -> str:
    """Drop a display name that is one plain quoted string."""
    if len(name) > 1 and name[0] == name[-1] == '"' and not any(c in name[1:-1] for c in '"\\'):
        return ""
    return name


def _without_comment(name: str) -> str:
    """Take the brackets off one comment in a display name."""
    before, opened, rest = name.partition("(")
    comment, closed, after = rest.partition(")")
    return before + comment + after if opened and closed else name


def trusted_results(header: Header, authserv: str) -> list[tuple[str, str, str]]:
    """Return (method, result, domain) of the fields by ``authserv`` that stand on top."""
    found: list[tuple[str, str, str]] = []
    for value in header.all("authentication-results"):
        name, _, rest = _plain(to_text(value)).partition(";")
        words = name.split()
        if not words or words[0].lower() != authserv.lower():
            break
        for part in rest.split(";"):
            result = _result(part)
            if result is None:
                continue
            if len(found) < MAX_RESULTS:
                found.append(result)
            elif result[:2] == ("dmarc", _FAIL):
                return [*found, result]
    return found


def _result(part: str) -> tuple[str, str, str] | None:
    pairs = _pairs(part)
    if not pairs:
        return None
    method = next(iter(pairs))
    result = pairs[method].lower()
    method = method.partition("/")[0]
    keys = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",), "dmarc": ("header.from",)}
    for key in keys.get(method, ()):
        if key in pairs:
            domain = normalise_domain(pairs[key].rpartition("@")[2])
            return method, result, domain or ""
    return method, result, ""


def _pairs(part: str) -> dict[str, str]:
    """Return what ``key=value`` says, white space around the sign or not, the first of each key.

    A value may hold the sign too: ``smtp.mailfrom=bounce-ann=example.com@example.net``.
    """
    pairs: dict[str, str] = {}
    words = iter(part.split())
    word = next(words, None)
    while word is not None:
        key, sign, value = word.partition("=")
        word = next(words, None)
        if not sign and word is not None and word[0] == "=":
            sign, value = "=", word[1:]
            word = next(words, None)
        if sign and not value and word is not None:
            value = word
            word = next(words, None)
        if key and value:
            pairs.setdefault(key.lower(), value)
    return pairs


def _plain(text: str) -> str:
    """Return a field without comments, quotes taken off, what they hide made harmless."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in text:
        if escaped:
            escaped = False
            character = "_"
        elif character == "\\" and (quoted or depth):
            escaped = True
            continue
        elif character == '"' and not depth:
            quoted = not quoted
            continue
        if not quoted and character in "()":
            depth = max(0, depth + (1 if character == "(" else -1))
            continue
        if not depth:
            kept.append("_" if quoted and character in ";= \t" else character)
    return "".join(kept)
