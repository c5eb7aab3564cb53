"""How well the numbers of an article were kept: found, value, unit, approximation, sentence; and what is invented.

A result answers for a gold quantity if it has the same number and either counts the same sort of thing or rests on the
sentence in which the gold's words stand: so 人次 turned to 人 is a wrong unit, not a missing number, and the 3 of 3家
does not answer for that of 3年.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from summariser.evaluation.digits import absent_digits
from summariser.evaluation.figures import MissKind, Observation
from summariser.evaluation.gold import GoldQuantity
from summariser.evaluation.pairing import Holding, Pair
from summariser.matching.locate import locate
from summariser.numbers.english_numerals import find_english_numerals
from summariser.numbers.measure_words import unit_class_of
from summariser.numbers.quantity import find_numerals
from summariser.records.prose import check_chinese, check_english, collect_facts
from summariser.schema.case import Action, Case, Result, Rule, Statement
from summariser.schema.page import Article
from summariser.schema.quantity import Approximation, Quantity, UnitClass
from summariser.text import fold

# Without a printed measure word a reader chooses one (三大困境: 个, 3金: 枚), so these are one class here.
_COUNT_LIKE: Final = {UnitClass.COUNT, UnitClass.STRUCTURE, UnitClass.ORGANISATION, UnitClass.ACTIVITY_TIME}
_FOREIGN: Final = Rule.NUMBER_NOT_IN_ARTICLE


class _Kept(NamedTuple):
    """A result of the record with its number."""

    place: int
    result: Result
    quantity: Quantity


def score_numbers(pair: Pair) -> Iterator[Observation]:
    """Whether each quantity of the gold is in the record, as the article gives it."""
    stands = [_sentences(each, pair.given.article) if pair.given else frozenset() for each in pair.gold.quantities]
    found = _match(pair, stands)
    for at, wanted in enumerate(pair.gold.quantities):
        own = found.get(at)
        yield pair.subject.counted("quantities_found", own is not None, 1)
        if wanted.is_result:
            yield pair.subject.counted("results_found", own is not None, 1)
        if own is not None:
            yield from _compare(pair, wanted, own, stands[at])
        else:
            figure = "results_found" if wanted.is_result else "quantities_found"
            yield pair.subject.miss(figure, "results", _said(wanted), None, wanted.text)


def score_inventions(holding: Holding) -> Iterator[Observation]:
    """Every number of the record is one of its articles; one of other lines is foreign, one of none invented.

    Shape: what the product reads as a number is counted by its own checks; digits are counted once more without them.
    """
    record = holding.given.record
    if record is None:
        return
    own = collect_facts(holding.given.article)
    told = {number for each in holding.wanted for wanted in each.gold.quantities for number in _numbers(wanted)}
    parts = [collect_facts(each.article) for each in holding.wanted] or [own]
    values = frozenset(told.union(*(each.values for each in parts)))
    anywhere = values | own.values
    pages = "\n".join([holding.given.article.text, *(each.article.text for each in holding.wanted)])
    for path, text in _texts(record.case):
        is_english = path.endswith("_en")
        check, count = (check_english, find_english_numerals) if is_english else (check_chinese, find_numerals)
        foreign, invented = (
            [each.message for each in check(text, path, own._replace(values=known)) if each.rule == _FOREIGN]
            for known in (values, anywhere)
        )
        yield from _numbers_at(holding, path, len(count(text)), foreign, set(invented))
        absent, count_of = absent_digits(text, pages)
        yield holding.subject.counted("digits_absent", len(absent), count_of)
        yield from (holding.subject.miss("digits_absent", path, None, digits) for digits in absent)
    for at, result in enumerate(record.case.results):
        if result.quantity:
            numbers = _numbers(result.quantity)
            foreign = [f"{number} is no number of the article." for number in numbers if number not in values]
            invented = [f"{number} is no number of the article." for number in numbers if number not in anywhere]
            yield from _numbers_at(holding, f"results[{at}].quantity", len(numbers), foreign, set(invented))


def _numbers_at(
    holding: Holding, path: str, count: int, foreign: Sequence[str], invented: Collection[str]
) -> Iterator[Observation]:
    """The numbers of one place of the record, and what is wrong with them."""
    own, others = [each for each in foreign if each in invented], [each for each in foreign if each not in invented]
    told = (("numbers_invented", own, MissKind.INVENTION), ("numbers_foreign", others, MissKind.WRONG))
    for figure, messages, kind in told:
        yield holding.subject.counted(figure, len(messages), count)
        yield from (holding.subject.miss(figure, path, None, message, kind=kind) for message in messages)


def _texts(case: Case) -> Iterator[tuple[str, str]]:
    """What a record says in words of its own or copies with a number, by path."""
    yield from ((name, getattr(case, name)) for name in ("one_line", "summary", "headline_en", "summary_en"))
    for path, fact in case.facts():
        if isinstance(fact, Statement):
            yield path, fact.text
        elif isinstance(fact, Action | Result):
            yield f"{path}.text", fact.text
        if isinstance(fact, Result) and fact.value_text:
            yield f"{path}.value_text", fact.value_text


def _match(pair: Pair, stands: Sequence[frozenset[int]]) -> dict[int, _Kept]:
    """Which result answers for which gold quantity, each for one, the best agreement first."""
    results = pair.record.case.results if pair.record else ()
    kept = [_Kept(at, result, result.quantity) for at, result in enumerate(results) if result.quantity is not None]
    candidates = []
    for at, wanted in enumerate(pair.gold.quantities):
        for own in kept:
            cites, same_unit = bool(stands[at] & set(own.result.evidence.sents)), _same_unit(wanted, own.quantity)
            if _same_number(wanted, own.quantity) and (same_unit or cites):
                same_approx = wanted.approx == (own.quantity.approx is not Approximation.EXACT)
                score = same_unit + 2 * cites + _same_bounds(wanted, own.quantity) + same_approx
                candidates.append((-score, at, own.place, own))
    found: dict[int, _Kept] = {}
    used: set[int] = set()
    for _, at, index, own in sorted(candidates, key=lambda each: each[:3]):
        if at not in found and index not in used:
            found[at] = own
            used.add(index)
    return found


def _compare(pair: Pair, wanted: GoldQuantity, own: _Kept, stands: frozenset[int]) -> Iterator[Observation]:
    """What of a found quantity is as gold has it; one that gold gives exactly is not made approximate."""
    quantity, sents = own.quantity, own.result.evidence.sents
    is_exact = quantity.approx is Approximation.EXACT
    tests = [("unit", "quantity.unit", _same_unit(wanted, quantity))]
    if _numbers(wanted):
        tests.append(("value_bounds", "quantity", _same_bounds(wanted, quantity)))
    if wanted.approx:
        tests.append(("approximation_kept", "quantity.approx", not is_exact))
    if stands:
        tests.append(("binding", "evidence.sents", bool(stands & set(sents))))
    unit = f"{quantity.unit}/{quantity.per}" if quantity.per else quantity.unit
    got = f"“{quantity.raw}” = {_bounded(quantity)} {unit} ({quantity.approx.value})"
    place, said = f"results[{own.place}]", _said(wanted)
    cited = f"{got}, sentence {', '.join(map(str, sents))}"
    for figure, field, is_right in tests:
        yield from pair.subject.judge(figure, f"{place}.{field}", said, cited, wanted.text, is_right=is_right)
    if not wanted.approx and wanted.value is not None and wanted.min is None and wanted.max is None:
        told, kind = (f"{place}.quantity.approx", said, got, wanted.text), MissKind.INVENTION
        yield from pair.subject.judge("approximation_added", *told, is_right=is_exact, kind=kind)


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


def _sentences(wanted: GoldQuantity, article: Article) -> frozenset[int]:
    """The sentences in which the words of a gold quantity stand, wherever they do."""
    words = fold(wanted.text).text
    found = {each.number for each in article.sentences if words in fold(article.text[each.start : each.end]).text}
    match = None if found else locate(wanted.text, article.text)
    return frozenset(found or ({article.sentence_at(match.start)} if match else set()))


def _numbers(quantity: Quantity | GoldQuantity) -> tuple[Decimal, ...]:
    """Value and bounds, where they are named."""
    named = (quantity.value, quantity.min, quantity.max)
    return tuple(dict.fromkeys(number for number in named if number is not None))


def _said(wanted: GoldQuantity) -> str:
    """A gold quantity for a reader."""
    return f"“{wanted.text}” = {_bounded(wanted)} {wanted.unit}{' (approximate)' if wanted.approx else ''}"


def _bounded(quantity: Quantity | GoldQuantity) -> str:
    """The number with its bounds."""
    low, high = quantity.min, quantity.max
    bounds = f"{'' if low is None else low}..{'' if high is None else high}"
    value = "" if quantity.value is None else f"{quantity.value}"
    return f"{value} [{bounds}]".strip() if bounds != ".." else value
