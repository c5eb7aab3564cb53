"""The model's own sentences, held against the article: every number, place and quoted name must be the article's."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from summariser.checks.evidence import shorten, unsupported
from summariser.matching.text import fold
from summariser.numbers.english_numerals import find_english_numerals
from summariser.numbers.numerals import Numeral, NumeralKind
from summariser.numbers.quantity import find_numerals, find_quantities
from summariser.places.place_mentions import place_names
from summariser.schema.case import Finding
from summariser.schema.page import Article
from summariser.schema.quantity import Approximation, Quantity, UnitClass

_QUOTED = re.compile(r"[“\"《「]([^“”\"《》「」]{2,30})[”\"》」]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")

# Words without a number in Chinese that turn into one in translation: for a thousand years, every half year.
_WORD_NUMBERS = {"半": Decimal("0.5"), "百年": Decimal(100), "千年": Decimal(1000), "万千": Decimal(10000)}

# Approximations that may stand for each other in prose: 余 and 以上 both say "not fewer".
_DIRECTION: dict[Approximation, str] = {
    Approximation.EXACT: "exact",
    Approximation.MORE_THAN: "or more",
    Approximation.AT_LEAST: "or more",
    Approximation.NEARLY: "or fewer",
    Approximation.AT_MOST: "or fewer",
    Approximation.ABOUT: "about",
    Approximation.RANGE: "range",
    Approximation.ORDER_OF_MAGNITUDE: "range",
}
_ENGLISH_APPROXIMATION = re.compile(
    r"\b(nearly|almost|close to|just under|under|below|less than|fewer than|not quite|up to|at most|no more than|"
    r"within|maximum|capped|limit|over|more than|above|exceed\w*|surpass\w*|upwards? of|past|pass\w*|reach\w*|"
    r"top\w*|at least|or more|and above|plus|as (?:many|much|high) as|minimum|not less than|about|around|"
    r"approximately|roughly|some|circa|from|between|to|several|dozens?|tens|hundreds|thousands)\b|[-–+~]",
    re.IGNORECASE,
)
_ENGLISH_ESTIMATE = re.compile(
    r"\b(?:expect\w*|estimat\w*|projected|forecast\w*|predict\w*|anticipat\w*|usual(?:ly)?|normal(?:ly)?|"
    r"general(?:ly)?|typical(?:ly)?|often|would|could|should|will|is to|are to)\b",
    re.IGNORECASE,
)
_CHINESE_ESTIMATE = re.compile("预|估|测算|有望|将|拟|计划|目标|可|能|一般|通常|往往|平时|约")
_ABOUT_WORDS = re.compile("约|大概|大致|差不多|左右|上下")
_ENGLISH_WINDOW = 32  # characters before and behind a number in which its approximation may stand


class ArticleFacts(NamedTuple):
    """The closed set that prose is checked against."""

    quantities: tuple[Quantity, ...]
    values: frozenset[Decimal]
    words: frozenset[Decimal]  # numbers that only a translation makes: 千年, 半年
    folded: str
    places: frozenset[str]


def collect_facts(article: Article) -> ArticleFacts:
    """Everything in an article that prose may name."""
    quantities = tuple(find_quantities(article.text))
    values = {value for numeral in find_numerals(article.text) for value in numeral.values}
    words = {value for word, value in _WORD_NUMBERS.items() if word in article.text}
    for quantity in quantities:
        values |= {value for value in (quantity.value, quantity.min, quantity.max) if value is not None}
    return ArticleFacts(
        quantities=quantities,
        values=frozenset(values | words),
        words=frozenset(words),
        folded=fold(article.text).text,
        places=place_names(article.text),
    )


def check_chinese(text: str, path: str, facts: ArticleFacts) -> list[Finding]:
    """What a Chinese sentence of the model's says that the article does not."""
    if not _CHINESE.search(text):
        return [unsupported(path, "wrong_language", "Write this in Chinese.")]
    findings = _foreign_numbers(find_numerals(text), path, facts)
    for quantity in find_quantities(text):
        findings += _changed_quantity(quantity, text, path, facts)
    unknown = (name for name in place_names(text) - facts.places if fold(name).text not in facts.folded)
    for name in sorted(unknown):
        findings.append(
            unsupported(path, "place_not_in_article", f"The article names no place “{name}”; leave it out.")
        )
    for name in _QUOTED.findall(text):
        if fold(name).text not in facts.folded:
            message = f"“{shorten(name)}” stands in quotation marks but not in the article; quote it as printed."
            findings.append(unsupported(path, "name_not_in_article", message))
    return findings


