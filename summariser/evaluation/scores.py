"""Rates with their intervals, and agreement between two coders: the arithmetic of an evaluation.

Forty articles are a small sample: 40 of 42 right is anything from 84 to 99 in a hundred. So no rate is given without
its interval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product
from math import sqrt
from typing import TypeVar

from pydantic import Field

from summariser.schema.page import Frozen

Code = TypeVar("Code")

_Z = 1.959964  # two-sided 95 % of the normal distribution


class Rate(Frozen):
    """A share, or a coefficient of agreement, with its 95 % interval.

    Shape: `numerator` is null for a coefficient; `rate`, `low` and `high` are null where nothing was counted.
    """

    numerator: int | None = Field(description="How many; null for a coefficient such as alpha.")
    denominator: int = Field(description="Of how many.")
    rate: float | None = Field(description="The share, or the coefficient.")
    low: float | None = Field(description="Lower end of the 95 % interval.")
    high: float | None = Field(description="Upper end of the 95 % interval.")


def share(numerator: int, denominator: int, *, trials: int | None = None) -> Rate:
    """A share with its Wilson interval.

    Units: `trials` is how many independent things were tried, where that is not the denominator: pairs of lines are
    counted in thousands, but a page has a hundred lines that can be put right or wrong.
    Source: Wilson 1927; the interval stays within 0 and 1 and holds for shares near 1.
    """
    if not denominator:
        return Rate(numerator=numerator, denominator=0, rate=None, low=None, high=None)
    rate = numerator / denominator
    low, high = wilson_interval(rate, denominator if trials is None else trials)
    return Rate(
        numerator=numerator, denominator=denominator, rate=_rounded(rate), low=_rounded(low), high=_rounded(high)
    )


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
    half = _Z * _jackknife_error(pairs, distance)
    low, high = max(alpha - half, -1.0), min(alpha + half, 1.0)
    return Rate(numerator=None, denominator=len(pairs), rate=_rounded(alpha), low=_rounded(low), high=_rounded(high))


def krippendorff_alpha(pairs: Sequence[tuple[Code, Code]], distance: Callable[[Code, Code], float]) -> float | None:
    """1 minus observed over expected disagreement; None where no disagreement can be expected."""
    counts = Counter(code for pair in pairs for code in pair)
    total = sum(counts.values())
    expected = sum(counts[a] * counts[b] * distance(a, b) for a, b in product(counts, counts))
    if not expected:
        return None
    observed = sum(distance(a, b) for a, b in pairs) / len(pairs)
    return 1 - observed * total * (total - 1) / expected


def nominal_distance(a: object, b: object) -> float:
    """0 for the same code, 1 for another."""
    return float(a != b)


def masi_distance(a: frozenset[str], b: frozenset[str]) -> float:
    """How far two sets of codes lie apart: Jaccard, weighted by how they overlap. Source: Passonneau 2006."""
    if a == b:
        return 0.0
    shared = a & b
    if not shared:
        return 1.0
    weight = 2 / 3 if shared in (a, b) else 1 / 3
    return 1 - weight * len(shared) / len(a | b)


def _jackknife_error(pairs: Sequence[tuple[Code, Code]], distance: Callable[[Code, Code], float]) -> float:
    """The standard error of alpha, from leaving out one unit after the other."""
    alphas = [krippendorff_alpha([*pairs[:index], *pairs[index + 1 :]], distance) for index in range(len(pairs))]
    known = [alpha for alpha in alphas if alpha is not None]
    if len(known) < 2:
        return 0.0
    mean = sum(known) / len(known)
    return sqrt((len(known) - 1) / len(known) * sum((alpha - mean) ** 2 for alpha in known))


def _rounded(value: float) -> float:
    """Four digits: more would say nothing, and fewer would hide a change."""
    return round(value, 4)
