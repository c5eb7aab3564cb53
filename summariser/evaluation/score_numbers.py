"""How well the numbers of an article were kept: found, value, unit, approximation, sentence; and what is invented.

A result answers for a gold quantity if it has the same number and either counts the same sort of thing or rests on the
sentence in which the gold's words stand: so 人次 turned to 人 is a wrong unit, not a missing number, and the 3 of 3家
does not answer for that of 3年.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from summariser.checks.prose import ArticleFacts, check_chinese, check_english, collect_facts
from summariser.evaluation.figures import MissKind, Observation
from summariser.evaluation.gold import GoldQuantity
from summariser.evaluation.pairing import Holding, Pair, source_of
from summariser.matching.text import fold, locate
from summariser.numbers.english_numerals import find_english_numerals
from summariser.numbers.quantity import find_numerals, unit_class_of
from summariser.schema.case import Case, Finding, Result, Rule
from summariser.schema.page import Article
from summariser.schema.quantity import Approximation, Quantity, UnitClass

# Without a printed measure word a reader chooses one (三大困境: 个, 3金: 枚), so these are one class here.
_COUNT_LIKE: Final = {UnitClass.COUNT, UnitClass.STRUCTURE, UnitClass.ORGANISATION, UnitClass.ACTIVITY_TIME}


class _Kept(NamedTuple):
    """A result of the record with its number."""

    place: int
    result: Result
    quantity: Quantity


def score_numbers(pair: Pair) -> Iterator[Observation]:
    """Whether each quantity of the gold is in the record, as the article gives it."""
    kept = list(_kept(pair.record.case)) if pair.record else []
    found = _match(pair, kept)
    for at, wanted in enumerate(pair.gold.quantities):
        own = found.get(at)
        yield pair.subject.counted("quantities_found", own is not None, 1)
        if wanted.is_result:
            yield pair.subject.counted("results_found", own is not None, 1)
        if own is not None:
            yield from _compare(pair, wanted, own)
        else:
            figure = "results_found" if wanted.is_result else "quantities_found"
            yield pair.subject.miss(figure, "results", _said(wanted), None, pair.source(wanted.text))


def score_inventions(holding: Holding) -> Iterator[Observation]:
    """Every number of the record is one of its articles; one of other lines is foreign, one of none invented."""
    record = holding.given.record
    if record is None:
        return
    own = collect_facts(holding.given.article)
    told = {number for each in holding.wanted for wanted in each.gold.quantities for number in _numbers(wanted)}
    parts = [collect_facts(each.article) for each in holding.wanted] or [own]
    values = frozenset(told.union(*(each.values for each in parts)))
    bounds = own._replace(values=values)
    anywhere = own._replace(values=values | own.values)
    for path, check, count in _numbered(record.case):
        yield holding.subject.counted("numbers_invented", 0, count)
        yield holding.subject.counted("numbers_foreign", 0, count)
        invented = {finding.message for finding in check(anywhere)}
        for finding in check(bounds):
            figure = "numbers_invented" if finding.message in invented else "numbers_foreign"
            yield holding.subject.counted(figure, 1, 0, 0)
            got, source = finding.message, source_of(holding.given.article, None)
            kind = MissKind.INVENTION if figure == "numbers_invented" else MissKind.WRONG
            yield holding.subject.miss(figure, path, None, got, source, kind=kind)


def _kept(case: Case) -> Iterator[_Kept]:
    for index, result in enumerate(case.results):
        if result.quantity is not None:
            yield _Kept(index, result, result.quantity)


def _match(pair: Pair, kept: Sequence[_Kept]) -> dict[int, _Kept]:
    """Which result answers for which gold quantity, each for one, the best agreement first."""
    candidates = []
    for at, wanted in enumerate(pair.gold.quantities):
        stands = _sentences(wanted, pair.given.article) if pair.given else frozenset()
        for own in kept:
            cites = bool(stands & set(own.result.evidence.sents))
            same_unit = _same_unit(wanted, own.quantity)
            if _same_number(wanted, own.quantity) and (same_unit or cites):
                score = (
                    same_unit
                    + 2 * cites
                    + _same_bounds(wanted, own.quantity)
                    + _same_approximation(wanted, own.quantity)
                )
                candidates.append((-score, at, own.place, own))
    found: dict[int, _Kept] = {}
    used: set[int] = set()
    for _, at, index, own in sorted(candidates, key=lambda each: each[:3]):
        if at not in found and index not in used:
            found[at] = own
            used.add(index)
    return found


def _compare(pair: Pair, wanted: GoldQuantity, own: _Kept) -> Iterator[Observation]:
    """What of a found quantity is as gold has it."""
    quantity = own.quantity
    tests = [("unit", "quantity.unit", _same_unit(wanted, quantity))]
    if _numbers(wanted):
        tests.append(("value_bounds", "quantity", _same_bounds(wanted, quantity)))
    if wanted.approx:
        tests.append(("approximation_kept", "quantity.approx", quantity.approx is not Approximation.EXACT))
    stands = _sentences(wanted, pair.given.article) if pair.given else frozenset()
    if stands:
        tests.append(("binding", "evidence.sents", bool(stands & set(own.result.evidence.sents))))
    for figure, field, is_right in tests:
        yield pair.subject.counted(figure, is_right, 1)
        if not is_right:
            got = f"{_read(quantity)}, sentence {', '.join(map(str, own.result.evidence.sents))}"
            yield pair.subject.miss(
                figure, f"results[{own.place}].{field}", _said(wanted), got, pair.source(wanted.text)
            )
    yield from _score_added(pair, wanted, own)


def _score_added(pair: Pair, wanted: GoldQuantity, own: _Kept) -> Iterator[Observation]:
    """A number that gold gives exactly, without bounds, is not made approximate."""
    if wanted.approx or wanted.value is None or wanted.min is not None or wanted.max is not None:
        return
    is_added = own.quantity.approx is not Approximation.EXACT
    yield pair.subject.counted("approximation_added", is_added, 1)
    if is_added:
        field = f"results[{own.place}].quantity.approx"
        said, got, source = _said(wanted), _read(own.quantity), pair.source(wanted.text)
        yield pair.subject.miss("approximation_added", field, said, got, source, kind=MissKind.INVENTION)


def _same_number(wanted: GoldQuantity, quantity: Quantity) -> bool:
    """The same number; where gold names only bounds, these, or the same words (数万: readers bound it otherwise)."""
    if wanted.value is not None:
        return wanted.value == quantity.value
    bounds = (wanted.min, wanted.max)
    if bounds != (None, None) and wanted.min in {None, quantity.min} and wanted.max in {None, quantity.max}:
        return True
    return quantity.value is None and fold(quantity.raw).text in fold(wanted.text).text


def _same_bounds(wanted: GoldQuantity, quantity: Quantity) -> bool:
    """Value and bounds agree."""
    return (wanted.value, wanted.min, wanted.max) == (quantity.value, quantity.min, quantity.max)


def _same_unit(wanted: GoldQuantity, quantity: Quantity) -> bool:
    """The same sort of thing is counted, and reckoned by the same where gold says by what (元/月 is 每人每月 too)."""
    whole = unit_class_of(wanted.unit)
    unit, _, per = (wanted.unit, "", "") if whole else wanted.unit.partition("/")
    wanted_class = whole or unit_class_of(unit) or UnitClass.COUNT
    same_class = wanted_class == quantity.unit_class or {wanted_class, quantity.unit_class} <= _COUNT_LIKE
    reckoned = {part.removeprefix("个") for part in [quantity.per or "", *(quantity.per or "").split("·")]}
    return same_class and (not per or per.removeprefix("个") in reckoned)


def _same_approximation(wanted: GoldQuantity, quantity: Quantity) -> bool:
    return wanted.approx == (quantity.approx is not Approximation.EXACT)


def _sentences(wanted: GoldQuantity, article: Article) -> frozenset[int]:
    """The sentences in which the words of a gold quantity stand, wherever they do."""
    words = fold(wanted.text).text
    found = {each.number for each in article.sentences if words in fold(article.text[each.start : each.end]).text}
    match = None if found else locate(wanted.text, article.text)
    return frozenset(found or ({article.sentence_at(match.start)} if match else set()))


def _numbered(case: Case) -> Iterator[tuple[str, partial[list[Finding]], int]]:
    """Where the record says numbers: the path, a check of them against facts, and how many they are."""
    for path, text in _chinese(case):
        yield path, partial(_foreign_chinese, text, path), len(find_numerals(text))
    for path, text in (("headline_en", case.headline_en), ("summary_en", case.summary_en)):
        yield path, partial(_foreign_english, text, path), len(find_english_numerals(text))
    for own in _kept(case):
        numbers = _numbers(own.quantity)
        path = f"results[{own.place}].quantity"
        yield path, partial(_foreign_values, numbers, path), len(numbers)


def _chinese(case: Case) -> Iterator[tuple[str, str]]:
    """The Chinese texts of a record."""
    yield from (("one_line", case.one_line), ("summary", case.summary))
    for name, statement in (("problem", case.problem), ("lesson", case.lesson)):
        if statement:
            yield name, statement.text
    yield from ((f"actions[{index}].text", action.text) for index, action in enumerate(case.actions))
    for index, result in enumerate(case.results):
        yield f"results[{index}].text", result.text
        if result.value_text:
            yield f"results[{index}].value_text", result.value_text


def _foreign_chinese(text: str, path: str, facts: ArticleFacts) -> list[Finding]:
    return _foreign(check_chinese(text, path, facts))


def _foreign_english(text: str, path: str, facts: ArticleFacts) -> list[Finding]:
    return _foreign(check_english(text, path, facts))


def _foreign(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.rule == "number_not_in_article"]


def _foreign_values(numbers: Iterable[Decimal], path: str, facts: ArticleFacts) -> list[Finding]:
    return [_absent(number, path) for number in numbers if number not in facts.values]


def _absent(number: Decimal, path: str) -> Finding:
    return Rule.NUMBER_NOT_IN_ARTICLE.at(path, f"{number} is no number of the article.")


def _numbers(quantity: Quantity | GoldQuantity) -> tuple[Decimal, ...]:
    """Value and bounds, where they are named."""
    named = (quantity.value, quantity.min, quantity.max)
    return tuple(dict.fromkeys(number for number in named if number is not None))


def _said(wanted: GoldQuantity) -> str:
    """A gold quantity for a reader."""
    return f"“{wanted.text}” = {_bounded(wanted)} {wanted.unit}{' (approximate)' if wanted.approx else ''}"


def _read(quantity: Quantity) -> str:
    """A quantity of a record for a reader."""
    per = f"/{quantity.per}" if quantity.per else ""
    return f"“{quantity.raw}” = {_bounded(quantity)} {quantity.unit}{per} ({quantity.approx.value})"


def _bounded(quantity: Quantity | GoldQuantity) -> str:
    """The number with its bounds."""
    low, high = quantity.min, quantity.max
    bounds = f"{'' if low is None else low}..{'' if high is None else high}"
    value = "" if quantity.value is None else f"{quantity.value}"
    return f"{value} [{bounds}]".strip() if bounds != ".." else value
