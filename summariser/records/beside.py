"""What stands beside a number: by which time money is reckoned, and whether a thing is planned or done."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from summariser.numbers.numerals import Numeral
from summariser.schema.quantity import AND, Quantity
from summariser.tables import Patterns

_REACH: Final = 60  # characters beside a number in which such words stand
_SAYS: Final = Patterns("beside")
# The times by which something is reckoned, each with all words for it in an article.
_TIMES: Final = {"小时": "时", "天": "[天日]", "周": "周|星期|礼拜", "月": "月", "季度": "季", "年": "年"}
_ENGLISH: Final = dict(zip(("hour", "day", "week", "month", "quarter", "year"), _TIMES, strict=True))


def times_beside(text: str, number: Quantity | Numeral) -> frozenset[str]:
    """The times by which a number of a sentence is reckoned: 月 of 每人每月300元 and of 300 yuan a month."""
    if isinstance(number, Quantity):
        return times_of(number)
    found = _SAYS.english_time.match(text, number.end)
    return frozenset({_ENGLISH[found["time"].lower()]}) if found else frozenset()


def times_of(quantity: Quantity) -> frozenset[str]:
    """The times by which a quantity is reckoned, each under one name."""
    pers = (quantity.per or "").split(AND)
    return frozenset(time for time, words in _TIMES.items() for per in pers if per and re.search(words, per))


def may_reckon_by(times: Iterable[str], text: str, numbers: Iterable[Quantity]) -> bool:
    """Whether an article may reckon a number by one of the times: its sentence names it, or any rate does."""
    words = "|".join(_TIMES[time] for time in times)
    rate = re.compile(f"(?:每|按|逐|人均|均|/|一)个?(?:{words})|(?:{words})(?:均|薪|结|补|度|工资|收入|人均|标准)")
    return rate.search(text) is not None or any(re.search(words, _sentence(text, one)) for one in numbers)


def _sentence(text: str, quantity: Quantity) -> str:
    """The sentence in which a quantity stands."""
    starts = [found.end() for found in _SAYS.sentence_end.finditer(text, 0, quantity.start)]
    end = _SAYS.sentence_end.search(text, quantity.end)
    return text[starts[-1] if starts else 0 : end.start() if end else len(text)]


def is_told_done(text: str, number: Quantity | Numeral) -> bool:
    """Whether a sentence says of a number that it is done: 已新增15个, has built 15 stations."""
    return _SAYS.done.search(text, max(number.start - _REACH, 0), number.start) is not None


def are_planned(text: str, numbers: Iterable[Quantity]) -> bool:
    """Whether an article only plans all these numbers, and says nowhere that anything is done."""
    leads = [_SAYS.planned.search(text, max(one.start - _REACH, 0), one.start) for one in numbers]
    plans = [lead for lead in leads if lead]
    if not plans or len(plans) < len(leads):
        return False
    for lead in reversed(plans):
        text = text[: lead.start()] + text[lead.end() :]
    return _SAYS.any_done.search(text) is None
