"""What is printed: JSON, tables on a terminal, plain aligned text elsewhere.

Text that came by mail passes ``display`` before a person sees it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Literal

_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters that look like nothing."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its title, and the value of an item.

    Numbers stand right. Where a terminal is too narrow, columns are cut, those that are to be
    kept last; ``wrap`` breaks lines instead. ``alarming`` tells of which items the value is red
    on a terminal.
    """

    title: str
    value: Callable[[Any], object]
    number: bool = False
    keep: bool = False
    wrap: bool = False
    alarming: Callable[[Any], bool] | None = None


def column(
    title: str, key: str | None = None, *, number: bool = False, keep: bool = False
) -> Column:
    """Return the column of an attribute; its name is the title where ``key`` is not given."""
    name = title if key is None else key
    return Column(title, lambda item: getattr(item, name), number, keep or number)


def moment(title: str, key: str) -> Column:
    """Return the column of a time, to the minute."""

    def value(item: object) -> str | None:
        time: str | None = getattr(item, key)
        return None if time is None else time[:16].replace("T", " ")

    return Column(title, value, keep=True)


def display(text: str, *, lines: bool = False) -> str:
    """Return a text in which nothing is invisible or steers a terminal.

    Control characters become their pictures, bidirectional, zero-width and other format
    characters ``<U+202E>``; ``lines`` keeps line feeds and tabs.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if lines and c in "\n\t" else _visible(c) for c in text)


def _visible(character: str) -> str:
    if character.isprintable() and character not in _FILLERS:
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return " " if character in "\u00a0\u202f\u3000" else f"<U+{code:04X}>"


def write(text: str) -> None:
    """Print lines that are safe already."""
    sys.stdout.write(text + "\n")


def write_json(value: object) -> None:
    """Print one JSON document, in ASCII."""
    write(json.dumps(plain(value), indent=2, ensure_ascii=True))


def plain(value: object) -> Any:
    """Return a value as JSON has it: objects are made of the fields of ours."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key.rstrip("_"): plain(item) for key, item in _fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _fields(value: Any) -> list[tuple[str, object]]:
    return [(name, getattr(value, name)) for name in value.__dataclass_fields__]


def cell(value: object) -> str:
    """Return a value as a person reads it on one line."""
    if value is None or value in ("", (), [], {}):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={cell(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return cell(asdict(value))
    return display(str(value))


def write_table(items: Sequence[object], columns: Sequence[Column]) -> None:
    """Print a table: by rich on a terminal, else as aligned text; nothing where it is empty."""
    if not items:
        return
    rows = [[cell(each.value(item)) for each in columns] for item in items]
    if sys.stdout.isatty():
        _write_rich_table(rows, columns, [_reds(item, columns) for item in items])
        return
    titles = [each.title.upper() for each in columns]
    write_rows([titles, *rows], [each.number for each in columns])


def write_rows(rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> None:
    """Print rows as plain text with aligned columns."""
    widths = [max(width(row[place]) for row in rows) for place in range(len(numbers))]
    for row in rows:
        padded = [_pad(text, widths[place], right=numbers[place]) for place, text in enumerate(row)]
        write("  ".join(padded).rstrip())


def width(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, columns: int, *, right: bool) -> str:
    space = " " * (columns - width(text))
    return space + text if right else text + space


def _reds(item: object, columns: Sequence[Column]) -> list[bool]:
    return [each.alarming is not None and each.alarming(item) for each in columns]


def _write_rich_table(
    rows: Sequence[Sequence[str]], columns: Sequence[Column], reds: Sequence[Sequence[bool]]
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, header_style="bold", show_edge=False, padding=(0, 1, 0, 0))
    for each in columns:
        side: Literal["right", "left"] = "right" if each.number else "left"
        table.add_column(Text(each.title), justify=side, no_wrap=each.keep, overflow="ellipsis")
    for row, red in zip(rows, reds, strict=True):
        cells = zip(row, columns, red, strict=True)
        table.add_row(
            *(
                Text(text, "red" if alarm else "", no_wrap=not each.wrap, overflow="ellipsis")
                for text, each, alarm in cells
            )
        )
    Console(file=sys.stdout, highlight=False).print(table)


def write_object(item: object) -> None:
    """Print an object: a line a key."""
    shown = [(key.replace("_", " "), cell(value)) for key, value in plain(item).items()]
    write_pairs(shown)


def write_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Print names with their values, aligned; the values are safe already."""
    if not sys.stdout.isatty():
        write_rows(pairs, (False, False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, value in pairs:
        table.add_row(Text(name, style="bold"), Text(value))
    Console(file=sys.stdout, highlight=False).print(table)


def heading(text: str) -> str:
    """Return a safe text as a heading: bold on a terminal."""
    import click

    return click.style(text, bold=True) if sys.stdout.isatty() else text


def alarm(text: str) -> str:
    """Return a safe text as an alarm: red on a terminal."""
    import click

    return click.style(text, fg="red") if sys.stdout.isatty() else text
