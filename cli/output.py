"""What commands print: JSON for programs, lines and tables for people. UTF-8 whatever the locale."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

_LINE_ENDS: Final = str.maketrans({"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""They end a line for many readers, so that in JSON they are written escaped."""


def json_line(value: Any) -> None:
    """One JSON value on one line."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    _write(text.translate(_LINE_ENDS))


def json_document(value: Any) -> None:
    """One JSON value, indented."""
    _write(json.dumps(value, ensure_ascii=False, indent=2).translate(_LINE_ENDS))


def line(text: str) -> None:
    """One line for people. A customer's text cannot steer the terminal: control characters become blanks."""
    _write(one_line(text))


def text_as_it_is(text: str) -> None:
    """A whole text, such as CSV, whose line ends are its own."""
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def one_line(text: str) -> str:
    """The text without line ends and control characters."""
    return "".join(
        " " if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") else character for character in text
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on a terminal; elsewhere lines with tabs between the columns, which programs can cut."""
    cells = [[one_line(str(cell if cell is not None else "")) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(columns), *cells]:
            _write("\t".join(row))
        return
    from rich.console import Console

    Console().print(for_terminal(columns, cells))


def for_terminal(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Any:
    """What rich prints. Where there is little room, only columns of several words are broken: what is one word, such as
    the name of a figure, is to be copied."""
    from rich.table import Column, Table
    from rich.text import Text

    words = [not any(" " in row[number] for row in cells) for number in range(len(columns))]
    heads = [Column(name, no_wrap=is_word) for name, is_word in zip(columns, words, strict=True)]
    shown = Table(*heads, box=None, header_style="bold", pad_edge=False)
    for row in cells:
        shown.add_row(*(Text(cell) for cell in row))
    return shown


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
