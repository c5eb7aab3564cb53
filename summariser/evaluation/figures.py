"""The figures of an evaluation: what is measured, what was observed, and the sums by page, by kind and in all.

Scorers yield observations; nothing here knows how they were made. Every figure has a direction (`tables/metrics.csv`),
so that two evaluations can be compared without knowing what it means. Forty articles are a small sample: 40 of 42 right
is anything from 84 to 99 in a hundred. So no rate is given without its interval.

The checks of a record and the figure "numbers invented" share one reading of numbers; a fault of it would hide itself.
So every string of digits of a record is looked for once more in the plainest way, without any of the code that reads
numbers (`absent_digits`): as it stands, or as the number that it makes with the scale behind it (3.8万, 1.2 million),
among the digits and the Chinese numerals of the article.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from itertools import permutations, product
from math import sqrt
from typing import Final, NamedTuple, TypeVar

from pydantic import Field

from summariser.schema.page import ArticleKind, Frozen, LineRange
from summariser.tables import read_table

Code = TypeVar("Code")

ALL: Final = "all"
_Z: Final = 1.959964  # two-sided 95 % of the normal distribution


class Metric(NamedTuple):
    """One figure: its name for machines and for people, whether less is better, whether a fall stops a merge."""

    name: str
    label: str
    fewer: bool = False
    gated: bool = True


@cache
def metrics() -> tuple[Metric, ...]:
    """Every figure, in the order in which they are shown."""
    rows = read_table("metrics")
    return tuple(Metric(row["name"], row["label"], row["better"] == "fewer", row["gated"] == "yes") for row in rows)


class MissKind(StrEnum):
    """What sort of miss it is.

    `omission`: gold has it, the record has not. `invention`: the record has it, the article has not. `extra`: the
    record has it and so has the article, but not the gold. `wrong`: both have it, and they differ.
    """

    OMISSION = "omission"
    INVENTION = "invention"
    EXTRA = "extra"
    WRONG = "wrong"


class Miss(Frozen):
    """One thing that is not as gold has it."""

    page_id: str
    article: str | None = Field(description="Id of the gold article; null where it belongs to none.")
    article_id: str | None = Field(description="Id of the article of the split that answers for it.")
    figure: str = Field(description="The figure it counts against.")
    field: str = Field(description="Where in the record, or which property of the article.")
    kind: MissKind
    gold: str | None = Field(description="What gold has.")
    got: str | None = Field(description="What the record has.")
    lines: tuple[LineRange, ...] = Field(description="Page lines of the source.")
    source: str = Field(description="The sentence of the page, where there is one.")


class Count(NamedTuple):
    """So many of so many; `trials` where the things counted are not independent (see `share`)."""

    figure: str
    page_id: str
    kind: ArticleKind | None  # None: counts for the page and in all, for no kind
    right: int
    of: int
    trials: int | None = None


class Coded(NamedTuple):
    """One unit that gold and record both coded; single codes are sets of one."""

    figure: str
    page_id: str
    kind: ArticleKind | None
    gold: frozenset[str]
    got: frozenset[str]


Observation = Count | Coded | Miss


class Rate(Frozen):
    """A share, or a coefficient of agreement, with its 95 % interval.

    Shape: `numerator` is null for a coefficient; `rate`, `low` and `high` are null where nothing was counted.
    """

    numerator: int | None = Field(description="How many; null for a coefficient such as alpha.")
    denominator: int = Field(description="Of how many.")
    rate: float | None = Field(description="The share, or the coefficient.")
    low: float | None = Field(description="Lower end of the 95 % interval.")
    high: float | None = Field(description="Upper end of the 95 % interval.")


class Scope(Frozen):
    """The figures of a page, of a kind of article, or of everything."""

    name: str = Field(description="all, kind:brief ..., page:page-000 ...")
    figures: Mapping[str, Rate]


def sum_up(observations: Iterable[Observation]) -> tuple[Scope, ...]:
    """The figures of everything, of each kind, of each page, in this order; each scope has every figure."""
    gathered: defaultdict[str, defaultdict[str, list[Count | Coded]]] = defaultdict(lambda: defaultdict(list))
    for each in observations:
        if not isinstance(each, Miss):
            for scope in (ALL, f"page:{each.page_id}", *([f"kind:{each.kind.value}"] if each.kind else ())):
                gathered[scope][each.figure].append(each)
    kinds = [f"kind:{kind.value}" for kind in ArticleKind]
    names = [ALL, *kinds, *sorted(name for name in gathered if name.startswith("page:"))]
    return tuple(
        Scope(name=name, figures={each.name: _figure(each.name, gathered[name][each.name]) for each in metrics()})
        for name in names
        if name in gathered
    )


def _figure(name: str, observations: Sequence[Count | Coded]) -> Rate:
    """One figure: a coefficient where there is a distance for it, else a share."""
    if name in _DISTANCES:
        return agreement([(each.gold, each.got) for each in observations if isinstance(each, Coded)], _DISTANCES[name])
    counts = [each for each in observations if isinstance(each, Count)]
    trials = sum(each.of if each.trials is None else each.trials for each in counts)
    return share(sum(each.right for each in counts), sum(each.of for each in counts), trials=trials)


# ---- arithmetic


def share(numerator: int, denominator: int, *, trials: int | None = None) -> Rate:
    """A share with its Wilson interval.

    Units: `trials` is how many independent things were tried, where that is not the denominator: pairs of lines are
    counted in thousands, but a page has a hundred lines that can be put right or wrong.
    Source: Wilson 1927; the interval stays within 0 and 1 and holds for shares near 1.
    """
    if not denominator:
        return Rate(numerator=numerator, denominator=0, rate=None, low=None, high=None)
    rate = numerator / denominator
    return _rate(numerator, denominator, rate, wilson_interval(rate, denominator if trials is None else trials))


def wilson_interval(rate: float, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share seen in so many trials; everything from 0 to 1 for none."""
    if trials < 1:
        return 0.0, 1.0
    spread = _Z**2 / trials
    middle = (rate + spread / 2) / (1 + spread)
    half = _Z * sqrt(rate * (1 - rate) / trials + spread / (4 * trials)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def agreement(pairs: Sequence[tuple[Code, Code]], distance: Callable[[Code, Code], float]) -> Rate:
    """Krippendorff's alpha of two coders who both coded every unit, with a jackknife interval.

    Shape: `numerator` is null, `denominator` the number of units; no coefficient where all codes are the same, for
    then there is nothing to tell apart.
    Source: Krippendorff, Content Analysis, chapter 11.
    """
    alpha = krippendorff_alpha(pairs, distance)
    if alpha is None:
        return Rate(numerator=None, denominator=len(pairs), rate=None, low=None, high=None)
    alphas = [krippendorff_alpha([*pairs[:at], *pairs[at + 1 :]], distance) for at in range(len(pairs))]
    known, error = [each for each in alphas if each is not None], 0.0
    if len(known) > 1:  # the standard error, from leaving out one unit after the other
        mean = sum(known) / len(known)
        error = sqrt((len(known) - 1) / len(known) * sum((each - mean) ** 2 for each in known))
    return _rate(None, len(pairs), alpha, (max(alpha - _Z * error, -1.0), min(alpha + _Z * error, 1.0)))


def krippendorff_alpha(units: Sequence[Sequence[Code]], distance: Callable[[Code, Code], float]) -> float | None:
    """1 minus observed over expected disagreement; None where no disagreement can be expected.

    Shape: the codes that any number of coders gave each unit; a unit that only one of them coded tells nothing.
    Source: Krippendorff, Content Analysis, chapter 11.
    """
    units = [unit for unit in units if len(unit) > 1]
    counts = Counter(code for unit in units for code in unit)
    total = counts.total()
    expected = sum(counts[a] * counts[b] * distance(a, b) for a, b in product(counts, counts))
    if not expected:
        return None
    observed = sum(sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    return 1 - (observed / total) * total * (total - 1) / expected


def nominal_distance(a: object, b: object) -> float:
    """0 for the same code, 1 for another."""
    return float(a != b)


def masi_distance(a: frozenset[str], b: frozenset[str]) -> float:
    """How far two sets of codes lie apart: Jaccard, weighted by how they overlap. Source: Passonneau 2006."""
    shared = a & b
    if a == b or not shared:
        return float(a != b)
    return 1 - (2 / 3 if shared in (a, b) else 1 / 3) * len(shared) / len(a | b)


_DISTANCES: Final[Mapping[str, Callable[[frozenset[str], frozenset[str]], float]]] = {
    "primary_theme_alpha": nominal_distance,
    "theme_set_alpha": masi_distance,
}


def _rate(numerator: int | None, denominator: int, rate: float, interval: tuple[float, float]) -> Rate:
    """Four digits: more would say nothing, and fewer would hide a change."""
    low, high = (round(end, 4) for end in interval)
    return Rate(numerator=numerator, denominator=denominator, rate=round(rate, 4), low=low, high=high)


# ---- digits, counted without the code that reads numbers


_SCALES: Final = {
    "百": 100,
    "千": 1000,
    "万": 10_000,
    "亿": 10**8,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
}
_DIGITS: Final = re.compile(
    rf"(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)(?:\.\d+)?\s?[多余来]?((?:{'|'.join(_SCALES)}){{0,3}})",
    re.IGNORECASE | re.ASCII,
)
_HANZI: Final = re.compile(
    "[零〇一二两三四五六七八九十百千万亿]{1,24}(?:点[零〇一二三四五六七八九]{1,9})?(?:成[一二三四五六七八九]?)?"
)
_MISREAD: Final = re.compile(
    r"[lIOo]+(?=[\dlIOo]*\d)|(?<=\d)[lIOo]+(?![A-Za-z])", re.ASCII
)  # l2 and 13O of a page are 12 and 130
_GAP: Final = re.compile(
    r"(?<=\d)\s+(?=\d{3}|[多余来])|(?<=[\d.])\s*\n\s*(?=\d)|(?<=\d[,.])\s+(?=[\d.]+[㐀-鿿])"
)  # 2 860人, and a wrap
_LETTERS: Final = str.maketrans("lIOo", "1100")
_ONES: Final = {"零": 0, "〇": 0, "两": 2} | {char: value for value, char in enumerate("一二三四五六七八九", 1)}
_STEPS: Final = {"十": 10, "百": 100, "千": 1000}


def absent_digits(text: str, article: str) -> tuple[list[str], int]:
    """The strings of digits in a text for which the article has nothing, and how many strings there are."""
    known = _printed(article)
    told = list(_digit_strings(_GAP.sub("", text)))
    return [said for said, values in told if known.isdisjoint(values)], len(told)


@lru_cache(maxsize=1)  # all texts of a record are held against one article
def _printed(article: str) -> frozenset[Decimal]:
    """The numbers that the article prints, in digits or Chinese numerals."""
    joined = "".join(article.split())  # a number may be cut by the end of a line, or written in groups
    mended = _MISREAD.sub(lambda match: match[0].translate(_LETTERS), joined)
    views = (article, _GAP.sub("", article), joined, mended)
    known = {value for view in views for _, values in _digit_strings(view) for value in values}
    known |= {value for view in views for match in _HANZI.finditer(view) for value in _hanzi_values(match[0])}
    return frozenset(known)


def _digit_strings(text: str) -> Iterator[tuple[str, set[Decimal]]]:
    """Each string of digits, with the numbers that it may mean: bare, and with its scale."""
    folded = unicodedata.normalize("NFKC", text)
    for match in _DIGITS.finditer(folded):
        bare = Decimal(re.match(r"[\d.,]*", match[0])[0].replace(",", ""))  # type: ignore[index]  # digits stand there
        scaled = bare
        for scale in re.findall("|".join(_SCALES), match[1].lower()):
            scaled *= _SCALES[scale]
        yield match[0].rstrip(" 多余来"), {bare, scaled}


def _hanzi_values(word: str) -> set[Decimal]:
    """What a Chinese numeral may mean: whole, with decimals, tenths (六成五 is 65 per cent), each digit by itself."""
    whole, _, tenths = word.partition("成")
    number, _, decimals = whole.partition("点")
    value = _whole_value(number) + (Decimal(f"0.{_spelled(decimals)}") if decimals else 0)
    values = {value, *(Decimal(_ONES[char]) for char in number if char in _ONES)}
    return values | {value * 10 + (_ONES[tenths] if tenths else 0)} if "成" in word else values


def _spelled(digits: str) -> str:
    return "".join(str(_ONES[char]) for char in digits)


def _whole_value(word: str) -> Decimal:
    """A whole Chinese numeral, by place (三百二十) or digit by digit (二〇二五)."""
    if not set(word) & {*_STEPS, "万", "亿"}:
        return Decimal(_spelled(word))
    total, part, one = 0, 0, 0
    for char in word:
        if char in _ONES:
            one = _ONES[char]
        elif char in _STEPS:
            part, one = part + (one or 1) * _STEPS[char], 0
        else:
            total, part, one = (total + part + one or 1) * _SCALES[char], 0, 0
    return Decimal(total + part + one)
