"""Results: the quote, and the number read again by code from the words that carry it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from summariser.matching.locate import locate
from summariser.numbers.quantity import find_quantities, quantity_at, unread_numerals
from summariser.records.evidence import ArticleCheck, Checked, Grounded, Wanted, choose_place, is_supported
from summariser.schema.case import Finding, ReplyResult, Result, Rule, shorten
from summariser.schema.page import Span
from summariser.schema.quantity import Quantity, UnitClass

_FRAMING = frozenset({UnitClass.STRUCTURE, UnitClass.DURATION})  # what parts there are, and how long it took


def check_results(results: Sequence[ReplyResult], check: ArticleCheck) -> list[Checked[Result]]:
    """Results with their places in the page and their numbers, in the order given.

    Shape: results with the same words take the places of these words one after the other, or those that their subjects
    stand beside.
    """
    checked: list[Checked[Result]] = []
    after = 0
    quotes, numbers = defaultdict[str | None, set[Span]](set), defaultdict[str | None, set[Span]](set)  # by the words
    known: dict[tuple[object, ...], int] = {}
    for index, result in enumerate(results):
        path = f"results[{index}]"
        words = result.value_text
        among = Wanted(result.subject, quotes[words], after)
        grounded = check.ground(result.quote, result.sents, f"{path}.quote", among=among)
        after = grounded.evidence.start or after
        number = _read_number(result, grounded, f"{path}.value_text", check, numbers[words])
        findings = [*grounded.findings, *check.prose(result.text, f"{path}.text"), *number.findings]
        fact = Result(
            text=result.text,
            kind=result.kind,
            status=result.status,
            value_text=result.value_text,
            subject=result.subject,
            quantity=number.fact,
            evidence=grounded.evidence,
            supported=is_supported(findings),
        )
        if (again := known.setdefault(fact.identity, index)) != index:
            findings.append(Rule.FACT_REPEATED.at(path, f"This is results[{again}] once more; give each fact once."))
            fact = fact.model_copy(update={"supported": False})
        quotes[words].add(Span(fact.evidence.start or 0, fact.evidence.end or 0))
        numbers[words] |= {Span(fact.quantity.start, fact.quantity.end)} if fact.quantity else set()
        checked.append(Checked(fact, tuple(findings)))
    return checked


def _read_number(
    result: ReplyResult, grounded: Grounded, path: str, check: ArticleCheck, taken: Collection[Span]
) -> Checked[Quantity | None]:
    """The quantity that the words of `value_text` carry in the page, and what is wrong with them."""
    if result.value_text is None:
        if all(quantity.unit_class in _FRAMING for quantity in find_quantities(result.text)):
            return Checked(None, ())
        return Checked(None, (Rule.VALUE_MISSING.at(path, "The text has a number; copy its words."),))
    text, quote = check.article.text, grounded.evidence
    match = None
    if quote.start is not None and quote.end is not None:
        match = locate(result.value_text, text[quote.start : quote.end])
    if match and quote.start is not None and quote.end is not None:
        found = Span(quote.start + match.start, quote.start + match.end)
        span = choose_place(text, found, [Span(quote.start, quote.end)], Wanted(result.subject, taken))
    else:
        value = check.ground(result.value_text, result.sents, path, among=Wanted(result.subject, taken))
        if not value.supported or value.evidence.start is None or value.evidence.end is None:
            return Checked(None, value.findings)
        span = Span(value.evidence.start, value.evidence.end)
    return _quantity_in(span, shorten(result.value_text), path, check)


def _quantity_in(span: Span, said: str, path: str, check: ArticleCheck) -> Checked[Quantity | None]:
    """The one quantity of a span of the article; `said` is what the model calls it."""
    text = check.article.text
    inside = [each for each in check.facts.quantities if each.start < span.end and each.end > span.start]
    pointed = None if any(quantity.unit for quantity in inside) else quantity_at(text, *span)
    if not inside and not pointed:
        message = f"“{said}” holds no number that code can read; copy the words with the number, or null."
        return Checked(None, (Rule.NUMBER_UNREADABLE.at(path, message),))
    named = ", ".join(
        f"“{text[start:end]}”"
        for start, end in unread_numerals(text, *span)
        if not (pointed and pointed.start <= start and end <= pointed.end)
    )
    if named:
        message = f"Code does not read {named} in or beside “{said}”; a number that is read in part is none."
        return Checked(None, (Rule.NUMBER_UNREAD.at(path, message),))
    if pointed:
        return Checked(pointed, ())
    if len(inside) > 1:  # leave out what only frames the number: structural counts and the length of the period
        inside = [quantity for quantity in inside if quantity.unit_class not in _FRAMING] or inside
    if len(inside) > 1:
        numbers = ", ".join(f"“{quantity.raw}”" for quantity in inside)
        message = f"“{said}” holds {len(inside)} numbers ({numbers}); write one result for each."
        return Checked(None, (Rule.SEVERAL_NUMBERS.at(path, message),))
    return Checked(inside[0], _cut_words(inside[0], span, path, text))


def _cut_words(quantity: Quantity, span: Span, path: str, text: str) -> tuple[Finding, ...]:
    """Words of the number that `value_text` leaves out: its unit, or what makes it approximate.

    What follows a number without a unit is only the noun it counts (百万职工) and may be left out; so may what leaves
    the same quantity (十几堂 of 十几堂课).
    """
    start, end = max(span.start, quantity.start), min(span.end, quantity.end)
    before = text[quantity.start : start].strip()
    behind = text[end : quantity.end].strip() if quantity.unit else ""
    if not before and not behind:
        return ()
    rest = find_quantities(text[start:end])
    same = ("value", "min", "max", "unit_class", "approx")
    if len(rest) == 1 and "/" not in quantity.raw and all(getattr(rest[0], x) == getattr(quantity, x) for x in same):
        return ()
    message = f"The page prints “{quantity.raw}”; copy all of it, “{before or behind}” included."
    return (Rule.VALUE_CUT.at(path, message),)
