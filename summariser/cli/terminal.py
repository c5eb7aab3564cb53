"""The terminal: text from pages and models is shown as text, never as control codes or markup."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_LONGEST = 20_000  # characters of one text; no reply of a model is as long
_LEAST_WIDTH = 12  # columns of a terminal; a text that is broken over lines has no less
# Cc: control codes, ANSI among them; Cf: bidi marks and other invisible characters; Cs: halves of surrogate pairs.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(text: str) -> str:
    """The text on one line, with what a terminal would obey or hide made visible as escapes."""
    return "".join(_escape(char) if unicodedata.category(char) in _UNPRINTABLE else char for char in text)


def styled(text: str, style: str = "") -> Text:
    """Foreign text for rich: no markup is read in it, and of an endless one the beginning is shown."""
    from rich.text import Text  # heavy; not needed for --help

    rest = len(text) - _LONGEST
    return Text(
        plain(text[:_LONGEST]) + (f" ... [{rest:,} more characters not shown]" if rest > 0 else ""), style=style
    )


def make_console(*, stderr: bool = False) -> Console:
    """A console that obeys NO_COLOR, does not guess at emoji or numbers, and reads no markup."""
    from rich.console import Console  # heavy; not needed for --help

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=False)


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str | Text]],
    console: Console,
    *,
    right: Collection[str] = (),
    folded: Collection[str] = (),
) -> None:
    """Print rows below a header; no cell is ever cut.

    Shape: the columns `folded`, and the first, break their text over lines where room is short; what does not fit even
    so is written below, in tables of their own that begin with the first column again. `right`: columns of numbers.
    """
    from rich.cells import cell_len  # heavy; not needed for --help
    from rich.table import Table

    cells = [[cell if not isinstance(cell, str) else styled(cell) for cell in row] for row in [header, *rows]]
    least = []
    for at, name in enumerate(header):
        width = max(cell_len(row[at].plain) for row in cells)
        least.append(min(width, _LEAST_WIDTH, console.width // 2 - 1) if at == 0 or name in folded else width)
    blocks = [[0]]
    for at in range(1, len(header)):
        if len(blocks[-1]) > 1 and sum(least[each] + 1 for each in [*blocks[-1], at]) - 1 > console.width:
            blocks.append([0])
        blocks[-1].append(at)
    for number, block in enumerate(blocks):
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        for at in block:
            is_text = at == 0 or header[at] in folded
            table.add_column(
                styled(header[at]),
                justify="right" if header[at] in right else "left",
                overflow="fold",
                no_wrap=not is_text,
                min_width=least[at],
            )
        for row in cells[1:]:
            table.add_row(*(row[at] for at in block))
        console.print(*([""] if number else []), table, sep="\n")


def advise(message: str) -> None:
    """Say on stderr what a person should know, though all goes on."""
    click.secho("Note: ", fg="yellow", nl=False, err=True)
    click.echo("\n".join(plain(line) for line in message.splitlines()), err=True)


def complain(message: str) -> None:
    """Say on stderr why the program stops."""
    click.secho("Error: ", fg="red", nl=False, err=True)
    click.echo("\n".join(plain(line) for line in message.splitlines()), err=True)


def _escape(char: str) -> str:
    if char == "\t":
        return " "
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
