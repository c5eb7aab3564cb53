"""What the words beside an English number say of it: how exactly it is given, and what it counts.

A hedge counts where it is bound to its number: right before it (more than RMB 300), right behind it (300 yuan or more),
or before the number it is listed with. Words that set a bound count anywhere before it in its clause (the highest
grant).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from summariser.numbers.numerals import Numeral
from summariser.schema.quantity import Approximation, UnitClass
from summariser.tables import read_table, read_words

_REACH = 60  # characters before a number in which its hedge stands
_LOOSE = "_loose"
_JOINT = re.compile(r"\s*(?:,|and|or|to|-|–|, and)\s*")  # one hedge may hold for both: nearly 30 and 40 percent


def _phrases(table: dict[str, list[str]]) -> str:
    """A pattern whose groups are the keys of the table; `*` stands for any ending of a word, `_` for a space."""
    return "|".join(
        f"(?P<{name}>" + "|".join(re.escape(word).replace(r"\*", r"\w*").replace("_", " ") for word in words) + ")"
        for name, words in table.items()
    )


def _hedges(where: str) -> str:
    """The hedges of one place beside a number, in groups by approximation and whether they are sure."""
    table: dict[str, list[str]] = {}
    for row in read_table("english_hedges"):
        if row["where"] == where:
            table.setdefault(row["approximation"] + ("" if row["sure"] else _LOOSE), []).append(row["words"])
    return _phrases(table)


_UNITS = read_words("english_units")
_MONEY_WORDS = _UNITS.pop("money")
_HEDGE_BEFORE = re.compile(
    r"(?<![\w-])(?P<not>(?:not?|never|without|cannot|\w+n['’]t)\s(?:to\s|be\s)?)?(?:" + _hedges("before") + r")(?!\w)"
    r"(?:\s|(?:the|an?|its|their|another|RMB|CNY|US|HK|a\stotal\sof|a\scombined|an\sadditional|the\smark\sof)\b|[$¥€£“\"(])*$",
    re.IGNORECASE,
)
_HEDGE_BEHIND = re.compile(  # unless it leads to the number after it: 73% for at least 3 months
    r"%?(?:[ -][A-Za-z%’']+){0,3}?[ -]*(?:"
    + _hedges("behind")
    + r")(?!\w|\s+(?:[$¥€]?[0-9]|one|two|three|four|five|six|half"
    r"|an?\b(?!\s(?:hour|day|week|month|quarter|year|shift|head|person|time|visit|piece|unit)\b)))",
    re.IGNORECASE,
)
_HEDGE_CLAUSE = re.compile(r"\b(?:" + _hedges("clause") + r")\b", re.IGNORECASE)
_WORDS_BETWEEN = r"[ -]*(?:(?!(?:of|for|to|in|and|or|by|from|with|at|on|who|that|per|an?|the)\b)[A-Za-z'’-]+ ){0,3}?"
_VISITS_BEHIND = re.compile(
    _WORDS_BETWEEN + "(?:" + _phrases({"person_time": _UNITS.pop("person_time").split()}) + r")\b", re.I
)
_UNIT_BEHIND = re.compile(
    _WORDS_BETWEEN
    + "(?:"
    + _phrases(
        {name: words.split() for name, words in _UNITS.items()}
        | {f"money{at}": words.split() for at, words in enumerate(_MONEY_WORDS.values())}
    )
    + r")(?![\w'’-])",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:(?P<money0>RMB|CNY|[¥￥])|(?P<money1>US\$|\$|USD)|(?P<money2>€)) ?$")


class Hedge(NamedTuple):
    """How exactly words give a number; `is_sure` is false where they may say something else (over three years)."""

    approx: Approximation = Approximation.EXACT
    is_sure: bool = True


def read_hedge(text: str, numeral: Numeral, before: tuple[int, Hedge] | None) -> Hedge:
    """How exactly the words bound to an English number give it.

    Shape: `before` is where the number before it ends, with its hedge, which may hold for both.
    """
    found = _HEDGE_BEFORE.search(text, max(numeral.start - _REACH, 0), numeral.start)
    found = found or _HEDGE_BEHIND.match(text, numeral.end)
    if found is None or found.lastgroup is None:
        return before[1] if before and _JOINT.fullmatch(text, before[0], numeral.start) else Hedge()
    kind = found.lastgroup.removesuffix(_LOOSE)
    if found.groupdict().get("not"):
        kind = {"more_than": "at_most", "less_than": "at_least"}.get(kind, kind)
    approx = Approximation.AT_MOST if kind == "less_than" else Approximation(kind)
    return Hedge(approx, not found.lastgroup.endswith(_LOOSE))


def read_limit(text: str, numeral: Numeral) -> Approximation | None:
    """The bound that words in the clause before an English number set, if they do."""
    before = text[max(numeral.start - _REACH, 0) : numeral.start]
    limit = _HEDGE_CLAUSE.search(before, max(map(before.rfind, ",;:.!?")) + 1)
    return Approximation(str(limit.lastgroup).removesuffix(_LOOSE)) if limit else None


def read_unit(text: str, numeral: Numeral) -> tuple[UnitClass | None, str | None]:
    """What an English number counts, by the words beside it: the class, and which money; None where they do not say."""
    found = _MONEY_BEFORE.search(text, max(numeral.start - 5, 0), numeral.start)
    found = found or _VISITS_BEHIND.match(text, numeral.end) or _UNIT_BEHIND.match(text, numeral.end)
    kind = found.lastgroup if found else None
    if kind is None or not kind.startswith("money"):
        return (UnitClass(kind) if kind else None), None
    return UnitClass.MONEY, list(_MONEY_WORDS)[int(kind.removeprefix("money"))]
