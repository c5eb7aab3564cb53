"""English words and figures as numbers: every number that they may stand for, and what they are used for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from summariser.numbers.numerals import find_english_numerals, read_factors

# Words, and each numeral in them with the numbers it may stand for; "10..90" are all tens from 10 to 90.
NUMERALS: dict[str, dict[str, str]] = {
    "tens of workers": {"tens": "10..90"},
    "dozens of firms": {"dozens": "10..90"},
    "scores of visits": {"scores": "10..90"},
    "hundreds of members": {"hundreds": "100..900"},
    "tens of thousands": {"tens of thousands": "10000..990000"},
    "Hundreds of Thousands": {"Hundreds of Thousands": "100000..9900000"},
    "a few hundred": {"a few hundred": "200..900"},
    "a few Thousand": {"a few Thousand": "2000..9000"},
    "several hundred Thousand": {"several hundred Thousand": "200000..900000"},
    "a few dozen": {"a few dozen": "20..90"},
    "one in five": {"one in five": "0.2 20"},
    "nine out of ten": {"nine out of ten": "0.9 90"},
    "three out of three": {"three out of three": "3"},
    "a twenty-fold rise": {"twenty-fold": "20"},
    "threefold": {"threefold": "3"},
    "Output doubled as a result of it.": {"doubled": "2"},
    "The canteen doubles as a classroom.": {},
    "Couples got double rooms; a double-decker bus brought them.": {},
    "They double-checked the triple jump on the Double Ninth.": {},
    "A double-digit rise came with double pay.": {"double": "2"},
    "They redoubled their efforts and doubled down on safety.": {},
    "half": {"half": "0.5 50"},
    "half a million": {"half a million": "500000"},
    "half a percent": {"half a percent": "0.5"},
    "two and a half": {"two and a half": "2.5"},
    "three quarters": {"three quarters": "0.75 75 3"},
    "a quarter": {"a quarter": "0.25 25"},
    "a fifth of them": {"a fifth": "0.2 20"},
    "a fifth prize": {"fifth": "5"},
    "a third less, a third phase": {"a third": "1/3 100/3 3", "third": "3"},
    "2 to 3 Million": {"2": "2 2000000", "3 Million": "3000000"},
    "2 thousand to 3 million": {"2 thousand": "2000", "3 million": "3000000"},
    "one hundred and five": {"one hundred and five": "105"},
    "two hundred thousand": {"two hundred thousand": "200000"},
    "1,234,567 of 1.8 million": {"1,234,567": "1234567", "1.8 million": "1800000"},
    "a dozen, two dozen": {"dozen": "12", "two dozen": "24"},
    "minus 5": {"5": "-5"},
    "5 degrees below zero": {"5": "-5"},
    "from 2 to -5": {"2": "2", "5": "-5"},
    "one, you may march on": {},
    "at first": {},
    "ten seconds": {"ten": "10"},
}
USES = {
    "COVID-19": {"19": "name"},
    "the C919 and the F-16A": {"919": "name", "16": "name"},
    "12:30, 0:15": {"12": "date", "30": "name", "0": "date", "15": "name"},
    "at 5 p.m.": {"5": "date"},
    "the 1990s, the 21st century": {"1990s": "date", "21st": "ordinal"},
    "March 8 and 9 May 2025": {"March": "date", "8": "date", "9": "date", "May": "date", "2025": "date"},
    "In May, 1,200 of them": {"May": "date", "1,200": "quantity"},
    "phase 2, Level 3, 4 rooms": {"2": "ordinal", "3": "ordinal", "4": "quantity"},
    "the twenty-second": {"twenty-second": "ordinal"},
    "No. 1": {"No. 1": "ordinal"},
}


def _numbers(words: str) -> set[Decimal]:
    """The numbers of the table above; a span from `a` to `b` goes by steps of one at the first place of `a`."""
    if ".." not in words:
        parts = (word.partition("/") for word in words.split())
        return {Decimal(top) / Decimal(bottom or 1) for top, _, bottom in parts}
    first, last = map(int, words.split(".."))
    step = 10 ** (len(str(first)) - 1)
    return {Decimal(number) for number in range(first, last + 1, step)}


@pytest.mark.parametrize(("text", "expected"), NUMERALS.items())
def test_words_stand_for_every_number_they_may_mean(text: str, expected: dict[str, str]) -> None:
    """Round words stand for each multiple, shares also for per cent, the first end of a range also for its scale."""
    found = {numeral.raw: set(numeral.values) for numeral in find_english_numerals(text)}

    assert found == {raw: _numbers(words) for raw, words in expected.items()}


@pytest.mark.parametrize(("text", "expected"), USES.items())
def test_numeral_is_known_by_its_use(text: str, expected: dict[str, str]) -> None:
    """Names, dates, hours and ordinals are no quantities."""
    assert {numeral.raw: numeral.kind.value for numeral in find_english_numerals(text)} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("doubled", True), ("twice a week", False), ("twice as many", True), ("5 times more", True), ("fivefold", True)],
)
def test_multiplying_words_are_told_from_how_often(text: str, expected: bool) -> None:
    """Twice as many is a number of times as much; twice a week is none."""
    [numeral] = find_english_numerals(text)

    assert bool(read_factors(numeral, text)) == expected
