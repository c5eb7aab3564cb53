"""Which pieces of a page belong together, by their words alone.

Two cues: the joint, whether the last character of one line and the first of another make a word, close a quotation, or
complete a number; and the share of words two texts have in common, rare words counting more. Words are pairs of
characters, which serves Chinese without a dictionary.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from summariser.pages.article import has_open_quote
from summariser.tables import read_words

_CJK_PAIR = re.compile(r"(?=([\u3400-\u9fff]{2}))")
WORD = 0.8  # what a joint that makes a word is worth
NO_WORD = 0.4  # what one that makes none costs
_WORD_CHAR = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
_MEASURES = "年月日时分人名个家万亿元项次届期级位条场件岁户吨种批支张座处门倍成多余%."
_PAIRED = re.compile("[“”（）《》()]")
_STARTS_MID = re.compile(r"^[的了们等和与及或、，,。；;：:”’）)》%]|^[个名家项次位条场件户](?!人|性|别|体|中|个)")


class PageWords:
    """The words of a page, and how rare each is."""

    def __init__(self, texts: Iterable[str]) -> None:
        rows = [text for text in texts if text]
        self._pairs = {pair for text in rows for pair in _CJK_PAIR.findall(text)}
        spread = Counter(pair for text in rows for pair in set(_CJK_PAIR.findall(text)))
        self._weights = {pair: math.log(1 + len(rows) / count) for pair, count in spread.items()}

    def share(self, text: str, other: str) -> float:
        """How much of a text stands in another, from 0 to 1, rare words counting more."""
        words, known = set(_CJK_PAIR.findall(text)), set(_CJK_PAIR.findall(other))
        total = sum(self._weights.get(word, 1.0) for word in words)
        return sum(self._weights.get(word, 1.0) for word in words & known) / total if total else 0.0

    def joint(self, before: str, after: str) -> float:
        """How well a line goes on where another stopped in mid-sentence: about -2 (hardly) to 4 (surely)."""
        before, after = before.rstrip(), after.lstrip()
        if not before or not after:
            return 0.0
        return self._seam(before, after) + _quotes(before, after)

    def _seam(self, before: str, after: str) -> float:
        """How well the characters on both sides of a joint make a word."""
        last, first = before[-1], after[0]
        if not (_WORD_CHAR.match(last) and _WORD_CHAR.match(first)):
            return 0.0
        if (last.isdigit() or last == "余") and first in _MEASURES:
            return 1.0
        return WORD if last + first in self._pairs or last + first in _common_words() else -NO_WORD


@cache
def _common_words() -> frozenset[str]:
    """Frequent words of two characters."""
    return frozenset(read_words("two_character_words")["words"].split())


def starts_mid(text: str) -> bool:
    """Tell whether a line begins as only the middle of a sentence can."""
    return bool(_STARTS_MID.match(text)) or _closes_more(text)


def _quotes(before: str, after: str) -> float:
    """Whether what one line leaves open, the other closes."""
    is_open = has_open_quote(before)
    closes = _closes_more(after) or (before.count('"') % 2 == 1 and after.count('"') % 2 == 1)
    if is_open and closes:
        return 1.5
    return -0.5 if is_open else -1.5 if closes else 0.0


def _closes_more(text: str) -> bool:
    """Whether a line closes a quotation or bracket that it did not open."""
    marks = _PAIRED.findall(text)
    for opening, closing in ("“”", "（）", "《》", "()"):
        depth = 0
        for char in marks:
            depth += (char == opening) - (char == closing)
            if depth < 0:
                return True
    return False
