"""English for the words of the field: which terms an article prints, and which renderings a summary must not give them.

The table `glossary.csv` holds the terms. A wrong rendering counts only where its term stands in the article and none of
the words stands there with which the phrase may mean something else.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from summariser.tables import read_table
from summariser.text import fold


class Term(NamedTuple):
    """A word of the field, and what English says for it; `note` may be empty."""

    chinese: str
    english: str
    note: str


class WrongWords(NamedTuple):
    """English words that are no rendering of a term, as they stand in a text."""

    term: Term
    words: str


def glossary_for(text: str) -> tuple[Term, ...]:
    """The terms of the glossary that stand in a Chinese text, in the order of the table."""
    folded = fold(text).text
    return tuple(row.term for row in _rows() if row.term.chinese in folded)


def find_wrong_words(english: str, folded: str) -> list[WrongWords]:
    """Wrong renderings in an English text of terms that stand in a Chinese text, which is given folded."""
    rows = [row for row in _rows() if row.term.chinese in folded and not any(word in folded for word in row.unless)]
    return [WrongWords(row.term, match[0]) for row in rows if (match := row.wrong.search(english))]


class _Row(NamedTuple):
    """A term with its wrong renderings, and the words that excuse them."""

    term: Term
    wrong: re.Pattern[str]
    unless: tuple[str, ...]


@cache
def _rows() -> tuple[_Row, ...]:
    """The table."""
    return tuple(
        _Row(
            Term(row["term"], row["english"], row["note"]),
            _pattern(row["wrong"]),
            tuple(row["unless"].split()),
        )
        for row in read_table("glossary")
    )


def _pattern(phrases: str) -> re.Pattern[str]:
    """The phrases of a cell as one pattern: `*` stands for letters, a space or a hyphen for either."""
    spelled = re.escape(phrases).replace(r"\|", "|").replace(r"\*", r"\w*")
    apart = re.sub(r"\\[ -]", r"[\\s-]+", spelled)
    return re.compile(rf"(?<!\w)(?:{apart})(?!\w)", re.IGNORECASE)
