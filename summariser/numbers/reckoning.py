"""What the amounts of a text are reckoned by: 月 of 每月200元, 人 and 天 of 人均日派件190件.

The words that say so (a basis) are found first, with the table `reckoning.toml`. A basis holds for the amounts behind
it as far as its reach: to the end of its clause, of its sentence, or for one clause behind a rule (每提前一天，奖3元).
Of those that hold the last counts. It is not what an amount is reckoned by if the words between make it a share of
something else, another value of the amount before, or the number of those of which something was told.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

from summariser.numbers.amounts import NUMBER_WORDS, OFTEN_UNITS, Amount, amounts_at, per_words
from summariser.numbers.numerals import (
    NUMBER,
    PEOPLE,
    SHARES,
    WHO,
    WHOLE,
    is_whole,
    measure_words,
    unit_at,
    unit_class_of,
)
from summariser.numbers.view import view_numbers
from summariser.schema.case import Approximation, UnitClass
from summariser.tables import Patterns, any_of, fill, read_words

_TABLE: Final = read_words("reckoning")
_DEED: Final = f"(?:{'|'.join(_TABLE['deeds'].split())})"  # verbs of what is done for an amount: 培训
_WORDS = Patterns("reckoning", NUMBER=NUMBER, DEED=_DEED)
_DAYS: Final[dict[str, float]] = _TABLE["days"]
_SAID: Final = frozenset(_TABLE["said"].split())
_OCCASIONS: Final = frozenset(_TABLE["occasions"].split())
RATIOS: Final = SHARES | {UnitClass.MULTIPLE}
_LEVELS: Final = frozenset({"岁", "周岁", "℃", "摄氏度"})  # a time has none of them, but rises by some
_EVERY_YEAR = frozenset({"每年", "每一年", "一年"})  # 每年收入增长8% is a rate, 每月收入增长8% a level that grew
_LEAD = 5  # characters before an amount in which 每 and a verb make it a basis
_ONCE = 16  # characters before an amount in which 从前 says that it is so no more
_GAP = 2  # characters between two words of one basis: 每月为每名


class Reach(StrEnum):
    """How far a basis holds; `reckoning.toml` has its words and its end under this name."""

    CLAUSE = "clause"
    SENTENCE = "sentence"
    RULE = "rule"


class Basis(NamedTuple):
    """Words that say what the amounts behind them are reckoned by."""

    start: int
    end: int
    pers: tuple[str, ...]
    reach: Reach


class _Held(NamedTuple):
    """A basis that holds, and the place up to which its end was looked for."""

    basis: Basis
    seen: int


def find_bases(text: str) -> list[Basis]:
    """Where the folded text says what it reckons by, in text order; of what begins at one place the first reach."""
    bases: dict[int, Basis] = {}
    taken: set[int] = set()
    for reach, pattern in _patterns().items():
        found = [_basis(words, reach) for words in pattern.finditer(text) if words.start() not in taken]
        bases |= {basis.start: basis for basis in found if not _goes_on(text, basis)}
        taken = {place for basis in bases.values() for place in range(basis.start, basis.end)}
    return [bases[start] for start in sorted(bases)]


class Reckoning:
    """What the amounts of a text are reckoned by, asked in text order, so that nothing is looked at twice."""

    def __init__(self, text: str, bases: list[Basis]) -> None:
        self._text = text
        self._ahead = deque(bases)
        self._held: dict[Reach, _Held] = {}
        self._before: Amount | None = None

    def reckon(self, amount: Amount) -> Amount | None:
        """The amount with all that it is reckoned by; None for 一次 that no time makes a rate."""
        found = self._pers_of(amount)
        pers = _joined_pers(amount, self._carried_pers(amount) or self._shared_pers(amount, found) or found)
        self._hold_amount(amount)
        if amount.number == "一" and amount.unit in OFTEN_UNITS and not (pers and is_time(pers[-1])):
            return None
        self._before = amount._replace(pers=pers)
        return self._before

    def _pers_of(self, amount: Amount) -> tuple[str, ...]:
        """What the words before say; of people only those of their own clause: 按月 is of the money before."""
        self._hold_bases(amount.start)
        self._drop_ended(amount.start)
        reaches = self._held.keys() & {Reach.CLAUSE} if amount.unit_class in WHO else self._held.keys()
        if not reaches:
            return ()
        basis = max((self._held[reach].basis for reach in reaches), key=lambda basis: basis.start)
        between = self._text[basis.end : amount.start]
        has_nothing = is_time(basis.pers[-1]) or unit_class_of(basis.pers[0]) in PEOPLE
        if "每" in between or (has_nothing and _WORDS.equipped.search(between)):  # 每人300元 behind 每某
            return ()
        if amount.unit_class in RATIOS:
            is_rate = not _WORDS.relative_share.search(between) and self._is_ratio_of_each(amount, basis)
            return basis.pers if is_rate else ()
        is_level = amount.unit in _LEVELS and is_time(basis.pers[-1]) and not _WORDS.changes.search(between)
        if is_level or _WORDS.relative.search(between):
            return ()
        if self._counts_what_is_told(amount, basis):  # what stands behind it is of all of them
            del self._held[basis.reach]
            return ()
        return basis.pers

    def _hold_bases(self, place: int) -> None:
        """Let the bases that end before a place hold, each instead of the last one of its reach."""
        while self._ahead and self._ahead[0].end <= place:
            self._hold(self._ahead.popleft())

    def _hold(self, basis: Basis) -> None:
        """Let a basis hold, with what the basis close before it says: 每月为每名 is 名 and 月."""
        if held := self._held.get(basis.reach):
            before, between = held.basis.pers, self._text[held.basis.end : basis.start]
            is_close = len(between) <= _GAP and (between.isalpha() or not between)
            if is_close and _rank(before[-1]) != _rank(basis.pers[-1]):
                basis = basis._replace(pers=join_pers(before, basis.pers))
        self._held[basis.reach] = _Held(basis, basis.end)

    def _hold_amount(self, amount: Amount) -> None:
        """Reckon what stands behind an amount by it, if it is one to reckon by: the 2小时 of 每干2小时至少歇20分钟."""
        value, held = amount.reading.value, self._held.get(Reach.CLAUSE)
        lead = _measured_per().search(self._text, max(amount.start - _LEAD, 0), amount.start)
        if amount.unit_class is UnitClass.DURATION and not lead:
            lead = _WORDS.often.match(self._text, amount.end)
        if value is not None and lead and (held is None or held.basis.start != lead.start()):
            reach = Reach.RULE if lead[0][0] == "每" and lead[0] != "每" else Reach.CLAUSE
            self._hold(Basis(amount.start, amount.end, (_spell_per(amount),), reach))

    def _drop_ended(self, place: int) -> None:
        """Drop the bases whose reach ends before a place; a rule holds for one clause with amounts."""
        for reach, (basis, seen) in list(self._held.items()):
            ends = [_end_of(reach)]
            if reach is Reach.RULE and seen > basis.end and not self._is_added():
                ends.append(_end_of(Reach.CLAUSE))
            if any(end.search(self._text, seen, place) for end in ends):
                del self._held[reach]
            else:
                self._held[reach] = _Held(basis, place)

    def _is_added(self) -> bool:
        """Whether the clause behind the amount before adds to it by the same rule: 满五十人的再加1000元."""
        return self._before is not None and bool(_WORDS.adds.match(self._text, self._before.end))

    def _carried_pers(self, amount: Amount) -> tuple[str, ...]:
        """What an amount is reckoned by as another value of the one before it: 每月加30元，加到300元."""
        if self._before is None:
            return ()
        before, place = self._before, (self._before.end, amount.start)
        is_same = before.unit == amount.unit or before.unit_class is amount.unit_class is UnitClass.MONEY
        ways = [_WORDS.carries, _WORDS.once] if is_same else [_WORDS.converted]
        if is_same and _WORDS.before_now.search(self._text, max(before.start - _ONCE, 0), before.start):
            ways.append(_WORDS.now)
        return before.pers if any(way.fullmatch(self._text, *place) for way in ways) else ()

    def _shared_pers(self, amount: Amount, found: tuple[str, ...]) -> tuple[str, ...]:
        """What was counted before, if each of it has the amount (10名职工各奖800元), and the time of both."""
        before = self._before
        if before is None or before.unit_class not in WHOLE or before.reading.value is None:
            return ()
        is_shared = before.unit and _WORDS.shared.fullmatch(self._text, before.end, amount.start)
        return (before.unit, *(found if found and is_time(found[-1]) else ())) if is_shared else ()

    def _is_ratio_of_each(self, amount: Amount, basis: Basis) -> bool:
        """Whether a share is told of each (每年增长8%), and is not how much more each has (月薪上涨15%)."""
        if basis.reach is Reach.RULE:  # 每提前一天，成本下降3%
            return True
        words, behind = self._text[basis.start : basis.end], self._text[basis.end : amount.end]
        is_mean = words.endswith("均")
        is_rate = is_mean or not _WORDS.yields.match(words)
        if is_rate and all(map(is_time, basis.pers)) and _WORDS.growing.match(behind):
            return True
        if words in _EVERY_YEAR and not _WORDS.level.search(self._text, basis.end, amount.start):
            return True
        return is_rate and not is_mean and not _WORDS.grown.search(behind)

    def _counts_what_is_told(self, amount: Amount, basis: Basis) -> bool:
        """Whether an amount says how many there are of which something was told: 3场 of 每场500人共3场."""
        before = self._before
        ones = _WORDS.total_of_ones.search(self._text, basis.end, amount.start)
        if ones and ones[1] == amount.unit:
            return True
        if before is None or before.start < basis.end:
            return False
        between = self._text[before.end : amount.start]
        if before.pers and _WORDS.standard.match(between):
            return True
        if amount.unit_class in WHO and _WORDS.receivers.search(between):
            return True
        if before.pers and before.unit_class is amount.unit_class:  # the sum of one number is no sum of several
            is_first = not NUMBER_WORDS.search(self._text, basis.end, before.start)
            return bool(is_first and _WORDS.total.search(between))
        return any(
            amount.unit == per
            or (amount.unit == "个" and self._text.startswith(per, amount.end))
            or (amount.unit_class in PEOPLE and unit_class_of(per) in PEOPLE)
            for per in basis.pers
        )


def read_per(words: str) -> tuple[str, ...]:
    """What words that were copied for it say that something is reckoned by: 人 and 月 of 人均每月, 2小时 of 每干2小时.

    Shape: people, then occasions, then times; empty where a part of the words cannot be read.
    """
    text = _WORDS.framing.sub("", view_numbers(words).text)
    pers: list[str] = []
    for part in filter(None, _WORDS.joint.split(_WORDS.own_mean.sub("·", text))):
        *before, last = _WORDS.ones.split(part)
        if not (named := _per_of_part(last)):
            return ()
        # 一个孩子一学期; a verb names none: 处理一起
        pers += [per for each in before if not re.fullmatch(_DEED, each) and (per := _per_of_part(each))]
        pers.append(named)
    return join_pers(pers)


def join_pers(*pers: Iterable[str]) -> tuple[str, ...]:
    """Units of reckoning in their order, each once: people, then occasions, then times."""
    return tuple(sorted(dict.fromkeys(chain.from_iterable(pers)), key=_rank))


def _per_of_part(part: str) -> str:
    """The unit of a few words: the one they begin with, behind 个 or not, or that of the amount behind a verb."""
    scaled = _WORDS.scaled.match(part)  # 百公里
    lead = scaled[0] if scaled else ""
    bare = part[len(lead) :]
    first = (not scaled and _per_at(bare.removeprefix("个"))) or _per_at(bare)
    if not first and (thing := _WORDS.thing.fullmatch(part)):  # 个工作室
        first = thing["name"]
    if first:
        return lead + first
    places = (place for place in range(len(part)) if not _WORDS.inside.search(part, 0, place))
    amount = next(filter(None, (next(iter(amounts_at(part, place)), None) for place in places)), None)
    is_exact = amount and amount.reading.value is not None and amount.approx is Approximation.EXACT
    return _spell_per(amount) if amount and is_exact else ""


def _per_at(part: str) -> str:
    """The longest unit that words begin with and that begins no other word (包干), and is no bare 个; else empty."""
    if _WORDS.other_words.match(part):
        return ""
    known = measure_words()
    found = (per for per in per_words() | _SAID if per != "个" and part.startswith(per))
    return max(
        (per for per in found if per == part or per not in known or is_whole(part, 0, known[per])), key=len, default=""
    )


def _spell_per(amount: Amount) -> str:
    """A measured amount as what is reckoned by: 2小时, 半小时; the unit alone of one."""
    value = amount.reading.value or 0
    count = "半" if "半" in amount.number and value < 1 else "" if value == 1 else str(value)
    return count + amount.unit


@cache
def _patterns() -> dict[Reach, re.Pattern[str]]:
    """The words of a basis by its reach."""
    parts = {**_TABLE["parts"], "PER": f"(?:{any_of(per_words())})", "DEED": _DEED}
    parts["PIECE"] = "|".join(_TABLE["pieces"].split())
    words = {reach: fill("|".join(_TABLE[reach].split()), parts) for reach in Reach}
    words[Reach.CLAUSE] = f"(?=[{_TABLE['heads']}])(?:{words[Reach.CLAUSE]})"
    return {reach: re.compile(pattern) for reach, pattern in words.items()}


@cache
def _measured_per() -> re.Pattern[str]:
    """What leads to an amount that others are reckoned by: 每干2小时, 每10名; a noun does not (每宿舍6人)."""
    return re.compile(f"每{_DEED}?$")


def _end_of(reach: Reach) -> re.Pattern[str]:
    """Where a basis of this reach ceases to hold."""
    ends: re.Pattern[str] = getattr(_WORDS, f"{reach}_end")
    return ends


def _basis(words: re.Match[str], reach: Reach) -> Basis:
    """The basis that these words are."""
    pers = _pers_of(words[0]) if reach is Reach.CLAUSE else (_WORDS.leads.sub("", words[0]),)
    return Basis(words.start(), words.end(), pers, reach)


def _pers_of(words: str) -> tuple[str, ...]:
    """The unit in 每月, 年均, 一年; both in 每人每月."""
    if "每" in words:
        parts = (part.removeprefix("一") for part in words.split("每")[1:])
        return join_pers(part.removeprefix("个") or part for part in parts)
    if words[0] in "一1":
        return tuple(map(_measured_by, re.split("[一1]", words)[1:]))
    if words == "按人头":
        return ("人",)
    if words[0] in "单十百千万亿":  # 单次, 百公里
        return (words.removeprefix("单"),)
    mean = _WORDS.mean_of_time.search(words)  # 年人均, 人均月
    return (mean[1], words.replace(mean[0], "")) if mean and words != mean[0] else (words[0],)


def _measured_by(words: str) -> str:
    """The measure word that words behind 一 begin with: 家 of 家小店, 月 of 个月."""
    rest = words.removeprefix("个")
    return max((per for per in per_words() if rest.startswith(per)), key=len, default=words[0])


def _goes_on(text: str, basis: Basis) -> bool:
    """Whether what looks like a measure word behind 每 begins a longer word: 每处理一单, 每节约一度电."""
    unit = basis.pers[-1]
    row, place = measure_words().get(unit), basis.end - len(unit)
    if row is None or basis.reach is not Reach.CLAUSE or text[basis.start] != "每" or not text.startswith(unit, place):
        return False
    return unit_at(text, place) is None and not (row.ahead and text[place - 1] == "个")  # 每个点派3名


def _joined_pers(amount: Amount, found: tuple[str, ...]) -> tuple[str, ...]:
    """What an amount prints behind itself (300元/人) with what was found before it (每月300元/人)."""
    pers = amount.pers
    if not pers and amount.unit_class is not UnitClass.STRUCTURE:
        pers = found
    elif pers in {("人",), ("户",)} and found and is_time(found[-1]):
        pers += found
    if amount.unit_class is UnitClass.DURATION:  # 按月领津贴，领满两年
        pers = tuple(per for per in pers if _DAYS.get(per, 0) == 0 or _DAYS.get(amount.unit, 0) < _DAYS[per])
    return pers


def is_time(per: str) -> bool:
    """Whether a unit that is reckoned by is a time: 月, 3天."""
    return per.lstrip("0123456789.半十百") in _DAYS


def _rank(per: str) -> int:
    """Where a unit stands among those of one amount: 人, then 餐, then 月."""
    return 2 if is_time(per) else int(per in _OCCASIONS)
