"""Write the manual pages and completion scripts from the commands.

``python tools/documents.py`` writes man/ and completions/; with ``--check`` it writes nothing and
names the files that are not as they would be written, with exit status 1 where there are any.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

from manual_texts import COMMAND_SECTIONS, MAIN_SECTIONS, PARAMETERS_TEXT

from mailgate.cli.completions import FILES, script
from mailgate.cli.main import SECTIONS, root
from mailgate.cli.tree import Node, choices, names, nodes, takes_value
from mailgate.entities.parameter import PARAMETERS

PLACE = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write, or check, every file."""
    files = dict(documents())
    if "--check" in sys.argv:
        stale = [name for name, text in files.items() if _read(PLACE / name) != text]
        print("".join(f"{name}\n" for name in stale), end="")
        return 1 if stale else 0
    for name, text in files.items():
        (PLACE / name).parent.mkdir(exist_ok=True)
        (PLACE / name).write_text(text, encoding="utf-8")
    return 0


def documents() -> Iterator[tuple[str, str]]:
    """Yield every file's name and text."""
    tree = {node.words: node for node in nodes(root)}
    yield "man/mailgate.1", _page("mailgate", 1, list(_main_page(tree[()])))
    for words, node in tree.items():
        if len(words) == 1:
            below = [tree[(words[0], name)] for name in node.children]
            name = f"mailgate-{words[0]}"
            yield f"man/{name}.1", _page(name, 1, list(_command_page(node, below)))
    name = "mailgate-parameters"
    yield f"man/{name}.7", _page(name, 7, list(_parameters_page()))
    for shell, name in FILES.items():
        yield f"completions/{name}", script(shell, root)


def _help(node: Node) -> str:
    """Return what a command says of itself, without the indentation of its source."""
    return cleandoc(node.command.help or "")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _page(name: str, section: int, lines: list[str]) -> str:
    head = f'.TH {name.upper().replace("-", chr(92) + "-")} {section} "" "mailgate"'
    return "\n".join([head, ".nh", ".ad l", *lines]) + "\n"


def _main_page(node: Node) -> Iterator[str]:
    yield from _name("mailgate", node)
    yield ".SH SYNOPSIS"
    yield r".B mailgate"
    yield r"[\fIoptions\fR] \fIcommand\fR [\fIarguments\fR]"
    yield ".SH DESCRIPTION"
    yield from _prose(MAIN_SECTIONS["DESCRIPTION"])
    yield ".SH OPTIONS"
    yield from _options(node)
    yield ".SH COMMANDS"
    for title, part in SECTIONS.items():
        yield f".SS {_text(title)}"
        for name, text in part.items():
            yield ".TP"
            yield rf"\fBmailgate\-{name}\fR(1)"
            yield _text(text)
    yield from _examples(node)
    for title, text in MAIN_SECTIONS.items():
        if title != "DESCRIPTION":
            yield f".SH {title}"
            yield from _prose(text)


def _command_page(node: Node, below: list[Node]) -> Iterator[str]:
    yield from _name(f"mailgate-{node.words[0]}", node)
    yield ".SH SYNOPSIS"
    for each in below or [node]:
        yield _usage(each)
        yield ".br"
    yield ".SH DESCRIPTION"
    yield from _prose(_help(node))
    for each in below:
        yield f".SS mailgate {' '.join(each.words)}"
        yield from _prose(_help(each))
        yield from _options(each)
    if not below:
        yield ".SH OPTIONS"
        yield from _options(node)
    for title, text in COMMAND_SECTIONS.get(node.words[0], {}).items():
        yield f".SH {title}"
        yield from _prose(text)
    yield from _examples(*(below or [node]))
    yield ".SH SEE ALSO"
    yield r"\fBmailgate\fR(1), \fBmailgate.toml\fR(5), \fBmailgate\-routing\fR(7),"
    yield r"\fBmailgate\-parameters\fR(7)"


def _parameters_page() -> Iterator[str]:
    yield ".SH NAME"
    yield r"mailgate\-parameters \- limits and habits of mailgate"
    yield ".SH DESCRIPTION"
    yield from _prose(PARAMETERS_TEXT)
    yield ".SH PARAMETERS"
    for key, parameter in PARAMETERS.items():
        yield ".TP"
        yield rf"\fB{_text(key)}\fR (default: {_text(parameter.default) or 'empty'})"
        yield _text(parameter.description[0].upper() + parameter.description[1:] + ".")
    yield ".SH SEE ALSO"
    yield r"\fBmailgate\-param\fR(1), \fBmailgate\-routing\fR(7)"


def _name(name: str, node: Node) -> Iterator[str]:
    first = _help(node).partition("\n\n")[0].replace("\n", " ").rstrip(".")
    yield ".SH NAME"
    yield f"{_text(name)} \\- {_text(first[0].lower() + first[1:])}"


def _usage(node: Node) -> str:
    pieces = [
        piece for piece in node.command.collect_usage_pieces(node.context) if piece != "[OPTIONS]"
    ]
    command = _text(" ".join(("mailgate", *node.words)))
    rest = " ".join(_text(piece) for piece in pieces)
    return rf"\fB{command}\fR [\fIoptions\fR] \fI{rest}\fR".replace(r" \fI\fR", "")


def _options(node: Node) -> Iterator[str]:
    for option in node.options:
        spelled = ", ".join(rf"\fB{_text(name)}\fR" for name in names(option))
        value = "|".join(choices(option)) or option.metavar or option.human_readable_name
        yield ".TP"
        yield spelled + (rf" \fI{_text(value)}\fR" if takes_value(option) else "")
        yield _text(option.help or "") + (" Required." if option.required else "")


def _examples(*shown: Node) -> Iterator[str]:
    yield ".SH EXAMPLES"
    for node in shown:
        for line, text in getattr(node.command, "examples", ()):
            yield ".PP"
            yield _text(text)
            yield ".PP"
            yield ".nf"
            yield ".RS 4"
            yield _text(line)
            yield ".RE"
            yield ".fi"


def _prose(text: str) -> Iterator[str]:
    """Write paragraphs; one whose lines read ``term: text`` becomes a list."""
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.replace("\n  ", " ").splitlines()
        if all(" :: " in line for line in lines):
            for line in lines:
                term, _, meaning = line.partition(" :: ")
                yield ".TP"
                yield rf"\fB{_text(term)}\fR"
                yield _text(meaning)
        else:
            yield ".PP"
            yield _text(" ".join(lines))


def _text(text: str) -> str:
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    return r"\&" + escaped if escaped[:1] == "." else escaped


if __name__ == "__main__":
    sys.exit(main())