def check_english(text: str, path: str, facts: ArticleFacts) -> list[Finding]:
    """What an English sentence of the model's says that the article does not; names are not checked."""
    if not text.strip() or len(_CHINESE.findall(text)) * 4 > len(text):
        return [unsupported(path, "wrong_language", "Write this in English.")]
    numerals = [numeral for numeral in find_english_numerals(text) if not _is_first(numeral)]
    findings = _foreign_numbers(numerals, path, facts)
    for numeral in numerals:
        if numeral.kind is NumeralKind.QUANTITY and numeral.values <= facts.values:
            findings += _bare_in_english(text, numeral, path, facts)
    return findings


def _foreign_numbers(numerals: list[Numeral], path: str, facts: ArticleFacts) -> list[Finding]:
    """Numbers that are no number of the article, under none of their readings."""
    return [
        unsupported(
            path,
            "number_not_in_article",
            f"“{numeral.raw}” is no number of the article; use the numbers it prints, and do not count or compute.",
        )
        for numeral in numerals
        if not numeral.values & facts.values
    ]


def _changed_quantity(quantity: Quantity, text: str, path: str, facts: ArticleFacts) -> list[Finding]:
    """A number of the article whose unit or approximation changed on the way into the prose."""
    same = [known for known in facts.quantities if _same_number(known, quantity)]
    if not same:
        return []
    classes = {known.unit_class for known in same}
    if {quantity.unit_class, *classes} == {UnitClass.PERSON, UnitClass.PERSON_TIME} and len(classes) == 1:
        message = f"The article says “{same[0].raw}”, not “{quantity.raw}”: 人次 counts visits, not people."
        return [unsupported(path, "unit_changed", message)]
    if _is_loose(quantity) or _is_estimate(quantity) or any(_is_loose(known) for known in same):
        return []
    if all(_is_estimate(known) for known in same) and not _CHINESE_ESTIMATE.search(text, 0, quantity.start):
        message = (
            f"The article gives “{same[0].raw}” as an estimate; keep the 预计, 一般 or the like that it says so with."
        )
        return [unsupported(path, "approximation_changed", message)]
    if any(_is_estimate(known) or _DIRECTION[known.approx] == _DIRECTION[quantity.approx] for known in same):
        return []
    message = f"The article says “{same[0].raw}”, not “{quantity.raw}”; keep 近, 余, 超, 约, 以上 as printed."
    return [unsupported(path, "approximation_changed", message)]


def _same_number(known: Quantity, quantity: Quantity) -> bool:
    """Equal numbers that can be meant: the same class of unit, or people against visits."""
    people = {UnitClass.PERSON, UnitClass.PERSON_TIME}
    comparable = known.unit_class is quantity.unit_class or {known.unit_class, quantity.unit_class} == people
    return comparable and known.value is not None and known.value == quantity.value


def _is_first(numeral: Numeral) -> bool:
    """*First* is said of much that the article does not number: for the first time, the first to enrol."""
    return numeral.kind is NumeralKind.ORDINAL and numeral.values == {Decimal(1)}


def _bare_in_english(text: str, numeral: Numeral, path: str, facts: ArticleFacts) -> list[Finding]:
    """A number that the article gives only approximately, written in English as if it were exact."""
    known = [quantity for quantity in facts.quantities if quantity.value in numeral.values]
    if not known or numeral.values & facts.words or any(quantity.approx is Approximation.EXACT for quantity in known):
        return []
    if any(_is_loose(quantity) for quantity in known):
        return []
    if any(_is_estimate(quantity) for quantity in known) and _ENGLISH_ESTIMATE.search(text, 0, numeral.start):
        return []
    around = text[max(numeral.start - _ENGLISH_WINDOW, 0) : numeral.start] + " " + text[numeral.end :][:_ENGLISH_WINDOW]
    if _ENGLISH_APPROXIMATION.search(around):
        return []
    message = f"The article says “{known[0].raw}”; “{numeral.raw}” needs nearly, more than, about or at least."
    return [unsupported(path, "approximation_changed", message)]


def _is_loose(quantity: Quantity) -> bool:
    """A bare hundred or million (百万职工), or a threshold reached (满3个月), which may be said in many ways."""
    return quantity.is_round or quantity.raw.startswith("满")


def _is_estimate(quantity: Quantity) -> bool:
    """A number that its clause makes approximate, not its own words (预计每年减省1800小时)."""
    return quantity.approx is Approximation.ABOUT and not _ABOUT_WORDS.search(quantity.raw)
