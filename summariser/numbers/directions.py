"""Whether words say that a number rose or fell: 下降3.2%, rose 3.2 percent, a 3.2 percent drop."""

from __future__ import annotations

import re
from functools import cache

from summariser.schema.quantity import Direction
from summariser.tables import read_words

_REACH = 50  # characters before a number in which its verb stands
_CLAUSE_START = re.compile(r"[，。；：、！？!?;:\n]|[,.](?![0-9])")
_UNIT_BEHIND = r"[ -]?(?:%|per ?cent(?:age points?)?|[a-z]+)?[ -](?:[a-z-]+ )?"


def read_direction(text: str, start: int, end: int) -> Direction | None:
    """Which way the number `text[start:end]` went, by the nearest verb in its clause; None if none says so."""
    before, gap, behind, neither = _patterns()
    near = max(start - _REACH, 0)
    clause = max((mark.end() for mark in _CLAUSE_START.finditer(text, near, start)), default=near)
    if neither.search(text, clause, start):
        return None
    verbs = list(before.finditer(text, clause, start))
    if verbs and gap.fullmatch(text, verbs[-1].end(), start):
        return Direction(str(verbs[-1].lastgroup))
    found = behind.match(text, end)
    return Direction(str(found.lastgroup)) if found else None


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Verbs before a number, what may stand between, nouns behind it, and what makes all of them say nothing."""
    table = read_words("directions")
    before, behind = (
        "|".join(f"(?P<{way}>{'|'.join(words.split()).replace('_', ' ')})" for way, words in table[side].items())
        for side in ("before", "behind")
    )
    patterns = before, table["gap"], f"{_UNIT_BEHIND}(?:{behind})", table["neither"]
    before_it, gap, behind_it, neither = (re.compile(pattern, re.IGNORECASE) for pattern in patterns)
    return before_it, gap, behind_it, neither
