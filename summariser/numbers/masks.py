"""The numerals of a Chinese newspaper that count nothing: dates and times, ordinals, names and formulas, idioms.

`mask_at` is asked wherever a numeral may begin. The patterns stand in `numeral_masks.toml`, whole words that only begin
with a numeral (五台山, 三轮车) in `numeral_words.toml`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from summariser.numbers.measure_words import latin_units
from summariser.tables import read_words

_KINDS = ("idiom", "date", "ordinal", "name")


class Mask(NamedTuple):
    """Words of a text that hold no quantity: idiom, date, ordinal or name."""

    kind: str
    start: int
    end: int


def mask_at(text: str, place: int) -> Mask | None:
    """The words that begin at a place of the folded text and hold numerals that count nothing."""
    found = _pattern().match(text, place)
    if found:
        return Mask(str(found.lastgroup), place, found.end())
    words = (word for word in _words().get(text[place : place + 2], ()) if text.startswith(word, place))
    word = next(words, None)
    return Mask("idiom", place, place + len(word)) if word else None


@cache
def _pattern() -> re.Pattern[str]:
    """All patterns as one, a group for each kind."""
    table = read_words("numeral_masks")
    parts: dict[str, str] = {**table["parts"], "LATIN_UNIT": latin_units()}

    def fill(pattern: str) -> str:
        return re.sub("@([A-Z_]+)", lambda name: parts[name[1]], pattern)

    return re.compile("|".join(f"(?P<{kind}>{'|'.join(map(fill, table[kind].split()))})" for kind in _KINDS))


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """The whole words by their first two characters, the longest first."""
    words: dict[str, tuple[str, ...]] = {}
    for word in sorted(read_words("numeral_words")["idiom"].split(), key=len, reverse=True):
        words[word[:2]] = (*words.get(word[:2], ()), word)
    return words
