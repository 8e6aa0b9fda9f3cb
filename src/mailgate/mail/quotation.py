"""The part of a text that its sender wrote: without quotation, attribution, signature and footer.

Linear in at most ``MAX_LENGTH`` characters. Nothing is deleted for good: the whole text is kept
beside the answer.
"""

from __future__ import annotations

from mailgate.mail import phrases

MAX_LENGTH = 64 * 1024
_MAX_LINE = 1000
"""Characters of a line that may be an attribution or a field."""
_LOOK_AHEAD = 8
_FOLDED = 4
"""Lines over which mailers fold an attribution."""
_MAX_SIGNATURE = 30
_RULE_CHARACTERS = "-_=*–—"


def reply(text: str) -> str:
    """Return what is new in ``text``; the whole where nothing else would be left.

    Answers between quoted lines keep the quotation that they answer.
    """
    lines = text[:MAX_LENGTH].replace("\r\n", "\n").split("\n")
    lines = lines[: _cut(lines)]
    _trim(lines)
    answer = _without_quotation(lines).strip()
    return answer or text


def _cut(lines: list[str]) -> int:
    """Return the line from which on everything is a copy of older mail, unmarked by ``>``."""
    for at, line in enumerate(lines):
        if len(line) > _MAX_LINE or not line.strip() or _quoted(line):
            continue
        if _is_divider(line) or _is_header_block(lines, at):
            return _before_rule(lines, at)
        if _attribution_ends(line) and not _quote_follows(lines, at + 1):
            start = _attribution_start(lines, at)
            if start is not None and _has_date(" ".join(lines[start : at + 1])):
                return start
    return len(lines)


def _before_rule(lines: list[str], at: int) -> int:
    """Return ``at``, or the place of a rule of dashes right before it."""
    above = at - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    if above >= 0 and _is_rule(lines[above]):
        return above
    return at


def _quoted(line: str) -> bool:
    return line.lstrip(" \t")[:1] == ">"


def _is_rule(line: str) -> bool:
    return len(line.strip()) >= 3 and not line.strip(_RULE_CHARACTERS + " \t")


def _is_divider(line: str) -> bool:
    stripped = line.strip(" \t:：" + _RULE_CHARACTERS).lower()
    if stripped not in phrases.ORIGINAL:
        return False
    bare = line.strip()
    return bare[0] in _RULE_CHARACTERS or bare[-1] in ":："


def _field(line: str) -> str:
    """Return the lower-case name where the line is a field of a quoted header, or nothing."""
    name, colon, _ = line[:80].strip(" \t*").replace("：", ":").partition(":")
    return name.strip(" \t*\xa0").lower() if colon else ""


def _is_header_block(lines: list[str], at: int) -> bool:
    if _field(lines[at]) not in phrases.FROM:
        return False
    names = {_field(line) for line in lines[at : at + _LOOK_AHEAD] if len(line) <= _MAX_LINE}
    return len(names & phrases.FIELDS) >= 3


def _attribution_ends(line: str) -> bool:
    """Tell whether an attribution line may end here."""
    text = line.strip(" \t*")
    if text[-1:] not in ":：" and not text.endswith(("wrote", "schrieb", "a écrit")):
        return False
    lower = text.lower()
    return any(word in lower for word in phrases.WROTE) or ("<" in text and "@" in text)


def _attribution_start(lines: list[str], end: int) -> int | None:
    """Return the line where the attribution that ends at ``end`` begins, None where none does."""
    for start in range(end, max(end - _FOLDED, -1), -1):
        line = lines[start]
        if start < end and (not line.strip() or _quoted(line) or len(line) > _MAX_LINE):
            break
        if _opens(line):
            return start
    return end if _has_date(lines[end]) or "@" in lines[end] else None


def _opens(line: str) -> bool:
    text = line.strip(" \t*-–—").lower()
    first = text.partition(" ")[0].rstrip(",")
    if first in phrases.OPENERS or first[:1] in "在于於":
        return _has_date(text)
    return text[:1].isdigit() and ("@" in text or ":" in text) and _has_date(text)


def _has_date(text: str) -> bool:
    return sum(character.isdigit() for character in text[:_MAX_LINE]) >= 3


def _quote_follows(lines: list[str], at: int) -> bool:
    for line in lines[at : at + 4]:
        if line.strip():
            return _quoted(line)
    return False


def _trim(lines: list[str]) -> None:
    """Take quotation, attribution, signature and list footer off the end."""
    while True:
        size = len(lines)
        while lines and (not lines[-1].strip() or _quoted(lines[-1])):
            lines.pop()
        if lines and len(lines) < size:
            _drop_attribution(lines)
        _drop_signature(lines)
        _drop_sent_from(lines)
        if len(lines) == size:
            return


def _drop_attribution(lines: list[str]) -> None:
    line = lines[-1]
    if len(line) > _MAX_LINE or line.strip()[-1:] not in ":：":
        return
    end = len(lines) - 1
    start = _attribution_start(lines, end)
    if start is not None:
        del lines[start:]
    elif _attribution_ends(line):
        del lines[end:]


def _drop_signature(lines: list[str]) -> None:
    """Cut at ``-- `` (RFC 3676 section 4.3) or a list's line, where no quotation follows."""
    first = max(len(lines) - _MAX_SIGNATURE, 0)
    for at in range(len(lines) - 1, first - 1, -1):
        if _quoted(lines[at]):
            return
        line = lines[at].rstrip()
        if line in ("--", "—", "--\xa0", "__") or _is_footer(lines, at):
            if any(other.strip() for other in lines[:at]):
                del lines[at:]
            return


def _is_footer(lines: list[str], at: int) -> bool:
    line = lines[at].strip()
    if len(line) < 10 or line.strip("_-="):
        return False
    rest = " ".join(lines[at + 1 : at + 6]).lower()
    return any(word in rest for word in ("mailing list", "listinfo", "unsubscribe", "list archive"))


def _drop_sent_from(lines: list[str]) -> None:
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > 1 and len(lines[-1]) < 100:
        last = lines[-1].strip(" \t*_[<(").lower()
        if last.startswith(phrases.SENT_FROM):
            lines.pop()


def _without_quotation(lines: list[str]) -> str:
    """Drop a quotation that is answered as a whole; keep those that are answered one by one."""
    runs = [at for at, line in enumerate(lines) if _quoted(line)]
    if not runs:
        return "\n".join(lines)
    first, last = runs[0], runs[-1]
    before = [line for line in lines[:first] if line.strip()]
    between = [line for line in lines[first:last] if line.strip() and not _quoted(line)]
    if between or not _only_attribution(lines[:first], before):
        return "\n".join(lines)
    return "\n".join(lines[last + 1 :])


def _only_attribution(lines: list[str], written: list[str]) -> bool:
    """Tell whether nothing but an attribution stands there."""
    if not written:
        return True
    while not lines[-1].strip():
        lines.pop()
    start = _attribution_start(lines, len(lines) - 1) if _attribution_ends(lines[-1]) else None
    return start is not None and not any(line.strip() for line in lines[:start])
