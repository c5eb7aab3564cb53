"""The Markdown that MinerU writes: its formulas, tables, pictures and comments as plain text, line by line."""

from __future__ import annotations

import html
import re

_SIGNS = re.compile(r"\$[^$\n]*\\?[0-9][^$\n]*\$|<table|<!--|!\[[^\]]*\]\([^)]*\)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_FORMULA = re.compile(r"\$\$?([^$\n]{1,200})\$\$?")
_COMMANDS = re.compile(r"\\(?:mathrm|text|mathbf|rm|textbf|operatorname)\b\s*|[{}]|\\[,;! ]")
_SYMBOLS = {
    r"\%": "%",
    r"\times": "×",
    r"\sim": "~",
    r"\sb": "",
    r"^\circ": "°",
    r"\circ": "°",
    r"\pm": "±",
    r"\cdot": "·",
}
_GAP = re.compile(r"(?<=[\d.,%~×°+-])\s+(?=[\d.,%~×°+-])")
_CELL = re.compile(r"</t[dh]>\s*", re.IGNORECASE)
_ROW = re.compile(r"(?:</t[dh]>\s*)?</tr>\s*", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:html|body|table|thead|tbody|tr|td|th|br|p|div|span|sup|sub|details|summary|b|i)\b[^<>]*>", re.IGNORECASE
)


def has_markup(text: str) -> bool:
    """Whether Markdown holds what a text page does not: formulas, tables, pictures, comments."""
    return bool(_SIGNS.search(text))


def clean_markdown(text: str) -> str:
    """The text without its markup; every line stays in its place."""
    text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    text = _PICTURE.sub("", text)
    text = _FORMULA.sub(lambda found: _plain(found[1]), text)
    text = _TAG.sub("", _CELL.sub(" ", _ROW.sub("　", text)))
    return "\n".join(line.rstrip(" 　") for line in html.unescape(text).split("\n"))


def _plain(formula: str) -> str:
    """A formula as it is printed: `4 0 . 7` and a sign of per cent as 40.7%."""
    for command, sign in _SYMBOLS.items():
        formula = formula.replace(command, sign)
    return _GAP.sub("", _COMMANDS.sub("", formula)).strip()
