"""Rates have intervals, and agreement is Krippendorff's."""

from __future__ import annotations

import pytest

from summariser.evaluation.figures import (
    agreement,
    krippendorff_alpha,
    masi_distance,
    nominal_distance,
    share,
    wilson_interval,
)

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section A: binary data, two observers, no missing.
BINARY = list(zip("0100000000", "1110010010", strict=True))
# The same paper, section B: nominal data, two observers.
NOMINAL = list(zip("aabbdcccedda", "babbbccceddd", strict=True))


@pytest.mark.parametrize(("pairs", "alpha"), [(BINARY, 0.095), (NOMINAL, 0.692)], ids=["binary", "nominal"])
def test_alpha_is_that_of_the_published_examples(pairs: list[tuple[str, str]], alpha: float) -> None:
    """Alpha gives the values that its author works out by hand."""
    assert krippendorff_alpha(pairs, nominal_distance) == pytest.approx(alpha, abs=0.0006)


def test_alpha_of_one_code_does_not_exist() -> None:
    """Where every unit has the same code there is nothing to tell apart."""
    assert agreement([("a", "a")] * 5, nominal_distance).rate is None


def test_agreement_has_an_interval_that_holds_the_coefficient() -> None:
    """A few units leave alpha wide open."""
    rate = agreement(NOMINAL, nominal_distance)

    assert rate.numerator is None
    assert (rate.low or 0) < 0.5 < (rate.rate or 0) < (rate.high or 0) <= 1


MASI = {
    "equal": ({"a", "b"}, {"a", "b"}, 0.0),
    "one holds the other": ({"a"}, {"a", "b"}, 1 - 2 / 3 / 2),
    "they overlap": ({"a", "b"}, {"a", "c"}, 1 - 1 / 3 / 3),
    "nothing shared": ({"a"}, {"b"}, 1.0),
    "both empty": (set(), set(), 0.0),
}


@pytest.mark.parametrize(("a", "b", "distance"), MASI.values(), ids=MASI)
def test_masi_weighs_how_sets_overlap(a: set[str], b: set[str], distance: float) -> None:
    """MASI is Jaccard times 1, 2/3, 1/3 or 0."""
    assert masi_distance(frozenset(a), frozenset(b)) == pytest.approx(distance)
    assert masi_distance(frozenset(b), frozenset(a)) == pytest.approx(distance)


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(40, 42, 0.842, 0.987), (42, 42, 0.916, 1.0), (0, 10, 0.0, 0.278), (1, 2, 0.095, 0.905)],
)
def test_interval_is_wilsons(right: int, of: int, low: float, high: float) -> None:
    """40 of 42 is anything from 84 to 99 in a hundred."""
    assert wilson_interval(right / of, of) == pytest.approx((low, high), abs=0.0006)


def test_interval_rests_on_what_was_tried() -> None:
    """Thousands of line pairs on a page of thirty lines are thirty trials."""
    assert (share(990, 1000, trials=30).low or 0) < (share(990, 1000).low or 0)


def test_nothing_counted_has_no_rate() -> None:
    """0 of 0 is not 0."""
    assert share(0, 0).rate is None
