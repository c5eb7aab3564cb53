"""The terminal: text from pages and models is shown as text, never as control codes or markup."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# Cc: control codes, ANSI among them; Cf: bidi marks and other invisible characters; Cs: halves of surrogate pairs.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(text: str) -> str:
    """The text on one line, with what a terminal would obey or hide made visible as escapes."""
    return "".join(_escape(char) if unicodedata.category(char) in _UNPRINTABLE else char for char in text)


def styled(text: str, style: str = "") -> Text:
    """Foreign text for rich: no markup is read in it."""
    from rich.text import Text  # heavy; not needed for --help

    return Text(plain(text), style=style)


def make_console(*, stderr: bool = False) -> Console:
    """A console that obeys NO_COLOR, does not guess at emoji or numbers, and reads no markup."""
    from rich.console import Console  # heavy; not needed for --help

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=False)


def complain(message: str) -> None:
    """Say on stderr why the program stops."""
    click.secho("Error: ", fg="red", nl=False, err=True)
    click.echo("\n".join(plain(line) for line in message.splitlines()), err=True)


def _escape(char: str) -> str:
    if char == "\t":
        return " "
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
