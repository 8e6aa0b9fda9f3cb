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
_BEFORE_SIGNATURE = frozenset("-_=—")
"""What the line before a signature or footer begins with."""
_LAST_WORDS = (" wrote", " schrieb", " a écrit", " escribió", " ha scritto", " escreveu")


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
        if _cannot_introduce(line) or len(line) > _MAX_LINE or _quoted(line):
            continue
        if _is_divider(line) or _is_header_block(lines, at):
            return _before_rule(lines, at)
        if _attribution_ends(line) and not _quote_follows(lines, at + 1):
            start = _attribution_start(lines, at)
            if start is not None and _tells_who_or_when(lines[start : at + 1]):
                return start
    return len(lines)


def _cannot_introduce(line: str) -> bool:
    """Tell quickly of most lines that they are blank, or nothing that older mail begins with."""
    bare = line.strip()
    return not bare or (
        ":" not in bare
        and "：" not in bare
        and bare[0] == line[0]
        and bare[0] not in _RULE_CHARACTERS
        and bare[-1] not in _RULE_CHARACTERS
    )


def _before_rule(lines: list[str], at: int) -> int:
    """Return ``at``, or the place of a rule of dashes right before it."""
    above = at - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    if above >= 0 and _is_rule(lines[above]):
        return above
    return at


def _quoted(line: str) -> bool:
    return ">" in line and line.lstrip(" \t")[:1] == ">"


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
    if _field(lines[at]) not in phrases.FIELDS:
        return False
    names = {_field(line) for line in lines[at : at + _LOOK_AHEAD] if len(line) <= _MAX_LINE}
    return len(names & phrases.FIELDS) >= 3 and not names.isdisjoint(phrases.FROM)


def _attribution_ends(line: str) -> bool:
    """Tell whether an attribution line may end here, where no quotation follows to prove it."""
    text = line.strip(" \t*" + _RULE_CHARACTERS).lower()
    if text[-1:] not in ":：":
        return text.endswith(_LAST_WORDS) and text != line.strip().lower()
    return any(word in text for word in phrases.WROTE) or text == "wrote:"


def _attribution_start(lines: list[str], end: int) -> int | None:
    """Return the line where the attribution that ends at ``end`` begins, None where none does."""
    nearest = None
    for start in range(end, max(end - _FOLDED, -1), -1):
        line = lines[start]
        if not line.strip() or _quoted(line) or len(line) > _MAX_LINE:
            break
        joined = " ".join(lines[start : end + 1])
        named = "@" in joined or any(word in joined.lower() for word in phrases.WROTE)
        if _opens(line) and (named or not line.strip()[:1].isdigit()):
            return start
        if nearest is None and named and _tells_who_or_when(lines[start : end + 1]):
            nearest = start
    return nearest


def _tells_who_or_when(lines: list[str]) -> bool:
    text = " ".join(lines)
    return _has_date(text) or ("<" in text and "@" in text)


def _opens(line: str) -> bool:
    text = line.strip(" \t*-–—").lower()
    first = text.partition(" ")[0].rstrip(",")
    if first in phrases.OPENERS or first[:1] in "在于於":
        return _has_date(text)
    return text[:1].isdigit() and len(first) <= 11 and ("@" in text or ":" in text)


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
    """Drop what introduces the quotation that was just taken off."""
    line = lines[-1].strip()
    if len(line) > _MAX_LINE:
        return
    end = len(lines) - 1
    if line[-1:] in ":：" or (line[:1].isdigit() and "@" in line and _has_date(line)):
        start = _attribution_start(lines, end)
        if start is not None:
            before = _glued(lines[start])
            lines[start:] = [before] if before else []
        elif _attribution_ends(line):
            del lines[end:]
    elif _attribution_ends(line):
        del lines[end:]


def _glued(line: str) -> str:
    """Return what someone wrote right before an attribution, on the same line."""
    at = line.find("On ", 1)
    if at <= 0 or line[at - 1] not in " -" or not _opens(line[at:]):
        return ""
    return line[:at].rstrip(" -")


def _drop_signature(lines: list[str]) -> None:
    """Cut at ``-- `` (RFC 3676 section 4.3) or a list's line, where no quotation follows."""
    first = max(len(lines) - _MAX_SIGNATURE, 0)
    for at in range(len(lines) - 1, first - 1, -1):
        if _quoted(lines[at]):
            return
        line = lines[at].rstrip()
        if line.lstrip()[:1] not in _BEFORE_SIGNATURE:
            continue
        if line in ("--", "—", "--\xa0", "__") or _is_footer(lines, at):
            if any(map(str.strip, lines[:at])):
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
    if len(lines) < 2 or len(lines[-1]) > 100:
        return
    last = lines[-1].strip(" \t*_[<(").lower()
    if last.startswith(phrases.SENT_FROM):
        if "," not in last and len(last.partition("<")[0].split()) <= 7:
            lines.pop()
    elif _is_dash_and_name(lines[-1]) and not lines[-2].startswith("-"):
        lines.pop()


def _is_dash_and_name(line: str) -> bool:
    """Tell whether a line is ``-Name``, as some sign."""
    name = line.strip().lstrip("-")
    if not line.startswith("-") or not name[:1].isupper() or len(name) > 40:
        return False
    return all(word[:1].isupper() for word in name.split())


def _without_quotation(lines: list[str]) -> str:
    """Drop a quotation that is answered as a whole; keep those that are answered one by one."""
    runs = [at for at, line in enumerate(lines) if _quoted(line)]
    if not runs:
        return "\n".join(lines)
    first, last = runs[0], runs[-1]
    if any(line.strip() and not _quoted(line) for line in lines[first:last]):
        return "\n".join(lines)
    before = lines[:first]
    while before and not before[-1].strip():
        before.pop()
    size = len(before)
    if before:
        _drop_attribution(before)
        if len(before) == size:
            return "\n".join(lines)
    return "\n".join(before + lines[last + 1 :])
