"""HTML bodies: sanitised by an allow-list, and as plain text. Bounded and linear.

A page is first written anew from its tokens (known elements, closed in order, at most
``MAX_DEPTH`` deep), because nh3 takes quadratic time over deep nesting; then nh3 judges it.
"""

from __future__ import annotations

from html import escape

from mailgate.mail.markup import END, START, TEXT, VOID, tokens

MAX_LENGTH = 1024 * 1024
"""Characters of a page that are read."""
MAX_DEPTH = 500
MAX_REFERENCES = 100_000
"""Escaped characters of a page: nh3 takes ten microseconds for each."""
_TAGS = frozenset(
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 "
    "header hr i img ins kbd li main mark nav ol p pre q s samp section small span strike strong "
    "sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
_ATTRIBUTES = {
    "a": {"href", "name"},
    "bdo": {"dir"},
    "blockquote": {"cite", "type"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "font": {"color", "face", "size"},
    "hr": {"align", "size", "width"},
    "img": {"alt", "align", "height", "src", "width"},
    "ol": {"start", "type"},
    "table": {"align", "bgcolor", "border", "cellpadding", "cellspacing", "summary", "width"},
    "td": {"align", "bgcolor", "colspan", "headers", "height", "rowspan", "valign", "width"},
    "th": {"align", "bgcolor", "colspan", "headers", "height", "rowspan", "scope", "valign"},
    "tr": {"align", "bgcolor", "valign"},
    "*": {"dir", "lang", "title"},
}
_IMAGES = ("cid:", "data:image/png", "data:image/gif", "data:image/jpeg", "data:image/webp")
_LINKS = ("http:", "https:", "mailto:", "tel:", "ftp:", "cid:", "#")
_CLOSED_BY = {
    "p": frozenset(["p"]),
    "li": frozenset(["li", "p"]),
    "dt": frozenset(["dt", "dd", "p"]),
    "dd": frozenset(["dt", "dd", "p"]),
    "td": frozenset(["td", "th", "p"]),
    "th": frozenset(["td", "th", "p"]),
    "tr": frozenset(["td", "th", "tr", "p"]),
}
"""Elements that end where another one begins."""


def sanitise(page: str) -> tuple[str, str | None]:
    """Return a page that is safe to show inside another one, and a defect or None.

    No script, style, form, frame, event attribute or remote content is left; images only as
    ``cid:`` or ``data:``. A page that nests too deeply is returned as preformatted text.
    """
    import nh3

    defect = None
    if len(page) > MAX_LENGTH:
        page, defect = page[:MAX_LENGTH], "html-truncated"
    rewritten = _rewrite(page)
    if rewritten is None:
        return preformatted(to_text(page)[0]), "html-too-deep"
    if rewritten.count("&") > MAX_REFERENCES:
        return preformatted(to_text(page)[0]), "html-too-many-references"
    clean = nh3.clean(
        rewritten,
        tags=set(_TAGS),
        attributes={name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "ftp", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    return clean.strip(), defect


def preformatted(text: str) -> str:
    """Return plain text as HTML."""
    return f"<pre>{escape(text)}</pre>" if text.strip() else ""


def _attribute(element: str, attribute: str, value: str) -> str | None:
    """Return an attribute's value, None where it must go."""
    plain = "".join(value.split()).lower()
    if attribute == "src":
        return value if plain.startswith(_IMAGES) else None
    if attribute in ("href", "cite"):
        return value if plain.startswith(_LINKS) else None
    return value


def _rewrite(page: str) -> str | None:
    """Return the page with known elements only, each closed; None where they nest too deeply."""
    out: list[str] = []
    stack: list[str] = []
    for token in tokens(page):
        if token.kind == TEXT:
            out.append(escape(token.text(), quote=False))
        elif token.name not in _TAGS:
            continue
        elif token.kind == END:
            if token.name in stack:
                _close(out, stack, token.name)
        else:
            closed = _CLOSED_BY.get(token.name, frozenset())
            while stack and stack[-1] in closed:
                out.append(f"</{stack.pop()}>")
            out.append(_start_tag(token.name, token.attributes() if token.raw.strip() else {}))
            if token.name not in VOID:
                stack.append(token.name)
                if len(stack) > MAX_DEPTH:
                    return None
    out += [f"</{name}>" for name in reversed(stack)]
    return "".join(out)


def _close(out: list[str], stack: list[str], name: str) -> None:
    while True:
        top = stack.pop()
        out.append(f"</{top}>")
        if top == name:
            return


def _start_tag(name: str, attributes: dict[str, str]) -> str:
    allowed = _ATTRIBUTES.get(name, set()) | _ATTRIBUTES["*"]
    kept = [f' {key}="{escape(value)}"' for key, value in attributes.items() if key in allowed]
    return f"<{name}{''.join(kept)}>"


def to_text(page: str) -> tuple[str, str | None]:
    """Return the text of a page, and a defect or None.

    Links are written ``text <url>``, lists with ``*`` or numbers, quotations with ``>``.
    """
    defect = None
    if len(page) > MAX_LENGTH:
        page, defect = page[:MAX_LENGTH], "html-truncated"
    writer = _Writer()
    for token in tokens(page):
        if token.kind == TEXT:
            writer.text(token.text())
        elif token.kind == START:
            writer.start(token.name, token.attributes() if token.name in ("a", "img") else {})
        else:
            writer.end(token.name)
    return writer.finish(), defect


_PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl table pre form fieldset".split())
_BLOCKS = frozenset(
    "div li tr dt dd section article header footer main nav aside center address figure body "
    "caption figcaption details summary tbody thead tfoot".split()
)
_MAX_QUOTES = 20
_MAX_LISTS = 10
_RULE = "_" * 32


class _Writer:
    """Writes lines of text as a page goes by."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.space = False
        self.quotes = 0
        self.lists: list[int] = []
        self.bullet = ""
        self.preformatted = 0
        self.link = ""
        self.link_text: list[str] = []

    def text(self, text: str) -> None:
        if self.preformatted:
            first, *others = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self.put(first)
            for other in others:
                self.new_line()
                self.put(other)
            return
        written = text.split()
        if not written:
            self.space = self.space or bool(self.line and text)
            return
        lead = " " if self.line and (self.space or text[0].isspace()) else ""
        self.put(lead + " ".join(written))
        self.space = text[-1].isspace()

    def put(self, text: str) -> None:
        if not text:
            return
        if self.bullet:
            self.line.append(self.bullet)
            self.bullet = ""
        self.line.append(text)
        if self.link:
            self.link_text.append(text)

    def new_line(self) -> None:
        text = "".join(self.line).rstrip()
        marks = ">" * min(self.quotes, _MAX_QUOTES)
        self.lines.append(f"{marks} {text}".rstrip() if marks else text)
        self.line = []
        self.space = False

    def block(self, blank: bool = False) -> None:
        if self.line:
            self.new_line()
        self.space = False
        if blank and self.lines and self.lines[-1].strip("> ") and not self.bullet:
            self.new_line()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "br":
            self.new_line()
        elif name == "a":
            self.end_link()
            self.link = attributes.get("href", "").strip()
        elif name == "img":
            self.text(attributes.get("alt", ""))
        elif name in ("td", "th"):
            self.space = bool(self.line)
        elif name == "hr":
            self.block()
            self.put(_RULE)
            self.block()
        elif name in _PARAGRAPHS:
            self.start_paragraph(name)
        elif name == "blockquote":
            self.block(blank=True)
            self.quotes += 1
        elif name in _BLOCKS:
            self.block()
            if name == "li":
                self.start_item()

    def start_paragraph(self, name: str) -> None:
        self.block(blank=not (self.lists and name in ("ul", "ol")))
        if name in ("ul", "ol"):
            self.lists.append(1 if name == "ol" else 0)
        self.preformatted += name == "pre"

    def start_item(self) -> None:
        indent = "  " * min(max(len(self.lists) - 1, 0), _MAX_LISTS)
        number = self.lists[-1] if self.lists else 0
        if number:
            self.lists[-1] = number + 1
        self.bullet = f"{indent}{number}. " if number else f"{indent}* "

    def end(self, name: str) -> None:
        if name == "a":
            self.end_link()
        elif name == "blockquote":
            self.block()
            self.quotes = max(self.quotes - 1, 0)
            self.new_line()
        elif name in _PARAGRAPHS:
            if name in ("ul", "ol") and self.lists:
                self.lists.pop()
            if name == "pre":
                self.preformatted = max(self.preformatted - 1, 0)
            self.block(blank=not self.lists)
        elif name in _BLOCKS:
            self.block()
            if name == "li":
                self.bullet = ""

    def end_link(self) -> None:
        link, self.link = self.link, ""
        text = "".join(self.link_text).strip()
        self.link_text = []
        if text and len(link) <= 2000 and _worth_showing(link, text):
            self.put(f" <{''.join(link.split())}>")

    def finish(self) -> str:
        self.end_link()
        self.block()
        out: list[str] = []
        for line in self.lines:
            if line.strip("> ") or not out or out[-1].strip("> "):
                out.append(line)
            else:
                out[-1] = min(line, out[-1], key=len)
        return "\n".join(out).strip("\n")


def _worth_showing(link: str, text: str) -> bool:
    """Tell whether a link says more than its text."""
    if not link.lower().startswith(("http:", "https:", "mailto:", "tel:", "ftp:")):
        return False
    bare = link.partition(":")[2].lstrip("/").rstrip("/").lower()
    shown = text.lower().removeprefix("http://").removeprefix("https://").removeprefix("mailto:")
    return shown.rstrip("/") != bare
