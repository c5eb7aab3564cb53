"""What became of a number: from its value before and after, or from words that tell the change itself.

由300人增加到450人 tells both values. 增长12%, 增加150人, 提高3.5个百分点 and 翻一番 tell a change: the number is no
level then, but what was added, taken away or multiplied by. 增长到12% and 降至5天 are levels again.

Whether it rose or fell is told by words in Chinese or English: 下降3.2%, rose 3.2 percent, a 3.2 percent drop.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from summariser.numbers.measure_words import WHO
from summariser.numbers.numerals import plain
from summariser.schema.quantity import Approximation, Change, Direction, Quantity, UnitClass
from summariser.tables import groups, read_words

_REACH = 50  # characters before a number in which its verb stands
_LAST_BORDER = re.compile(r".*(?:[，。；：、！？!?;:\n]|[,.](?![0-9]))", re.DOTALL)
_UNIT_BEHIND = r"[ -]?(?:%|per ?cent(?:age points?)?|[a-z]+)?[ -](?:[a-z-]+ )?"


def read_direction(text: str, start: int, end: int) -> Direction | None:
    """Which way the number `text[start:end]` went, by the nearest verb in its clause; None if none says so."""
    before, gap, behind, neither = _patterns()
    near = max(start - _REACH, 0)
    mark = _LAST_BORDER.match(text, near, start)
    clause = mark.end() if mark else near
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
    before, behind = (groups(table[side]).replace("_", " ") for side in ("before", "behind"))
    patterns = (before, table["gap"], f"{_UNIT_BEHIND}(?:{behind})", table["neither"])
    before_it, gap, behind_it, neither = (re.compile(pattern, re.IGNORECASE) for pattern in patterns)
    return before_it, gap, behind_it, neither


_COUNTS_ALIKE = WHO - {UnitClass.ORGANISATION}  # 名 and 人 count the same, 件 and 元 not
_LEVEL = re.compile(r"[至到为达成]了?(?:每[^\W\d_]{1,3}|[人户月年日]均)?$")
_LEVELLED = re.compile("(?:是|为|相当于|达到?|[至到成])[^，。；,;]{0,12}的$")  # 是上年的2倍
_MULTIPLIED = {UnitClass.MULTIPLE, UnitClass.PERCENT}


def read_change(before: Quantity | None, after: Quantity | None, words: str) -> Change | None:
    """The change that a number before, a number after and the words around them tell.

    Shape: `words` hold `after.raw` as printed; None where they tell no change at all. Of what is not exact (超300人) at
    most the direction is known.
    """
    if after is None:
        return None
    start = words.find(after.raw)
    said = read_direction(words, start, start + len(after.raw)) if start >= 0 else None
    lead = words[: max(start, 0)]
    is_alike = before is not None and _counts_alike(before, after)
    is_from = before and is_alike and re.search(f"[由从][^，。；,;]{{0,8}}{re.escape(before.raw)}", lead)
    told = None if is_from else _told(after, lead, said)
    if told is None and before is not None and is_alike:
        return _between(before, after, said)
    return told or (Change(direction=said, difference=None, ratio=None) if said else None)


def _told(after: Quantity, lead: str, said: Direction | None) -> Change | None:
    """The change that a number is by itself; None if it is a level, or if nothing says which way it went."""
    value, is_turn = after.value, "番" in after.raw
    times = _LEVELLED.search(lead)
    if after.unit_class is UnitClass.MULTIPLE and (is_turn or (times and after.unit == "倍")):
        way = said or (Direction.RISE if value and value > 1 else None)
        return Change(direction=way, difference=None, ratio=_exact(after))
    if said is None or _LEVEL.search(lead):
        return None
    value, sign = _exact(after), 1 if said is Direction.RISE else -1
    if after.unit_class not in _MULTIPLIED:
        return Change(direction=said, difference=None if value is None else value * sign, ratio=None)
    share = None if value is None else value / (100 if after.unit_class is UnitClass.PERCENT else 1)
    ratio = None if share is None or (sign < 0 and share > 1) else plain(round(1 + sign * share, 4))
    return Change(direction=said, difference=None, ratio=ratio)


def _between(before: Quantity, after: Quantity, said: Direction | None) -> Change:
    """The change from one level to another; the words tell its direction where the numbers leave it open."""
    old, new = _exact(before), _exact(after)
    if old is None or new is None:
        (low, high), (bottom, top) = _bounds(before), _bounds(after)
        rises = high is not None and bottom is not None and high <= bottom
        falls = low is not None and top is not None and top <= low
        known = None if rises == falls else Direction.RISE if rises else Direction.FALL
        return Change(direction=known or said, difference=None, ratio=None)
    way = Direction.NONE if new == old else Direction.RISE if new > old else Direction.FALL
    ratio = plain(round(new / old, 4)) if old > 0 and new >= 0 else None
    return Change(direction=way, difference=plain(new - old), ratio=ratio)


def _exact(quantity: Quantity) -> Decimal | None:
    """The value that is meant exactly."""
    return quantity.value if quantity.approx is Approximation.EXACT else None


def _bounds(quantity: Quantity) -> tuple[Decimal | None, Decimal | None]:
    """The lowest and the highest number that the words allow; null where they set no bound."""
    exact = _exact(quantity)
    return (exact, exact) if exact is not None else (quantity.min, quantity.max)


def _counts_alike(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities count the same, reckoned by the same."""
    if one.unit_class != other.unit_class or one.per != other.per:
        return False
    return one.unit_class in _COUNTS_ALIKE or one.unit.removeprefix("个") == other.unit.removeprefix("个")
